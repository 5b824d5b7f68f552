"""One attempt's way through a render's steps: from noise, or from where an earlier attempt at it stood."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import torch

from inference.pipelines.checkpoints import Checkpoint, Checkpoints, Origin
from inference.pipelines.policies.contract import Memory
from inference.pipelines.scheduler_stepper import ScheduledStepper

if TYPE_CHECKING:
    from inference.pipelines.scheduler_stepper import Scheduler

_REMEMBERED = "policy "  # before the names of what policies remember, in checkpoints


@dataclass(frozen=True)
class Walk:
    """begun: steps that were done before. keeper: on the rank that keeps checkpoints. memory: of policies."""

    stepper: ScheduledStepper
    latents: torch.Tensor
    begun: int
    origin: Origin
    keeper: Checkpoints | None
    memory: Memory = field(default_factory=dict)

    def keep(self, latents: torch.Tensor) -> None:
        """After a step: everything that going on from here needs."""
        if self.keeper is not None:
            place = self.stepper.place()
            remembered = {f"{_REMEMBERED}{name}": tensor for name, tensor in self.memory.items()}
            place = replace(place, tensors=place.tensors | remembered)
            self.keeper.save(Checkpoint(self.origin, place, latents))


def begin_walk(
    scheduler: Scheduler,
    steps: int,
    device: torch.device,
    origin: Origin,
    draw: Callable[[], torch.Tensor],
    checkpoints: Checkpoints | None,
    *,
    keeps: bool,
) -> Walk:
    """From what `draw` draws, unless there is a checkpoint of `origin`; `keeps` says whether others are to be kept."""
    found = checkpoints.find(origin) if checkpoints else None
    keeper = checkpoints if keeps else None
    if found is None:
        return Walk(ScheduledStepper(scheduler, steps, device), draw().to(device), 0, origin, keeper)
    stepper = ScheduledStepper.resume(scheduler, found.place, device)
    memory = {
        name.removeprefix(_REMEMBERED): tensor.to(device)
        for name, tensor in found.place.tensors.items()
        if name.startswith(_REMEMBERED)
    }
    return Walk(stepper, found.latents.to(device), found.place.done, origin, keeper, memory)
