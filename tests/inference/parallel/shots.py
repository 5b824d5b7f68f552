"""A whole tiny render on a mesh: prepare, every step, decode; what ranks must agree on to the bit."""

from __future__ import annotations

import functools
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
import torch

from inference.exact.fingerprint import hash_latents
from inference.parallel.mesh import GroupLink, Mesh
from inference.pipelines import wan_animate, wan_vace
from inference.pipelines.contract import CancelToken, CastPhoto
from inference.pipelines.scheduler_stepper import ScheduledStepper
from inference.pipelines.wan_shot import WanShot
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


class Served:
    """One loaded model and the renders that it serves, stage by stage."""

    def __init__(self, family: str, tile_px: int, mesh: Mesh | None = None) -> None:
        model = tiny(family)
        stride = tile_px * 3 // 4
        model.vae.enable_tiling(tile_px, tile_px, stride, stride)
        self._pipeline = _load(family, model, mesh)
        self._begin = self._pipeline._begin

    def render(self, asked: Configuration) -> Made:
        steps, latents, shot = self.denoise(asked)
        return Made(steps, latents, self.decode(shot, latents))

    def denoise(self, asked: Configuration) -> tuple[tuple[tuple[str, str], ...], torch.Tensor, WanShot]:
        """Prepared as well: the hashes of each step, the latents, and what they belong to."""
        shot = self.prepare(asked)
        return *self.walk(shot), shot

    def prepare(self, asked: Configuration) -> WanShot:
        photos = tuple(noise_photo(i) for i in range(asked.references))
        cast = (CastPhoto("chr_1", "Ada", "centre", photos),)
        request = request_of(
            cast,
            width=asked.width,
            height=asked.height,
            seconds=asked.frames / 16,
            guidance_scale=asked.guidance_scale,
            seed=asked.seed,
            steps=asked.steps,
        )
        driven = asked.driven or asked.family == "animate"
        return self._pipeline.prepare(request, cast, None, CancelToken(), noise_driving(request) if driven else None)

    def walk(self, shot: WanShot) -> tuple[tuple[tuple[str, str], ...], torch.Tensor]:
        """The hashes of each step, and the latents."""
        steps: list[tuple[str, str]] = []

        def watch(shot: WanShot) -> object:
            walk = self._begin(shot)
            return replace(walk, stepper=Watched(walk.stepper, steps))

        self._pipeline._begin = watch
        latents = self._pipeline.denoise(shot, lambda *_: None, CancelToken())
        return tuple(steps), latents

    def decode(self, shot: WanShot, latents: torch.Tensor) -> npt.NDArray[np.uint8]:
        return np.stack(list(self._pipeline.decode(shot, latents, CancelToken())))


def render(asked: Configuration, mesh: Mesh | None = None) -> Made:
    """The configuration's clip as this rank of `mesh` has it in the end."""
    return Served(asked.family, asked.tile_px, mesh).render(asked)


def render_between(asked: Configuration, mesh: Mesh | None = None) -> Made:
    """The same, by a model that has served another request before, and serves the next before the clip is looked at."""
    served = Served(asked.family, asked.tile_px, mesh)
    served.render(_neighbour(asked, 77))
    made = served.render(asked)
    served.render(_neighbour(asked, 78))
    return made


def render_beside(asked: Configuration, mesh: Mesh | None = None) -> Made:
    """The same as an engine does it: while a clip is decoded on one thread, the next is prepared and denoised.

    On virtual ranks, of which each is a thread already, the stages of the two are interleaved instead.
    """
    served = Served(asked.family, asked.tile_px, mesh)
    virtual = mesh is not None and mesh.size > 1 and not isinstance(mesh.world, GroupLink)
    with ThreadPoolExecutor(1, "decode", torch.set_num_threads, (torch.get_num_threads(),)) as thread:

        def decode(shot: WanShot, latents: torch.Tensor) -> Future[npt.NDArray[np.uint8]]:
            if not virtual:
                return thread.submit(served.decode, shot, latents)
            done: Future[npt.NDArray[np.uint8]] = Future()
            done.set_result(served.decode(shot, latents))
            return done

        _, before, shot_before = served.denoise(_neighbour(asked, 77))
        decoding = decode(shot_before, before)
        steps, latents, shot = served.denoise(asked)
        decoding.result()
        decoding = decode(shot, latents)
        served.denoise(_neighbour(asked, 78))
        return Made(steps, latents, decoding.result())


def _neighbour(asked: Configuration, seed: int) -> Configuration:
    """Somebody else's request to the same model: another size, length and cast."""
    return replace(asked, width=48, height=96, frames=5, references=2, seed=seed, steps=2)


def _load(family: str, model: WanVACEPipeline | WanAnimatePipeline, mesh: Mesh | None) -> Loaded:
    return (
        wan_animate.WanAnimatePipeline(ANIMATE, model, {}, mesh)
        if family == "animate"
        else (wan_vace.WanVacePipeline(CARD, model, {}, mesh))
    )
