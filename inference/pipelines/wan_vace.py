"""Wan-VACE (arXiv:2503.07598): all reference photos of every character steer a video model, and a previs may too."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from PIL import Image

from inference.exact.fingerprint import hash_frames
from inference.pipelines.contract import CancelToken, CastPhoto, DrivingVideo, Keyframe, Picture
from inference.pipelines.control_frames import as_video, keyframes_alone, mask_of, with_keyframes
from inference.pipelines.guide import Guided
from inference.pipelines.interruptible import interruptible
from inference.pipelines.wan import WanPipeline
from inference.pipelines.wan_shot import SILENT, WanShot, adapters_of
from inference.protocol import Placement, RenderRequest, UsedControl

_ORDER: dict[Placement, int] = {"left": 0, "centre": 1, "right": 2}


class WanVacePipeline(WanPipeline):
    """Several characters with several photos each; a driving previs goes in as its gray rendering."""

    def encode(
        self,
        request: RenderRequest,
        cast: tuple[CastPhoto, ...],
        cancel: CancelToken,
        driving: DrivingVideo | None,
        keyframes: tuple[Keyframe, ...] = (),
    ) -> WanShot:
        """Encode the prompt, every reference and what is known of the clip itself.

        References: the cast from left to right, each one's photos in the order sent.
        """
        text, away = self._encode_texts(request)
        cancel.check()
        ordered = sorted(cast, key=lambda character: _ORDER[character.placement])
        pictures = [Image.fromarray(photo.rgb_HWC_uint8) for character in ordered for photo in character.photos]
        gray_FHWC = None if driving is None else with_keyframes(as_gray(driving.frames_FHWC), keyframes)
        control = self._encode_control(request, pictures, gray_FHWC, keyframes, cancel)
        layers = len(self.parts.transformer.config.vace_layers)
        return WanShot(
            request=request,
            guided=Guided(
                {"encoder_hidden_states": text},
                {} if away is None else {"encoder_hidden_states": away},
                request.guidance_scale,
            ),
            fixed={
                "control_hidden_states": control,
                "control_hidden_states_scale": torch.ones(layers, dtype=self._dtype, device=self._device),
            },
            beside=None,
            leading=len(pictures),
            shape=(1, self.parts.transformer.config.in_channels, *control.shape[2:]),
            notes=(SILENT,),
            adapters=adapters_of(cast),
            drawn={one.character_id: tuple(photo.sha256 for photo in one.photos) for one in cast},
            control=_used(driving, gray_FHWC),
        )

    def _encode_control(
        self,
        request: RenderRequest,
        pictures: list[Image.Image],
        gray_FHWC: Picture | None,
        keyframes: tuple[Keyframe, ...],
        cancel: CancelToken,
    ) -> torch.Tensor:
        """[1, 96, R + T, H/8, W/8] for R references and T latent frames: what is kept, what is drawn over, the mask."""
        parts, size = self.parts, (request.height, request.width)
        shown = None if gray_FHWC is None else as_video(gray_FHWC)
        if keyframes and shown is None:
            shown = keyframes_alone(request.frames, keyframes)
        drawn_over = mask_of(request.frames, *size, keyframes) if keyframes else None
        video, mask, references = parts.preprocess_conditions(
            shown, drawn_over, pictures, 1, *size, request.frames, torch.float32, self._device
        )
        with interruptible(parts.vae.encoder, cancel):
            # diffusers puts each reference before the last one, the authors' code keeps the order: so from the last on
            latents = parts.prepare_video_latents(video, mask, [references[0][::-1]], None, self._device)
        # No mask over references: they are kept. The published code cannot say so for more of them than latent frames.
        masks = parts.prepare_masks(mask, [[]])
        over_references = masks.new_zeros(*masks.shape[:2], len(references[0]), *masks.shape[3:])
        return torch.cat([latents, torch.cat([over_references, masks], dim=2)], dim=1).to(self._dtype)


def as_gray(frames_FHWC: Picture) -> Picture:
    """Three equal channels: where everything is and how it moves, without saying whose skin it is.

    As VACE's own annotator makes them (ali-vilab/VACE, vace/annotators/gray.py): it reads RGB as BGR, so that red
    weighs 0.114 and blue 0.299, and so was the model shown the world.
    """
    return np.stack([
        cv2.cvtColor(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2RGB) for frame in frames_FHWC
    ])  # fmt: skip


def _used(driving: DrivingVideo | None, gray_FHWC: Picture | None) -> UsedControl | None:
    if driving is None or gray_FHWC is None:
        return None
    return UsedControl(form="gray", track_sha256=driving.track_sha256, frames_sha256=hash_frames(gray_FHWC))
