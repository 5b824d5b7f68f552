"""Wan-Animate: a character's photo, moved by a driving video's staging and face.

The models, schedulers and all preparation are diffusers' own; ours are the loop, the noise and what the receipt says.
A clip is one segment, as long as the request. Wan-Animate: arXiv:2509.14055.
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
    from diffusers import WanAnimatePipeline as AnimateParts


@dataclass(frozen=True)
class Aim:
    """What one forward is steered by: a text [1, N, D] and the face's frames [1, 3, F, s, s] in -1..1."""

    text: torch.Tensor
    face: torch.Tensor


@dataclass(frozen=True)
class AnimateShot:
    """Ready to be denoised.

    Shapes: image [1, N, D] (states of CLIP); reference [1, 20, 1 + T, H/8, W/8]; pose [1, 16, T, H/8, W/8].
    """

    request: RenderRequest
    guided: Guided[Aim]
    image: torch.Tensor
    reference: torch.Tensor
    pose: torch.Tensor
    led_by: UsedControl
    notes: tuple[PipelineNote, ...]
    drawn: dict[str, tuple[str, ...]]


class WanAnimatePipeline(WanFamily):
    """Loaded once; one render at a time. `parts` are the diffusers pipeline's modules; `drive` draws what moves it."""

    parts: AnimateParts

    @torch.inference_mode()
    def prepare(
        self, request: RenderRequest, cast: tuple[CastPhoto, ...], plate_rgb: Picture | None, cancel: CancelToken
    ) -> AnimateShot:
        """Draw the driving video, then encode it, the prompt and the first photo of the only character."""
        parts, device = self.parts, self._device
        (character,) = cast
        photo = character.photos[0]
        driving = self._drive(request, cast, plate_rgb, cancel)
        text, away = self._encode_texts(request)
        size = {"height": request.height, "width": request.width}
        side = parts.transformer.config.motion_encoder_size
        pose = parts.video_processor.preprocess_video(_pictures(driving.pose_FHWC), **size).to(device, torch.float32)
        face = parts.video_processor.preprocess_video(_pictures(driving.face_FHWC), height=side, width=side)
        face = face.to(device, torch.float32).to(self._dtype)
        picture = Image.fromarray(photo.rgb_HWC_uint8)
        pixels = parts.vae_image_processor.preprocess(picture, **size, resize_mode="fill").to(device, torch.float32)
        with self._encoding(cancel):
            still = parts.prepare_reference_image_latents(pixels, device=device)
            moving = parts.prepare_pose_latents(pose, device=device)
            before = parts.prepare_prev_segment_cond_latents(segment_frame_length=request.frames, **size, device=device)
        towards = Aim(text, face)
        blank = towards if away is None else Aim(away, face * 0 - 1)
        return AnimateShot(
            request=request,
            guided=Guided(towards, blank, request.guidance_scale),
            image=self._encode_image(picture),
            reference=torch.cat([still, before], dim=2),
            pose=moving.to(self._dtype),
            led_by=driving.used(moving.to(self._dtype)),
            notes=(SILENT,),
            drawn={character.character_id: (photo.sha256,)},
        )

    def denoise(self, prepared: Prepared, on_step: OnStep, cancel: CancelToken) -> torch.Tensor:
        """Latents [1, 16, 1 + T, H/8, W/8], float32 on the CPU, by the common loop."""
        request = (shot := _own(prepared)).request
        shape = (1, self.parts.vae.config.z_dim, *shot.reference.shape[2:])
        with interruptible(self._transformer.blocks[0], cancel):
            latents = denoise(
                partial(self._predict, shot),
                guide_over(self._mesh.guidance),
                ScheduledStepper(self.parts.scheduler, request.steps, self._device),
                draw_noise(shape, request.seed).to(self._device),
                shot.guided,
                on_step,
                cancel,
            )
        return latents.float().cpu()

    def decode(self, prepared: Prepared, latents: torch.Tensor, cancel: CancelToken) -> Iterator[Picture]:
        """Frames in order; the latents' first one stands for the photo and is left out."""
        return decode_frames(self.parts, latents[:, :, 1:], self._mesh.world, cancel)

    def _predict(self, shot: AnimateShot, latents: torch.Tensor, t: torch.Tensor, aim: Aim) -> torch.Tensor:
        prediction: torch.Tensor = self._transformer(
            hidden_states=torch.cat([latents, shot.reference], dim=1).to(self._dtype),
            timestep=t.expand(latents.shape[0]),
            encoder_hidden_states=aim.text,
            encoder_hidden_states_image=shot.image,
            pose_hidden_states=shot.pose,
            face_pixel_values=aim.face,
            return_dict=False,
        )[0]
        return prediction


def _pictures(frames_FHWC: Picture) -> list[Image.Image]:
    return [Image.fromarray(frame) for frame in frames_FHWC]


def _own(prepared: Prepared) -> AnimateShot:
    assert isinstance(prepared, AnimateShot), "prepared by another pipeline"
    return prepared
