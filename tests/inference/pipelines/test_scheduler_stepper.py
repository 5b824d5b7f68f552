"""A stepper's place, saved between two steps and taken up again, leads to the same latents."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from diffusers import FlowMatchEulerDiscreteScheduler, UniPCMultistepScheduler

from inference.pipelines.euler_flow import EulerFlow
from inference.pipelines.scheduler_stepper import ScheduledStepper

SCHEDULERS = {
    "euler": FlowMatchEulerDiscreteScheduler(shift=3.0),
    "our euler": EulerFlow(3.0),
    "unipc": UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0),
}
STEPS = 6


def predict(latents: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    """Something that bends, so that a multistep scheduler's history counts."""
    return torch.sin(latents * 3) + t / 1000


def walk(stepper: ScheduledStepper, latents: torch.Tensor, begin: int = 0, end: int = STEPS) -> torch.Tensor:
    for t in stepper.timesteps[begin:end]:
        latents = stepper.step(predict(latents, t), t, latents)
    return latents


@pytest.mark.parametrize("name", SCHEDULERS)
@pytest.mark.parametrize("at", range(STEPS + 1))
def test_a_walk_taken_up_again_ends_where_it_would_have(name: str, at: int) -> None:
    scheduler: Any = SCHEDULERS[name]
    noise = torch.randn(1, 4, 3, generator=torch.Generator().manual_seed(1))
    whole = walk(ScheduledStepper(scheduler, STEPS), noise)
    first = ScheduledStepper(scheduler, STEPS)
    half = walk(first, noise, end=at)
    place = first.place()
    walk(first, half, begin=at)  # what the first goes on to do must not reach the place that was taken
    assert torch.equal(walk(ScheduledStepper.resume(scheduler, place), half), whole)
    assert place.done == at


def test_history_is_part_of_the_place() -> None:
    """Without it a multistep scheduler goes elsewhere: so the test above would see a history that was forgotten."""
    scheduler = SCHEDULERS["unipc"]
    noise = torch.randn(1, 4, 3, generator=torch.Generator().manual_seed(1))
    first = ScheduledStepper(scheduler, STEPS)
    half = walk(first, noise, end=3)
    place = first.place()
    bare = type(place)(place.steps, place.done, {"lower_order_nums": 0}, {})
    assert not torch.equal(walk(ScheduledStepper.resume(scheduler, bare), half), walk(first, half, begin=3))


def test_two_requests_share_no_history() -> None:
    scheduler = SCHEDULERS["unipc"]
    noise = torch.randn(2, 4, 3, generator=torch.Generator().manual_seed(1))
    alone = walk(ScheduledStepper(scheduler, STEPS), noise)
    one, other = ScheduledStepper(scheduler, STEPS), ScheduledStepper(scheduler, STEPS)
    mine, theirs = noise, noise * 2
    for t in one.timesteps:
        theirs = other.step(predict(theirs, t), t, theirs)
        mine = one.step(predict(mine, t), t, mine)
    assert torch.equal(mine, alone)


def test_a_place_beyond_the_walk_is_refused() -> None:
    place = ScheduledStepper(SCHEDULERS["euler"], 2).place()
    with pytest.raises(ValueError, match="3 steps done of 2"):
        ScheduledStepper.resume(SCHEDULERS["euler"], type(place)(2, 3, {}, {}))


@pytest.mark.parametrize("shift", [1.0, 2.0, 3.0, 5.5])
@pytest.mark.parametrize("steps", [1, 2, 3, 8, 12, 30, 50])
def test_our_euler_steps_are_those_of_diffusers(shift: float, steps: int) -> None:
    theirs, ours = (
        ScheduledStepper(scheduler, steps)
        for scheduler in (FlowMatchEulerDiscreteScheduler(shift=shift), EulerFlow(shift))
    )
    noise = torch.randn(1, 4, 3, generator=torch.Generator().manual_seed(1))
    assert torch.equal(theirs.timesteps, ours.timesteps)
    assert torch.equal(walk(theirs, noise, end=steps), walk(ours, noise, end=steps))
