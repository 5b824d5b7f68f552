"""prepare → denoise → decode. The "diffusion" here finds one number, how far the camera goes, from the request's noise.

It goes through Dramatis' own denoising loop, and so gets progress, cancel and a receipt for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import torch

from inference.exact.noise import draw_noise
from inference.exact.used_device import describe_used_device
from inference.motion.parameters import Track
from inference.pipelines.contract import CancelToken, CastPhoto, DrivingVideo, Keyframe, OnStep, Picture, PipelineNote
from inference.pipelines.denoise import denoise
from inference.protocol import RenderRequest, Tier, UsedDevice
from slow_zoom.card import CARD


@dataclass
class Shot:
    """What `prepare` found out; the engine hands it back to `denoise` and `decode`."""

    request: RenderRequest
    photo: Picture
    drawn: dict[str, tuple[str, ...]]
    notes: tuple[PipelineNote, ...] = field(
        default=(PipelineNote("prompt_partially_followed", "slow zoom does not read the prompt"),)
    )
    control: None = None


class Halving:
    """A scheduler of one idea: each step takes half of what the model predicts off the latents."""

    def __init__(self, steps: int) -> None:
        self.timesteps = torch.linspace(1, 1 / steps, steps)

    def step(self, prediction: torch.Tensor, t: torch.Tensor, latents: torch.Tensor) -> torch.Tensor:
        return latents - 0.5 * prediction


class SlowZoom:
    """Draws the first photo of the first character."""

    card = CARD
    weights = {"no weights at all": "0" * 64}  # noqa: RUF012 (a constant)
    revision = None
    overlaps = False

    def prepare(
        self,
        request: RenderRequest,
        cast: tuple[CastPhoto, ...],
        plate_rgb: Picture | None,
        cancel: CancelToken,
        driving: DrivingVideo | None = None,
        keyframes: tuple[Keyframe, ...] = (),
    ) -> Shot:
        photo = cast[0].photos[0]
        return Shot(request, photo.rgb_HWC_uint8, {cast[0].character_id: (photo.sha256,)})

    def denoise(self, prepared: Shot, on_step: OnStep, cancel: CancelToken) -> torch.Tensor:
        request = prepared.request
        noise = draw_noise((1,), request.seed)
        goal = torch.tensor([0.3])
        return denoise(goal, _away_from, Halving(request.steps), noise, None, on_step, cancel)

    def decode(self, prepared: Shot, latents: torch.Tensor, cancel: CancelToken) -> Iterator[Picture]:
        request, photo = prepared.request, prepared.photo
        height, width = photo.shape[:2]
        cover = max(request.width / width, request.height / height)
        for frame in range(request.frames):
            cancel.check()
            scale = cover * (1 + float(latents[0]) * frame / request.frames)
            affine = cv2.getRotationMatrix2D((width / 2, height / 2), 0, scale)
            affine[:, 2] += (request.width / 2 - width / 2, request.height / 2 - height / 2)
            yield cv2.warpAffine(photo, affine, (request.width, request.height), borderMode=cv2.BORDER_REPLICATE)

    def motion(self, prepared: Shot, latents: torch.Tensor) -> dict[str, Track]:
        return {}

    def switched_on(self, tier: Tier) -> tuple[str, ...]:
        """Nothing: there is one way to render this."""
        return ()

    def computed_on(self, tier: Tier) -> UsedDevice:
        """The CPU, with torch's own kernels."""
        return describe_used_device(torch.device("cpu"))

    def remarks(self, prepared: Shot, latents: torch.Tensor) -> tuple[PipelineNote, ...]:
        return ()


def _away_from(goal: torch.Tensor, latents: torch.Tensor, t: torch.Tensor, _: None) -> torch.Tensor:
    return latents - goal


def load(models_dir: Path) -> SlowZoom:
    """Called once, when the engine starts."""
    return SlowZoom()
