"""A whole tiny render on a mesh: prepare, every step, decode; what ranks must agree on to the bit."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
import torch

from inference.exact.fingerprint import hash_latents
from inference.parallel.mesh import Mesh
from inference.pipelines import wan_animate, wan_vace
from inference.pipelines.contract import CancelToken, CastPhoto
from inference.pipelines.scheduled import ScheduledStepper
from inference.pipelines.wan import WanShot
from inference.registry.tiny import build_tiny_wan_animate, build_tiny_wan_vace
from tests.inference.pipelines.tiny import ANIMATE, CARD, noise_driving, noise_photo, request_of

if TYPE_CHECKING:
    from diffusers import WanAnimatePipeline, WanVACEPipeline

Loaded = wan_animate.WanAnimatePipeline | wan_vace.WanVacePipeline


@dataclass(frozen=True)
class Configuration:
    """One render. `tile_px` is the side of a VAE tile: small ones make the picture of many."""

    width: int = 64
    height: int = 64
    frames: int = 9
    references: int = 1
    guidance_scale: float = 5.0
    tile_px: int = 256
    seed: int = 3
    steps: int = 2
    family: Literal["vace", "animate"] = "vace"
    driven: bool = False


@dataclass(frozen=True)
class Made:
    """What a rank has: hashes of each step's guided prediction and latents, the finished latents, and the clip.

    clip: frames_FHWC; of the motion model the tracks_CFP that are drawn.
    """

    steps: tuple[tuple[str, str], ...]
    latents: torch.Tensor
    clip: npt.NDArray[np.uint8] | npt.NDArray[np.float32]

    def same_as(self, other: Made) -> bool:
        return self.first_difference(other) is None

    def first_difference(self, other: Made) -> str | None:
        """The first step and tensor that differ; None when all is the same to the bit."""
        for step, (mine, theirs) in enumerate(zip(self.steps, other.steps, strict=True), start=1):
            for tensor, one, another in zip(("prediction", "latents"), mine, theirs, strict=True):
                if one != another:
                    return f"the {tensor} of step {step}"
        if not torch.equal(self.latents, other.latents):
            return "the finished latents"
        return None if np.array_equal(self.clip, other.clip) else "the clip"


@dataclass
class Watched:
    """A stepper that hashes what goes through it."""

    stepper: ScheduledStepper
    steps: list[tuple[str, str]]

    @property
    def timesteps(self) -> torch.Tensor:
        return self.stepper.timesteps

    def step(self, prediction: torch.Tensor, t: torch.Tensor, latents: torch.Tensor) -> torch.Tensor:
        moved = self.stepper.step(prediction, t, latents)
        self.steps.append((hash_latents(prediction), hash_latents(moved)))
        return moved


@functools.cache
def tiny(family: str) -> WanVACEPipeline | WanAnimatePipeline:
    return build_tiny_wan_animate() if family == "animate" else build_tiny_wan_vace()


def render(configuration: Configuration, mesh: Mesh | None = None) -> Made:
    """The configuration's clip as this rank of `mesh` has it in the end."""
    model = tiny(configuration.family)
    stride = configuration.tile_px * 3 // 4
    model.vae.enable_tiling(configuration.tile_px, configuration.tile_px, stride, stride)
    pipeline = _load(configuration.family, model, mesh)
    steps: list[tuple[str, str]] = []
    begin = pipeline._begin

    def watch(shot: WanShot) -> object:
        walk = begin(shot)
        return replace(walk, stepper=Watched(walk.stepper, steps))

    pipeline._begin = watch
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
    driven = configuration.driven or configuration.family == "animate"
    shot = pipeline.prepare(request, cast, None, cancel, noise_driving(request) if driven else None)
    latents = pipeline.denoise(shot, lambda *_: None, cancel)
    return Made(tuple(steps), latents, np.stack(list(pipeline.decode(shot, latents, cancel))))


def _load(family: str, model: WanVACEPipeline | WanAnimatePipeline, mesh: Mesh | None) -> Loaded:
    return (
        wan_animate.WanAnimatePipeline(ANIMATE, model, {}, mesh)
        if family == "animate"
        else (wan_vace.WanVacePipeline(CARD, model, {}, mesh))
    )
