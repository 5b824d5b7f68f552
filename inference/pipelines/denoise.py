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
) -> torch.Tensor:
    """Walk `latents` through every timestep of `stepper`. Raises RenderCancelled between steps."""
    for step, t in enumerate(stepper.timesteps):
        cancel.check()
        prediction = guide(model, latents, t, conditioning)
        latents = stepper.step(prediction, t, latents)
        on_step(step + 1, len(stepper.timesteps))
    return latents
