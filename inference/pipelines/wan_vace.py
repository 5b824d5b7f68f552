"""Wan-VACE: all reference photos of every character, and a control video where there is one, steer a video model.

The models, schedulers and all preparation are diffusers' own; ours are the loop (so that steps can be seen, cancelled
and resumed), the noise, and what the receipt says. VACE: arXiv:2503.07598; Wan: arXiv:2503.20314.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image

from inference.catalogue import ModelCard
from inference.exact.noise import draw_noise
from inference.motion.parameters import Track
from inference.parallel.mesh import Mesh
from inference.parallel.sequence import share_sequence
from inference.parallel.vae_tiles import decode_tiles
from inference.pipelines.contract import CancelToken, CastPhoto, OnStep, Picture, PipelineNote, Prepared
from inference.pipelines.denoise import denoise
from inference.pipelines.guide import Guided, guide_over
from inference.pipelines.scheduled import ScheduledStepper
from inference.protocol import RenderRequest

if TYPE_CHECKING:
    from diffusers import WanVACEPipeline as VaceParts

TEXT_TOKENS = 512
SILENT = PipelineNote("silent_clip", "this clip has no sound")
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


class WanVacePipeline:
    """Loaded once; one render at a time. `parts` are the diffusers pipeline's modules, already on their device.

    With a `mesh` every rank makes the same calls and gets the same result: the one that a single rank makes.
    """

    def __init__(self, card: ModelCard, parts: VaceParts, weights: dict[str, str], mesh: Mesh | None = None) -> None:
        """Raises RanksDoNotFit when the ranks of `mesh` cannot share this model."""
        self.card = card
        self.weights = weights
        self.parts = parts
        self._mesh = mesh or Mesh()
        self._transformer = share_sequence(parts.transformer, self._mesh.sequence)

    @torch.inference_mode()
    def prepare(
        self, request: RenderRequest, cast: tuple[CastPhoto, ...], plate_rgb: Picture | None, cancel: CancelToken
    ) -> VaceShot:
        """Encode the prompt and every reference: the cast from left to right, each one's photos in the order sent."""
        parts = self.parts
        text, away = parts.encode_prompt(
            request.prompt, request.negative_prompt, request.guidance_scale != 1.0, max_sequence_length=TEXT_TOKENS
        )
        cancel.check()
        ordered = sorted(cast, key=lambda character: _ORDER[character.placement])
        pictures = [Image.fromarray(photo.rgb_HWC_uint8) for character in ordered for photo in character.photos]
        video, mask, references = parts.preprocess_conditions(
            None, None, pictures, 1, request.height, request.width, request.frames, torch.float32, self._device
        )
        with self._interruptible(parts.vae.encoder, cancel):
            latents = parts.prepare_video_latents(video, mask, references, None, self._device)
        control = torch.cat([latents, parts.prepare_masks(mask, references)], dim=1)
        return VaceShot(
            request=request,
            text=text.to(self._dtype),
            away=text if away is None else away.to(self._dtype),
            control=control.to(self._dtype),
            references=len(references[0]),
            notes=(SILENT,),
            drawn={one.character_id: tuple(photo.sha256 for photo in one.photos) for one in cast},
        )

    def denoise(self, prepared: Prepared, on_step: OnStep, cancel: CancelToken) -> torch.Tensor:
        """Latents [1, 16, R + T, H/8, W/8], float32 on the CPU, by the common loop."""
        shot = _own(prepared)
        request, parts = shot.request, self.parts
        layers = len(parts.transformer.config.vace_layers)
        predict = partial(self._predict, shot.control, torch.ones(layers, dtype=self._dtype, device=self._device))
        with self._interruptible(self._transformer.blocks[0], cancel):
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

    @torch.inference_mode()
    def decode(self, prepared: Prepared, latents: torch.Tensor, cancel: CancelToken) -> Iterator[Picture]:
        """Frames in order. The VAE decodes the clip as a whole, tile by tile, before the first one is given."""
        shot = _own(prepared)
        vae = self.parts.vae
        kept = latents[:, :, shot.references :].to(self._device, vae.dtype)
        mean, std = (
            torch.tensor(values, device=self._device, dtype=vae.dtype).view(1, -1, 1, 1, 1)
            for values in (vae.config.latents_mean, vae.config.latents_std)
        )
        # written as the published pipeline computes it: std is inverted first, and its rounding is part of the result
        video = decode_tiles(vae, kept / (1.0 / std) + mean, self._mesh.world, cancel.check)
        frames_FHWC = self.parts.video_processor.postprocess_video(video, output_type="np")[0]
        for frame in frames_FHWC:
            cancel.check()
            yield np.round(frame * 255).astype(np.uint8)

    def motion(self, prepared: Prepared, latents: torch.Tensor) -> dict[str, Track]:
        """None: this model draws pictures, not motion parameters."""
        return {}

    def remarks(self, prepared: Prepared, latents: torch.Tensor) -> tuple[PipelineNote, ...]:
        return ()

    @property
    def _device(self) -> torch.device:
        return torch.device(self.parts.transformer.device)

    @property
    def _dtype(self) -> torch.dtype:
        dtype: torch.dtype = self.parts.transformer.dtype
        return dtype

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

    @staticmethod
    def _interruptible(module: torch.nn.Module, cancel: CancelToken) -> _Hook:
        """While it lasts, every call of `module` obeys a cancel first: a step or a decode need not run to its end."""
        return _Hook(module, cancel.check)


class _Hook:
    def __init__(self, module: torch.nn.Module, check: Callable[[], None]) -> None:
        self._module, self._check = module, check

    def __enter__(self) -> None:
        self._handle = self._module.register_forward_pre_hook(lambda *_: self._check())

    def __exit__(self, *_: object) -> None:
        self._handle.remove()


def _own(prepared: Prepared) -> VaceShot:
    assert isinstance(prepared, VaceShot), "prepared by another pipeline"
    return prepared
