"""A diffusers scheduler as one request's stepper, whose place can be saved between two steps and taken up again."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from diffusers import FlowMatchEulerDiscreteScheduler


@dataclass(frozen=True)
class StepperState:
    """All that a flow-matching walk needs to go on: plain values, fit for JSON."""

    steps: int
    shift: float
    done: int


class FlowStepper:
    """Euler steps along a rectified flow (Liu et al. 2022, arXiv:2209.03003), from noise at sigma 1 to data at 0.

    shift > 1 spends more of the steps near noise, where the acting is decided.
    """

    def __init__(self, steps: int, shift: float, done: int = 0) -> None:
        if not 0 <= done <= steps:
            raise ValueError(f"{done} steps done of {steps}")
        self._scheduler = FlowMatchEulerDiscreteScheduler(shift=shift)
        self._scheduler.set_timesteps(steps)
        self._scheduler.set_begin_index(done)
        self._steps, self._shift, self._done = steps, shift, done
        self.timesteps: torch.Tensor = self._scheduler.timesteps[done:]

    @classmethod
    def resume(cls, state: StepperState) -> FlowStepper:
        """A stepper that goes on where `state` was taken, to the same latents bit for bit."""
        return cls(state.steps, state.shift, state.done)

    def state(self) -> StepperState:
        """Where the walk stands now; taken between two steps."""
        return StepperState(self._steps, self._shift, self._done)

    def step(self, prediction: torch.Tensor, t: torch.Tensor, latents: torch.Tensor) -> torch.Tensor:
        """One Euler step. `prediction` is the velocity noise − data, of the latents' shape."""
        moved: torch.Tensor = self._scheduler.step(prediction, t, latents, return_dict=False)[0]
        self._done += 1
        return moved
