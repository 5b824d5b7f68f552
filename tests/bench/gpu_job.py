"""One whole job, twice with the same weights and noise: as the engine renders it, and as diffusers itself does."""

from __future__ import annotations

import itertools
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from PIL import Image

from inference.media.encode import ClipEncoder
from inference.pipelines.contract import CancelToken, CastPhoto
from inference.pipelines.wan_vace import WanVacePipeline
from inference.protocol import RenderRequest

if TYPE_CHECKING:
    from diffusers import WanVACEPipeline


def render_ours(
    wait: Callable[[], None], ours: WanVacePipeline, asked: RenderRequest, cast: tuple[CastPhoto, ...]
) -> tuple[float, float, float]:
    """Seconds to prepare, to denoise, and to decode and mux. `wait`: until the device has done what it was told."""
    cancel, marks = CancelToken(), [time.perf_counter()]

    def mark() -> None:
        wait()
        marks.append(time.perf_counter())

    shot = ours.prepare(asked, cast, None, cancel)
    mark()
    latents = ours.denoise(shot, lambda *_: None, cancel)
    mark()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        with ClipEncoder(path, asked.width, asked.height, asked.fps) as clip:
            for frame in ours.decode(shot, latents, cancel):
                clip.add(frame)
    mark()
    prepared_s, denoised_s, finished_s = (after - before for before, after in itertools.pairwise(marks))
    return prepared_s, denoised_s, finished_s


def render_stock(
    parts: WanVACEPipeline, asked: RenderRequest, cast: tuple[CastPhoto, ...], noise: torch.Tensor
) -> None:
    """By diffusers' own call, eager, up to the frames."""
    parts.set_progress_bar_config(disable=True)
    parts(
        prompt=asked.prompt, negative_prompt=asked.negative_prompt,
        reference_images=[[Image.fromarray(photo.rgb_HWC_uint8) for one in cast for photo in one.photos]],
        height=asked.height, width=asked.width, num_frames=asked.frames, num_inference_steps=asked.steps,
        guidance_scale=asked.guidance_scale, latents=noise.to(parts.transformer.device), output_type="np",
    )  # fmt: skip
