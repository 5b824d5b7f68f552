"""What the Wan families share: frames from latents, and a long call that obeys a cancel."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from inference.motion.parameters import Track
from inference.parallel.mesh import Link
from inference.parallel.vae_tiles import decode_tiles
from inference.pipelines.contract import CancelToken, Picture, PipelineNote, Prepared

if TYPE_CHECKING:
    from diffusers import WanAnimatePipeline, WanVACEPipeline

TEXT_TOKENS = 512
SILENT = PipelineNote("silent_clip", "this clip has no sound")


@torch.inference_mode()
def decode_frames(
    parts: WanVACEPipeline | WanAnimatePipeline, latents: torch.Tensor, world: Link, cancel: CancelToken
) -> Iterator[Picture]:
    """Frames in order, from latents [1, C, T, h, w] as the scheduler left them.

    The VAE decodes the clip as a whole, tile by tile, before the first one is given.
    """
    vae = parts.vae
    device = parts.transformer.device
    mean, std = (
        torch.tensor(values, device=device, dtype=vae.dtype).view(1, -1, 1, 1, 1)
        for values in (vae.config.latents_mean, vae.config.latents_std)
    )
    # written as the published pipeline computes it: std is inverted first, and its rounding is part of the result
    video = decode_tiles(vae, latents.to(device, vae.dtype) / (1.0 / std) + mean, world, cancel.check)
    frames_FHWC = parts.video_processor.postprocess_video(video, output_type="np")[0]
    for frame in frames_FHWC:
        cancel.check()
        yield np.round(frame * 255).astype(np.uint8)


@contextmanager
def interruptible(module: torch.nn.Module, cancel: CancelToken) -> Iterator[None]:
    """While it lasts, every call of `module` obeys a cancel first: a step or an encode need not run to its end."""
    handle = module.register_forward_pre_hook(lambda *_: cancel.check())
    try:
        yield
    finally:
        handle.remove()


class WanFamily:
    """What a pipeline of this family answers the same way as its sisters."""

    parts: Any  # a diffusers pipeline, narrowed by each of them

    def motion(self, prepared: Prepared, latents: torch.Tensor) -> dict[str, Track]:
        """None: these models draw pictures, not motion parameters."""
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
