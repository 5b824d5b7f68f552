"""The one denoising loop: every model goes through it, and nothing in it asks which model it is.

Guidance, caching and parallelism arrive inside `guide` and `model`, the scheduler inside `stepper`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

import torch

from inference.pipelines.contract import CancelToken, OnStep

Conditioning = TypeVar("Conditioning")
Model = TypeVar("Model")
Keep = Callable[[torch.Tensor], None]
Guide = Callable[[Model, torch.Tensor, torch.Tensor, Conditioning], torch.Tensor]


class Stepper(Protocol):
    """A scheduler's walk from noise to latents; serves one request."""

    @property
    def timesteps(self) -> torch.Tensor:
        """The timesteps that are still to walk, in order."""

    def step(self, prediction: torch.Tensor, t: torch.Tensor, latents: torch.Tensor) -> torch.Tensor: ...


@torch.inference_mode()
def denoise(
    model: Model,
    guide: Guide[Model, Conditioning],
    stepper: Stepper,
    latents: torch.Tensor,
    conditioning: Conditioning,
    on_step: OnStep,
    cancel: CancelToken,
    keep: Keep | None = None,
    begun: int = 0,
) -> torch.Tensor:
    """Walk `latents` through every timestep of `stepper`. Raises RenderCancelled between steps.

    `keep` is given the latents after each step, before that is reported. `begun`: steps that an earlier attempt did.
    """
    total = begun + len(stepper.timesteps)
    for done, t in enumerate(stepper.timesteps, start=begun + 1):
        cancel.check()
        prediction = guide(model, latents, t, conditioning)
        latents = stepper.step(prediction, t, latents)
        if keep is not None:
            keep(latents)
        on_step(done, total)
    return latents
