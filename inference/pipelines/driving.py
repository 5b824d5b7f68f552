"""Previs → final: the previs of a shot as the video that leads another model.

It is drawn from the same request: same characters, staging, timing and camera, at the other model's size and rate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import torch

from inference.catalogue import PREVIS, RequestRefused
from inference.exact.fingerprint import hash_latents, hash_weights
from inference.motion.models import Floats
from inference.motion.parameters import FPS, Track
from inference.motion.stage import Stage
from inference.pipelines.contract import CancelToken, CastPhoto, Picture
from inference.pipelines.previs import PrevisPipeline
from inference.protocol import Rendering, RenderRequest, UsedControl


@dataclass(frozen=True)
class Driving:
    """A shot's staging and timing as pictures: the whole frame, and the first character's face alone, for every frame.

    weights_sha256: of the models that drew it.
    """

    pose_FHWC: Picture
    face_FHWC: Picture
    rendering: Rendering
    weights_sha256: str

    def used(self, tensor: torch.Tensor) -> UsedControl:
        """What the receipt says, once `tensor` was made of it for the model."""
        return UsedControl(
            kind="previs",
            rendering=self.rendering,
            pictures_sha256=hash_pictures(self.pose_FHWC, self.face_FHWC),
            tensor_sha256=hash_latents(tensor),
            weights_sha256=self.weights_sha256,
        )


Drive = Callable[[RenderRequest, tuple[CastPhoto, ...], Picture | None, CancelToken], Driving]


def refuse_control(
    request: RenderRequest, cast: tuple[CastPhoto, ...], plate_rgb: Picture | None, cancel: CancelToken
) -> Driving:
    """The driver of an engine that has loaded no previs."""
    raise RequestRefused("control", f"{request.model} was loaded without the previs that would lead it")


def hash_pictures(*videos_FHWC: Picture) -> str:
    """SHA-256 of shapes and pixels."""
    shapes = np.array([video.shape for video in videos_FHWC], np.int32).reshape(-1).view(np.uint8)
    return hash_latents(torch.from_numpy(np.concatenate([shapes, *(video.reshape(-1) for video in videos_FHWC)])))


class PrevisDriver:
    """Draws a request's driving video with the loaded previs. `face_side`: px of the frames of the face alone."""

    def __init__(self, previs: PrevisPipeline, face_side: int) -> None:
        self._previs = previs
        self._face_side = face_side

    def __call__(
        self, request: RenderRequest, cast: tuple[CastPhoto, ...], plate_rgb: Picture | None, cancel: CancelToken
    ) -> Driving:
        """The frames at the request's size and rate. Raises BadReference, RenderCancelled."""
        assert request.control is not None, "the request asks for no control"
        drafted = _draft(request)
        shot = self._previs.prepare(drafted, cast, plate_rgb, cancel)
        latents = self._previs.denoise(shot, lambda *_: None, cancel)
        acted = self._previs.motion(shot, latents)
        tracks_CFP = np.stack([_at_rate(acted[one], request.frames, request.fps) for one in shot.character_ids])
        pose, faces = [], []
        for frame in range(request.frames):
            cancel.check()
            drawn = shot.stage.draw(tracks_CFP[:, frame])
            if request.control.rendering == "grey":
                drawn = cv2.cvtColor(cv2.cvtColor(drawn, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
            pose.append(drawn)
            faces.append(_cut_face(shot.stage, tracks_CFP[:, frame], drawn, self._face_side))
        rendering = request.control.rendering
        return Driving(np.stack(pose), np.stack(faces), rendering, hash_weights(self._previs.weights))


def _draft(request: RenderRequest) -> RenderRequest:
    """The same shot for the previs, long enough at its own rate to cover every frame of the other model."""
    frames = int(np.ceil((request.frames - 1) * FPS / request.fps)) + 1
    return request.model_copy(
        update={
            "model": PREVIS.name,
            "tier": "draft",
            "fps": FPS,
            "seconds": frames / FPS,
            "steps": PREVIS.default_steps,
            "guidance_scale": PREVIS.default_guidance_scale,
            "control": None,
        }
    )


def _at_rate(track_FP: Track, frames: int, fps: int) -> Track:
    """The track at another rate: linear between two of its frames."""
    at_F = np.arange(frames) * FPS / fps
    before_F = np.minimum(at_F.astype(int), len(track_FP) - 1)
    after_F = np.minimum(before_F + 1, len(track_FP) - 1)
    share_F1 = (at_F - before_F)[:, None].astype(np.float32)
    between: Track = track_FP[before_F] * (1 - share_F1) + track_FP[after_F] * share_F1
    return between


def _cut_face(stage: Stage, params_CP: Floats, frame: Picture, side: int) -> Picture:
    """The square around the first actor's head, `side` px wide; what lies beyond the frame repeats its edge."""
    x, y, wide = stage.find_head(params_CP, 0)
    scale = wide / side
    to_frame = np.array([[scale, 0, x + scale / 2 - 0.5], [0, scale, y + scale / 2 - 0.5]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(frame, to_frame, (side, side), flags=flags, borderMode=cv2.BORDER_REPLICATE))
