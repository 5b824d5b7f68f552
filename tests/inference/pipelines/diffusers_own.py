"""What diffusers' own pipelines make of a request: the same weights loaded anew, its published call, our noise."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from diffusers import (
    ClassifierFreeGuidance,
    DPMSolverMultistepScheduler,
    FlowMatchEulerDiscreteScheduler,
    UniPCMultistepScheduler,
)
from diffusers.modular_pipelines import WanAnimate2Blocks
from PIL import Image

from inference.catalogue import ModelCard
from inference.pipelines.contract import CastPhoto, DrivingVideo, Picture
from inference.pipelines.driven_parts import DrivenParts
from inference.pipelines.photo_cut import cut_photo
from inference.pipelines.wan import TEXT_TOKENS
from inference.protocol import RenderRequest

Made = tuple[torch.Tensor, Picture]


def call_vace(
    parts: Any,  # noqa: ANN401 (diffusers' own)
    card: ModelCard,
    request: RenderRequest,
    cast: tuple[CastPhoto, ...],
    noise: torch.Tensor,
    video: npt.NDArray[np.uint8 | np.float32] | None = None,
    mask: npt.NDArray[np.uint8 | np.float32] | None = None,
) -> Made:
    """Latents with the references in front, and frames. `cast` from left to right; `mask`: [F, H, W], white is drawn.

    Both may be floats in 0..1 as [F, H, W, 3], which can hold the gray between two bytes.

    diffusers puts each reference before the one that it was given before: so the first goes in last.
    """
    photos = [Image.fromarray(photo.rgb_HWC_uint8) for one in cast for photo in one.photos]
    own = {
        "video": _as_sent(video),
        "mask": _as_sent(mask),
        "reference_images": [photos[::-1]],
        "num_frames": request.frames,
    }
    return _call(parts, card, request, noise, own)


def call_animate(
    parts: Any,  # noqa: ANN401 (diffusers' own)
    card: ModelCard,
    request: RenderRequest,
    cast: tuple[CastPhoto, ...],
    noise: torch.Tensor,
    driving: DrivingVideo,
) -> Made:
    """Latents with the photo's in front, and the frames of one segment."""
    own = {
        "image": Image.fromarray(cast[0].photos[0].rgb_HWC_uint8),
        "pose_video": [Image.fromarray(frame) for frame in driving.poses_FHWC],
        "face_video": [Image.fromarray(frame) for frame in driving.faces_FHWC],
        "segment_frame_length": request.frames,
        "mode": "animate",
    }
    return _call(parts, card, request, noise, own)


def _as_sent(frames: npt.NDArray[Any] | None) -> Any:  # noqa: ANN401 (diffusers takes many kinds)
    """Pictures one by one; of floats a batch of one video."""
    if frames is None or frames.dtype == np.float32:
        return frames if frames is None else frames[None]
    return [Image.fromarray(frame) for frame in frames]


def _call(parts: Any, card: ModelCard, request: RenderRequest, noise: torch.Tensor, own: dict[str, Any]) -> Made:  # noqa: ANN401
    pipe = copy.copy(parts)
    pipe.scheduler = _scheduler(card, request, parts.scheduler)
    pipe.set_progress_bar_config(disable=True)
    seen: list[torch.Tensor] = []

    def see(_pipe: object, _step: int, _t: object, state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        seen.append(state["latents"])
        return {}

    video = pipe(
        prompt=request.prompt,
        negative_prompt=request.negative_prompt,
        height=request.height,
        width=request.width,
        num_inference_steps=request.steps,
        guidance_scale=request.guidance_scale,
        latents=noise,
        max_sequence_length=TEXT_TOKENS,
        output_type="np",
        return_dict=False,
        callback_on_step_end=see,
        **own,
    )[0]
    frames: Picture = np.round(video[0] * 255).astype(np.uint8)
    return seen[-1], frames


def _scheduler(card: ModelCard, request: RenderRequest, loaded: Any) -> Any:  # noqa: ANN401 (diffusers' own)
    """As diffusers' pages set a shift, on what came with the weights."""
    shift = request.shift or card.shift_in(request.tier)
    if shift is None:
        return loaded
    if card.recipe is not None and card.recipe.scheduler == "euler":
        return FlowMatchEulerDiscreteScheduler(shift=shift)
    if card.recipe is not None and card.recipe.scheduler == "dpmsolver":
        return DPMSolverMultistepScheduler.from_config(loaded.config, flow_shift=shift)
    return UniPCMultistepScheduler.from_config(loaded.config, flow_shift=shift)


def call_animate_2(
    parts: DrivenParts, card: ModelCard, request: RenderRequest, cast: tuple[CastPhoto, ...], driving: DrivingVideo
) -> Made:
    """Latents of all segments after the photo's, and frames: by the blocks of diffusers' modular pipeline.

    The photo goes in as it is cut for the clip; the noise is that of diffusers' own generator.
    """
    from diffusers.modular_pipelines.wan_animate_2 import denoise

    assert card.recipe is not None
    pipe = WanAnimate2Blocks().init_pipeline()
    names = ("tokenizer", "text_encoder", "image_encoder", "vae", "transformer")
    pipe.update_components(
        **{name: getattr(parts, name) for name in names},
        guider=ClassifierFreeGuidance(guidance_scale=request.guidance_scale),
        scheduler=_scheduler(card, request, parts.scheduler),
    )
    seen: list[torch.Tensor] = []
    decode = denoise.decode_vae
    with pytest.MonkeyPatch.context() as watched:
        watched.setattr(denoise, "decode_vae", lambda vae, latents: (seen.append(latents), decode(vae, latents))[1])
        videos = pipe(
            image=Image.fromarray(cut_photo(cast[0].photos[0], request.width, request.height)),
            driving_video=[Image.fromarray(frame) for frame in driving.frames_FHWC],
            prompt=request.prompt,
            negative_prompt=request.negative_prompt,
            height=request.height,
            width=request.width,
            segment_frame_length=min(request.frames, card.recipe.frames),
            num_inference_steps=request.steps,
            max_sequence_length=TEXT_TOKENS,
            generator=torch.Generator().manual_seed(request.seed),
            output="videos",
        )
    frames: Picture = np.round(videos[0] * 255).astype(np.uint8)
    return torch.cat(seen, dim=1), frames
