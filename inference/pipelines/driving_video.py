"""Previs → final: the previs of a shot, drawn at another model's size and rate, so that it can drive that model.

The motion is the previs's own: a take's kept track, or the prompt acted anew. Cast, staging, timing and camera of the
final render are then those that the filmmaker has seen.
"""

from __future__ import annotations

import cv2
import numpy as np

from inference.catalogue import PREVIS
from inference.exact.fingerprint import hash_tracks
from inference.motion.models import Floats, Rgb
from inference.motion.parameters import FPS, NAMES, Track, of_today
from inference.motion.skeleton import FACE_POINTS, draw_skeleton
from inference.pipelines.contract import CancelToken, CastPhoto, DrivingVideo, Picture
from inference.pipelines.previs import PrevisPipeline
from inference.protocol import RenderRequest

FACE_PX = 512  # side of a face crop
_FACE_MARGIN = 1.7  # side of the crop over the larger side of eyes, ears, nose and chin


class TrackDoesNotFit(ValueError):
    """The kept motion is of other characters or too short; the message says what is missing."""


def drive(
    previs: PrevisPipeline,
    request: RenderRequest,
    cast: tuple[CastPhoto, ...],
    plate_rgb: Picture | None,
    tracks: dict[str, Track] | None,
    cancel: CancelToken,
) -> DrivingVideo:
    """Act `tracks` (character → track_FP at 24 fps), or the prompt where there are none, and draw it for `request`.

    Raises TrackDoesNotFit, BadReference, RenderCancelled.
    """
    shot = previs.prepare(_as_previs(request), cast, plate_rgb, cancel)
    if tracks is None:
        latents = previs.denoise(shot, lambda *_: None, cancel)
        tracks = previs.motion(shot, latents)
    tracks_CFP = np.stack([_fit(tracks, character.character_id, request) for character in cast])
    frames, faces, poses = [], [], []
    for params_CP in tracks_CFP.swapaxes(0, 1):
        cancel.check()
        frame = shot.stage.draw(params_CP)
        points_CK2 = shot.stage.locate(params_CP)
        frames.append(frame)
        faces.append(_crop_face(frame, points_CK2[0, : len(FACE_POINTS)]))
        poses.append(draw_skeleton(points_CK2, request.width, request.height))
    return DrivingVideo(np.stack(frames), np.stack(faces), np.stack(poses), hash_tracks(tracks_CFP))


def _as_previs(request: RenderRequest) -> RenderRequest:
    """The same shot for the previs: its rate, and long enough to cover every frame."""
    seconds = np.ceil((request.frames - 1) / request.fps * FPS + 1) / FPS
    return request.model_copy(update={
        "model": PREVIS.name, "fps": FPS, "seconds": float(seconds), "steps": PREVIS.default_steps,
        "guidance_scale": PREVIS.default_guidance_scale, "tier": "draft", "control": None,
    })  # fmt: skip


def _fit(tracks: dict[str, Track], character_id: str, request: RenderRequest) -> Track:
    """One character's track at the request's rate, [frames, P], between the previs's frames by straight lines."""
    track_FP = tracks.get(character_id)
    if track_FP is None:
        raise TrackDoesNotFit(f"the kept motion has no character {character_id}: it is of {', '.join(tracks)}")
    try:
        track_FP = of_today(track_FP)
    except ValueError as error:
        raise TrackDoesNotFit(str(error)) from error
    at_F = np.arange(request.frames) / request.fps * FPS
    if at_F[-1] > len(track_FP) - 1 + 1e-6:
        raise TrackDoesNotFit(
            f"the kept motion lasts {len(track_FP) / FPS:.6g} s, the render {request.seconds:.6g} s: ask for no more"
        )
    known_F = np.arange(len(track_FP))
    return np.stack([np.interp(at_F, known_F, track_FP[:, i]) for i in range(len(NAMES))], axis=1).astype(np.float32)


def _crop_face(frame: Rgb, points_K2: Floats) -> Rgb:
    """A square around the face, FACE_PX wide; beyond the picture's edge it goes on with the edge's colours."""
    low, high = points_K2.min(axis=0), points_K2.max(axis=0)
    side = _FACE_MARGIN * float((high - low).max())
    corner = (low + high) / 2 - side / 2
    scale = FACE_PX / side
    affine = np.array([[scale, 0, -scale * corner[0]], [0, scale, -scale * corner[1]]])
    shrink = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    crop: Rgb = cv2.warpAffine(frame, affine, (FACE_PX, FACE_PX), flags=shrink, borderMode=cv2.BORDER_REPLICATE)
    return crop
