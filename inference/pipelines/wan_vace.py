"""Wan-VACE: all reference photos of every character, and a control video where there is one, steer a video model.

The models, schedulers and all preparation are diffusers' own; ours are the loop (so that steps can be seen, cancelled
and resumed), the noise, and what the receipt says. VACE: arXiv:2503.07598; Wan: arXiv:2503.20314.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import torch
from PIL import Image

from inference.exact.noise import draw_noise
from inference.pipelines.contract import CancelToken, CastPhoto, OnStep, Picture, PipelineNote, Prepared
from inference.pipelines.denoise import denoise
from inference.pipelines.guide import Guided, guide_over
from inference.pipelines.scheduled import ScheduledStepper
from inference.pipelines.wan import SILENT, WanFamily, decode_frames, interruptible
from inference.protocol import RenderRequest, UsedControl

if TYPE_CHECKING:
    from diffusers import WanVACEPipeline as VaceParts

_ORDER = {"left": 0, "centre": 1, "right": 2}


@dataclass(frozen=True)
class VaceShot:
    """Ready to be denoised. Shapes: texts [1, N, D]; control [1, 96, R + T, H/8, W/8] for R references, T frames."""

    request: RenderRequest
    text: torch.Tensor
    away: torch.Tensor
    control: torch.Tensor
    references: int
    notes: tuple[PipelineNote, ...]
    drawn: dict[str, tuple[str, ...]]
    led_by: UsedControl | None


class WanVacePipeline(WanFamily):
    """Loaded once; one render at a time. `parts` are the diffusers pipeline's modules, already on their device."""

    parts: VaceParts

    @torch.inference_mode()
    def prepare(
        self, request: RenderRequest, cast: tuple[CastPhoto, ...], plate_rgb: Picture | None, cancel: CancelToken
    ) -> VaceShot:
        """Encode the prompt and every reference: the cast from left to right, each one's photos in the order sent."""
        parts = self.parts
        text, away = self._encode_texts(request)
        cancel.check()
        driving = self._drive(request, cast, plate_rgb, cancel) if request.control else None
        led = None if driving is None else [Image.fromarray(frame) for frame in driving.pose_FHWC]
        ordered = sorted(cast, key=lambda character: _ORDER[character.placement])
        pictures = [Image.fromarray(photo.rgb_HWC_uint8) for character in ordered for photo in character.photos]
        video, mask, references = parts.preprocess_conditions(
            led, None, pictures, 1, request.height, request.width, request.frames, torch.float32, self._device
        )
        with self._encoding(cancel):
            latents = parts.prepare_video_latents(video, mask, references, None, self._device)
        control = torch.cat([latents, parts.prepare_masks(mask, references)], dim=1).to(self._dtype)
        return VaceShot(
            request=request,
            text=text,
            away=text if away is None else away,
            control=control,
            references=len(references[0]),
            notes=(SILENT,),
            drawn={one.character_id: tuple(photo.sha256 for photo in one.photos) for one in cast},
            led_by=None if driving is None else driving.used(control),
        )

    def denoise(self, prepared: Prepared, on_step: OnStep, cancel: CancelToken) -> torch.Tensor:
        """Latents [1, 16, R + T, H/8, W/8], float32 on the CPU, by the common loop."""
        shot = _own(prepared)
        request, parts = shot.request, self.parts
        layers = len(parts.transformer.config.vace_layers)
        predict = partial(self._predict, shot.control, torch.ones(layers, dtype=self._dtype, device=self._device))
        with interruptible(self._transformer.blocks[0], cancel):
            latents = denoise(
                predict,
                guide_over(self._mesh.guidance),
                ScheduledStepper(parts.scheduler, request.steps, self._device),
                draw_noise(self._shape(shot), request.seed).to(self._device),
                Guided(shot.text, shot.away, request.guidance_scale),
                on_step,
                cancel,
            )
        return latents.float().cpu()

    def decode(self, prepared: Prepared, latents: torch.Tensor, cancel: CancelToken) -> Iterator[Picture]:
        """Frames in order; the latents that stand for references are left out."""
        kept = latents[:, :, _own(prepared).references :]
        return decode_frames(self.parts, kept, self._mesh.world, cancel)

    def _shape(self, shot: VaceShot) -> tuple[int, ...]:
        return (1, self.parts.transformer.config.in_channels, *shot.control.shape[2:])

    def _predict(
        self, control: torch.Tensor, scale: torch.Tensor, latents: torch.Tensor, t: torch.Tensor, text: torch.Tensor
    ) -> torch.Tensor:
        prediction: torch.Tensor = self._transformer(
            hidden_states=latents.to(self._dtype),
            timestep=t.expand(latents.shape[0]),
            encoder_hidden_states=text,
            control_hidden_states=control,
            control_hidden_states_scale=scale,
            return_dict=False,
        )[0]
        return prediction


def _own(prepared: Prepared) -> VaceShot:
    assert isinstance(prepared, VaceShot), "prepared by another pipeline"
    return prepared
