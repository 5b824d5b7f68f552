"""A whole tiny render on a mesh: prepare, every step, decode; what ranks must agree on to the bit."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch

from inference.cache import TensorCache
from inference.exact.fingerprint import hash_latents
from inference.parallel.mesh import Mesh
from inference.pipelines.contract import CancelToken, CastPhoto
from inference.pipelines.wan_animate import WanAnimatePipeline
from inference.pipelines.wan_vace import WanVacePipeline
from inference.registry.tiny import build_tiny_wan_animate, build_tiny_wan_vace
from tests.inference.pipelines.tiny import CARD, driving_of, noise_photo, request_of


@dataclass(frozen=True)
class Configuration:
    """One render. `tile_px` is the side of a VAE tile: small ones make the picture of many.

    references: of Wan-VACE alone; Wan-Animate has one.
    """

    width: int = 64
    height: int = 64
    frames: int = 9
    references: int = 1
    guidance_scale: float = 5.0
    tile_px: int = 256
    seed: int = 3
    steps: int = 2
    model: Literal["vace", "animate"] = "vace"


@dataclass(frozen=True)
class Made:
    """What a rank has: a hash of the latents that went into each forward, the finished latents, and the frames."""

    entered: tuple[str, ...]
    latents: torch.Tensor
    frames_FHWC: npt.NDArray[np.uint8]

    def same_as(self, other: Made) -> bool:
        return self.first_difference(other) is None

    def first_difference(self, other: Made) -> str | None:
        """The first step and tensor that differ; None when all is the same to the bit."""
        for step, (mine, theirs) in enumerate(zip(self.entered, other.entered, strict=True), start=1):
            if mine != theirs:
                return f"the latents that enter step {step}"
        if not torch.equal(self.latents, other.latents):
            return "the finished latents"
        return None if np.array_equal(self.frames_FHWC, other.frames_FHWC) else "the frames"


NOTHING_KEPT = TensorCache(max_bytes=0)  # every rank encodes for itself
Tiny = WanVacePipeline | WanAnimatePipeline

vace_parts = functools.cache(build_tiny_wan_vace)
animate_parts = functools.cache(build_tiny_wan_animate)


def _pipeline(configuration: Configuration, mesh: Mesh | None) -> Tiny:
    if configuration.model == "vace":
        return WanVacePipeline(CARD, vace_parts(), {}, mesh, cache=NOTHING_KEPT)
    return WanAnimatePipeline(CARD, animate_parts(), {}, mesh, driving_of, NOTHING_KEPT)


def render(configuration: Configuration, mesh: Mesh | None = None) -> Made:
    """The configuration's clip as this rank of `mesh` has it in the end."""
    pipeline = _pipeline(configuration, mesh)
    stride = configuration.tile_px * 3 // 4
    pipeline.parts.vae.enable_tiling(configuration.tile_px, configuration.tile_px, stride, stride)
    entered: list[str] = []

    def note(_: torch.nn.Module, __: object, inputs: dict[str, torch.Tensor]) -> None:
        digest = hash_latents(inputs["hidden_states"])
        if entered[-1:] != [digest]:  # with guidance one rank asks twice
            entered.append(digest)

    pipeline._transformer.register_forward_pre_hook(note, with_kwargs=True)
    photos = tuple(noise_photo(i) for i in range(configuration.references))
    cast = (CastPhoto("chr_1", "Ada", "centre", photos),)
    request = request_of(
        cast,
        width=configuration.width,
        height=configuration.height,
        seconds=configuration.frames / 16,
        guidance_scale=configuration.guidance_scale,
        seed=configuration.seed,
        steps=configuration.steps,
    )
    cancel = CancelToken()
    shot = pipeline.prepare(request, cast, None, cancel)
    latents = pipeline.denoise(shot, lambda *_: None, cancel)
    return Made(tuple(entered), latents, np.stack(list(pipeline.decode(shot, latents, cancel))))
