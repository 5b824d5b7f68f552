"""What a driving video is to a model that is driven by one, whoever draws it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from inference.exact.fingerprint import hash_latents
from inference.pipelines.contract import CancelToken, CastPhoto, Picture
from inference.protocol import RenderRequest


@dataclass(frozen=True)
class Driving:
    """A shot's staging and timing as pictures: the whole frame, and the face alone, one of each for every frame."""

    pose_FHWC: Picture
    face_FHWC: Picture

    @property
    def sha256(self) -> str:
        """Of shapes and pixels, the whole frames first: what the receipt says."""
        joined = np.concatenate([np.array([*self.pose_FHWC.shape, *self.face_FHWC.shape], np.int32).view(np.uint8),
                                 self.pose_FHWC.reshape(-1), self.face_FHWC.reshape(-1)])  # fmt: skip
        return hash_latents(torch.from_numpy(joined))


Drive = Callable[[RenderRequest, tuple[CastPhoto, ...], Picture | None, CancelToken], Driving]
