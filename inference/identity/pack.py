"""A face pack: a folder with a detector and an embedder, loaded by insightface, and the threshold that belongs to it.

Any pack works that insightface reads from a folder: an SCRFD-like detector with five points and an ArcFace-like
embedder of aligned crops. Nothing is ever downloaded here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime
from insightface import model_zoo

from inference.identity.detect import (
    TRUE_PITCH,
    Candidates,
    Face,
    PitchScale,
    faces_among,
    input_size,
    letterboxed,
    together,
)
from inference.identity.pose import tilt_of
from inference.identity.warp import RGB, warped

Embedding = npt.NDArray[np.float32]

DEFAULT_PACK = "yunet-sface"
DEFAULT_THRESHOLD = 0.40
# YuNet keeps noses level: heads acted by the renderer from -16° to +16° show -2.6° to +4.2°, three people alike.
_YUNET_PITCH = PitchScale(level_deg=1.7, gain=4.5)
_PHOTO_SIDES_PX = (256, 640)
_FAR_SIDE_PX = 1280
_CLOSE_SIDE_PX, _CLOSE_FACE_PX = 288, 200
_MOST_LOOKS, _SETTLED_ROLL_DEG = 3, 8
_VOTER_SHARE = 0.8  # candidates down to this share of the least confidence still vote on box and points


class FacePackUnusable(RuntimeError):
    """The folder lacks an embedder, or a detector with five points for pictures of any size; the message names it."""


@dataclass(frozen=True)
class FaceSettings:
    """Which pack to load. `threshold` is a cosine, calibrated for this very pack; templates carry the pack's name.

    threads: of ONNX Runtime, for each of the two models. min_confidence: faces below it do not exist. pitch_scale: of
    this pack's detector.
    """

    name: str
    folder: Path
    threshold: float
    threads: int = 1
    min_confidence: float = 0.75
    pitch_scale: PitchScale = TRUE_PITCH


def default_settings(folder: Path, threads: int = 1) -> FaceSettings:
    """Settings for the default pack, given the folder that `registry.face_pack` made."""
    return FaceSettings(DEFAULT_PACK, folder, DEFAULT_THRESHOLD, threads, pitch_scale=_YUNET_PITCH)


def newest_default_pack(cache_dir: Path) -> Path:
    """The default pack's folder in a cache, for tools that are given none. Raises FacePackUnusable."""
    packs = sorted(cache_dir.glob("face-pack-*"), key=lambda folder: folder.stat().st_mtime)
    if not packs:
        raise FacePackUnusable(f"there is no face pack in {cache_dir}; make it with: dramatis models prepare")
    return packs[-1]


