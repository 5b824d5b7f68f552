"""Euler steps along a rectified flow (Liu et al. 2022, arXiv:2209.03003), from noise at sigma 1 to data at 0.

The numbers are those of diffusers' FlowMatchEulerDiscreteScheduler, bit for bit, as a test holds; but an engine that
renders the previs alone need not import diffusers, which costs it a third of its start and of its memory.
"""

from __future__ import annotations

import numpy as np
import torch

_TRAIN_TIMESTEPS = 1000


class EulerFlow:
    """What a `ScheduledStepper` asks of a scheduler. `shift` above 1 spends more of the steps near noise."""

    def __init__(self, shift: float) -> None:
        self.config = shift
        self.timesteps = torch.empty(0)
        self._sigmas = torch.empty(0)
        self._step_index = 0
        ends = np.array([_TRAIN_TIMESTEPS, 1], np.float32) / np.float32(_TRAIN_TIMESTEPS)
        shifted = torch.from_numpy(ends) * shift / (1 + (shift - 1) * torch.from_numpy(ends))
        self._first, self._last = (float(sigma) for sigma in shifted)

    @classmethod
    def from_config(cls, config: float) -> EulerFlow:
        """Another one of the same shift."""
        return cls(config)

    def set_timesteps(self, steps: int, device: torch.device | None = None) -> None:
        """Float32 timesteps [steps], and the sigmas between which they step."""
        spread = np.linspace(self._first * _TRAIN_TIMESTEPS, self._last * _TRAIN_TIMESTEPS, steps) / _TRAIN_TIMESTEPS
        spread = self.config * spread / (1 + (self.config - 1) * spread)
        sigmas = torch.from_numpy(spread).to(dtype=torch.float32, device=device)
        self.timesteps = sigmas * _TRAIN_TIMESTEPS
        self._sigmas = torch.cat([sigmas, torch.zeros(1, device=sigmas.device)])

    def set_begin_index(self, index: int) -> None:
        """Which step is the first."""
        self._step_index = index

    def step(
        self, prediction: torch.Tensor, _: torch.Tensor, latents: torch.Tensor, *, return_dict: bool
    ) -> tuple[torch.Tensor]:
        """The latents after one step, in the prediction's type."""
        assert not return_dict, "a tuple is all there is"
        sigma, following = self._sigmas[self._step_index], self._sigmas[self._step_index + 1]
        self._step_index += 1
        return ((latents.to(torch.float32) + (following - sigma) * prediction).to(prediction.dtype),)
