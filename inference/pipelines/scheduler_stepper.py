"""A scheduler as one request's stepper, whose place can be saved between two steps and taken up again.

A multistep scheduler (UniPC, arXiv:2302.04867) remembers its last predictions; they are part of the place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import torch

if TYPE_CHECKING:
    from diffusers import SchedulerMixin

    from inference.pipelines.euler_flow import EulerFlow

    Scheduler: TypeAlias = SchedulerMixin | EulerFlow

# What the schedulers that the big models use remember between two steps, beside the table of timesteps.
_REMEMBERED = ("model_outputs", "timestep_list", "last_sample", "lower_order_nums", "this_order")


@dataclass(frozen=True)
class Place:
    """Where a walk stands: steps done of `steps`, and what the scheduler remembers (numbers and tensors by name)."""

    steps: int
    done: int
    numbers: dict[str, int]
    tensors: dict[str, torch.Tensor]


class ScheduledStepper:
    """`scheduler` is only read: the stepper walks a copy of its own, so that requests never share a history."""

    def __init__(self, scheduler: Scheduler, steps: int, device: torch.device | None = None) -> None:
        self._scheduler = scheduler.from_config(scheduler.config)
        self._scheduler.set_timesteps(steps, device=device)
        self._scheduler.set_begin_index(0)
        self._steps, self._done = steps, 0
        self.timesteps: torch.Tensor = self._scheduler.timesteps
        self.scheduled = self.timesteps  # those that are done, too

    @classmethod
    def resume(cls, scheduler: Scheduler, place: Place, device: torch.device | None = None) -> ScheduledStepper:
        """A stepper that goes on from `place`, to the same latents bit for bit. Raises ValueError on a place beyond."""
        if not 0 <= place.done <= place.steps:
            raise ValueError(f"{place.done} steps done of {place.steps}")
        stepper = cls(scheduler, place.steps, device)
        stepper.timesteps = stepper.timesteps[place.done :]
        stepper._done = place.done
        if place.done:
            stepper._scheduler._step_index = place.done
        for name in _REMEMBERED:
            _recall(stepper._scheduler, name, place, device)
        return stepper

    def place(self) -> Place:
        """Where the walk stands now; taken between two steps. The tensors are copies."""
        numbers: dict[str, int] = {}
        tensors: dict[str, torch.Tensor] = {}
        for name in _REMEMBERED:
            value = getattr(self._scheduler, name, None)
            for key, one in _items(name, value):
                if isinstance(one, torch.Tensor):
                    tensors[key] = one.detach().clone()
                elif one is not None:
                    assert isinstance(one, int), f"{key} is of a kind that cannot be kept"
                    numbers[key] = one
        return Place(self._steps, self._done, numbers, tensors)

    def step(self, prediction: torch.Tensor, t: torch.Tensor, latents: torch.Tensor) -> torch.Tensor:
        """One step of the scheduler. `prediction` is what the model says, of the latents' shape."""
        moved: torch.Tensor = self._scheduler.step(prediction, t, latents, return_dict=False)[0]
        self._done += 1
        return moved


def _items(name: str, value: object) -> list[tuple[str, object]]:
    """A remembered value under its own key, or each element of a remembered list under `name.i`."""
    if isinstance(value, list):
        return [(f"{name}.{i}", one) for i, one in enumerate(value)]
    return [(name, value)]


def _recall(scheduler: Scheduler, name: str, place: Place, device: torch.device | None) -> None:
    tensors = {key: one.clone().to(device) for key, one in place.tensors.items()}
    known = {**place.numbers, **tensors}
    fresh = getattr(scheduler, name, None)
    if isinstance(fresh, list):
        setattr(scheduler, name, [known.get(f"{name}.{i}") for i in range(len(fresh))])
    elif name in known:
        setattr(scheduler, name, known[name])