class Faces:
    """A loaded pack. Calls from several threads are safe; each call runs on `settings.threads` threads."""

    def __init__(self, settings: FaceSettings, detector: Any, embedder: Any) -> None:  # noqa: ANN401 - insightface has no types
        self.settings = settings
        self._detector = detector
        self._embedder = embedder

    @property
    def crop_px(self) -> int:
        """Side of the aligned crop that the embedder reads."""
        return int(self._embedder.input_size[0])

    def detect(self, rgb_HWC_uint8: RGB, long_side: int | None = None, most: int | None = None) -> list[Face]:
        """Faces, the largest first, at most `most`.

        long_side: the first pass's input in px; 320 finds the faces of a clip that are 5% of its long side or more.
        None is for photos: two scales, and a third for distant faces when nothing is found. Then a closer look at each
        face steadies its points (to about 1° of yaw from frame to frame) and rights a tilted head.
        """
        height, width = rgb_HWC_uint8.shape[:2]
        bgr = cv2.cvtColor(rgb_HWC_uint8, cv2.COLOR_RGB2BGR)
        if long_side is not None:
            found = self._search(bgr, [input_size(width, height, long_side)])
        else:
            found = self._search(bgr, [(side, side) for side in _PHOTO_SIDES_PX])
            if not found and max(width, height) > _FAR_SIDE_PX:
                found = self._search(bgr, [(_FAR_SIDE_PX, _FAR_SIDE_PX)])
        return [replace(self._look_closer(bgr, face), pitch_scale=self.settings.pitch_scale) for face in found[:most]]

    def _search(self, bgr: RGB, sizes: list[tuple[int, int]]) -> list[Face]:
        passes = []
        for size in sizes:
            canvas, scale = letterboxed(bgr, size)
            passes.append(self._candidates(canvas).scaled(scale))
        return faces_among(together(passes), bgr.shape[1], bgr.shape[0], self.settings.min_confidence)

    def _candidates(self, canvas: RGB) -> Candidates:
        scores, boxes, points = self._detector.forward(canvas, _VOTER_SHARE * self.settings.min_confidence)
        return Candidates(np.concatenate(scores).ravel(), np.concatenate(boxes), np.concatenate(points))

    def _look_closer(self, bgr: RGB, face: Face) -> Face:
        """The face with the points of a second pass over its surroundings, upright and at a fixed size.

        At a small scale the detector holds every head for nearly upright: the first pass sees a third of a roll. What
        the second still sees of it calls for another.
        """
        for _ in range(_MOST_LOOKS):
            used_deg = tilt_of(face.points_52)
            matrix = cv2.getRotationMatrix2D(face.centre, used_deg, _CLOSE_FACE_PX / face.size_px)
            matrix[:, 2] += _CLOSE_SIDE_PX / 2 - np.array(face.centre)
            canvas = warped(bgr, matrix, (_CLOSE_SIDE_PX, _CLOSE_SIDE_PX))
            seen = faces_among(self._candidates(canvas), _CLOSE_SIDE_PX, _CLOSE_SIDE_PX, self.settings.min_confidence)
            closest = min(seen, key=_off_centre, default=None)
            if closest is None or _off_centre(closest) > _CLOSE_FACE_PX / 2:
                return face
            back = cv2.invertAffineTransform(matrix)
            face = replace(face, points_52=(closest.points_52 @ back[:, :2].T + back[:, 2]).astype(np.float32))
            if abs(tilt_of(face.points_52) - used_deg) < _SETTLED_ROLL_DEG:
                return face
        return face

    def embed_crop(self, crop_HWC_uint8: RGB) -> Embedding:
        """float32 [D] of unit length for one aligned crop; see `embed.aligned_crop`."""
        raw = self._embedder.get_feat(cv2.cvtColor(crop_HWC_uint8, cv2.COLOR_RGB2BGR)).ravel()
        unit: Embedding = (raw / max(float(np.linalg.norm(raw)), 1e-12)).astype(np.float32)
        return unit


def _off_centre(face: Face) -> float:
    x, y = face.centre
    return float(np.hypot(x - _CLOSE_SIDE_PX / 2, y - _CLOSE_SIDE_PX / 2))


def load_faces(settings: FaceSettings) -> Faces:
    """Load the pack, 0.5 s for the default one. Raises FacePackUnusable."""
    detector, embedder = None, None
    for path in sorted(settings.folder.glob("*.onnx")):
        model = model_zoo.get_model(
            str(path),
            providers=["CPUExecutionProvider"],
            sess_options=_session_options(settings.threads),
            static_shape_sessions=False,  # or every picture size would keep a session of its own
        )
        if isinstance(model, model_zoo.SCRFD) and model.use_kps and model.static_input_size is None:
            detector = detector or model
        elif isinstance(model, model_zoo.ArcFaceONNX):
            embedder = embedder or model
    if detector is None or embedder is None:
        missing = "a detector with five points" if detector is None else "an embedder"
        raise FacePackUnusable(f"face pack {settings.name}: no ONNX file in {settings.folder} is {missing}")
    return Faces(settings, detector, embedder)


def _session_options(threads: int) -> Any:  # noqa: ANN401 - onnxruntime has no types
    """Idle threads sleep instead of spinning: the renderer beside us needs the cores."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options
