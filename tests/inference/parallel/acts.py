"""The previs's diffusion on a mesh: texts read, every step, the tracks that are drawn."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace

import numpy as np
import torch

from inference.exact.fingerprint import hash_latents
from inference.motion import latents as motion_latents
from inference.motion.checkpoint import load_weights
from inference.motion.text import STATE_SIZE, TokenStates
from inference.motion.transformer import MotionTransformer
from inference.parallel.mesh import Mesh
from inference.pipelines.acting import Acting
from inference.pipelines.contract import CancelToken
from tests.inference.parallel.shots import Made


@dataclass(frozen=True)
class Acted:
    """One clip's acting: the shipped model (`heads` None), or one of random weights with so many heads."""

    frames: int = 200
    characters: int = 1
    guidance_scale: float = 2.5
    seed: int = 3
    steps: int = 3
    heads: int | None = 8


def act(asked: Acted, mesh: Mesh | None = None) -> Made:
    """The clip's motion as this rank of `mesh` has it in the end."""
    return _draw(Acting(_noise_states, model_with(asked.heads), mesh), asked)


def act_between(asked: Acted, mesh: Mesh | None = None) -> Made:
    """The same, by a model that acts another clip before it, and one more before it is looked at."""
    acting = Acting(_noise_states, model_with(asked.heads), mesh)
    _draw(acting, replace(asked, frames=328, characters=2, seed=77))
    made = _draw(acting, asked)
    _draw(acting, replace(asked, frames=96, characters=3, seed=78))
    return made


def _draw(acting: Acting, asked: Acted) -> Made:
    steps: list[tuple[str, str]] = []
    guide = acting._guide

    def watch(*told: object) -> torch.Tensor:
        prediction = guide(*told)
        steps.append((hash_latents(prediction), hash_latents(told[1])))
        return prediction

    acting._guide = watch
    prompts = [f"character {number} nods" for number in range(asked.characters)]
    script = acting.read(prompts, "", "cu", asked.frames, asked.guidance_scale)
    latents = acting.draw(script, asked.steps, asked.seed, lambda *_: None, CancelToken())
    acting._guide = guide
    tracks = [motion_latents.decode(latent.numpy(), asked.frames) for latent in latents]
    return Made(tuple(steps), latents, np.stack(tracks))


@functools.cache
def model_with(heads: int | None) -> MotionTransformer:
    shipped, _ = load_weights()
    if heads is None:
        return shipped
    torch.manual_seed(heads)
    return MotionTransformer(replace(shipped.shape, heads=heads)).eval()


def _noise_states(texts: list[str]) -> TokenStates:
    """States of nothing, of a length of their own for each text."""
    lengths = torch.tensor([5 + len(text) % 13 + number for number, text in enumerate(texts)])
    longest = int(lengths.max())
    generator = torch.Generator().manual_seed(longest)
    states = torch.randn(len(texts), longest, STATE_SIZE, generator=generator)
    return TokenStates(states, torch.arange(longest) < lengths[:, None], ())
