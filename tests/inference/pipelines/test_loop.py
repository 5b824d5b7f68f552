"""The common loop: steps in order, stops when told, can be taken up again; guidance is what its formula says."""

from __future__ import annotations

import pytest
import torch
from diffusers import FlowMatchEulerDiscreteScheduler

from inference.pipelines.contract import CancelToken, RenderCancelled
from inference.pipelines.denoise import denoise
from inference.pipelines.guide import Guided, guide
from inference.pipelines.scheduler_stepper import ScheduledStepper

FLOW = FlowMatchEulerDiscreteScheduler(shift=2.0)
TARGETS = {"towards": torch.full((2, 3), 2.0), "away": torch.full((2, 3), -1.0)}


def straight(latents: torch.Tensor, t: torch.Tensor, text: str) -> torch.Tensor:
    """The velocity of a flow that leads straight to the text's target."""
    return (latents - TARGETS[text]) / (t / 1000)


def start() -> torch.Tensor:
    return torch.randn(2, 3, generator=torch.Generator().manual_seed(1))


def test_the_loop_walks_to_the_target_and_reports_every_step() -> None:
    seen: list[tuple[int, int]] = []
    conditioning = Guided("towards", "away", 1.0)
    end = denoise(
        straight, guide, ScheduledStepper(FLOW, 8), start(), conditioning, lambda *s: seen.append(s), CancelToken()
    )
    assert torch.allclose(end, TARGETS["towards"], atol=1e-5)
    assert seen == [(step, 8) for step in range(1, 9)]


def test_guidance_goes_past_what_is_asked_away_from_what_is_not() -> None:
    latents, t = start(), torch.tensor(500.0)
    towards, away = straight(latents, t, "towards"), straight(latents, t, "away")
    guided = guide(straight, latents, t, Guided("towards", "away", 3.0))
    assert torch.equal(guided, away + 3.0 * (towards - away))


def test_a_cancel_takes_effect_before_the_next_step() -> None:
    cancel = CancelToken()
    steps: list[int] = []

    def stop_at_three(done: int, _: int) -> None:
        steps.append(done)
        if done == 3:
            cancel.cancel()

    with pytest.raises(RenderCancelled):
        denoise(
            straight, guide, ScheduledStepper(FLOW, 8), start(), Guided("towards", "away", 2.0), stop_at_three, cancel
        )
    assert steps == [1, 2, 3]


def test_a_saved_stepper_goes_on_to_the_same_bits() -> None:
    conditioning = Guided("towards", "away", 2.5)
    whole = denoise(straight, guide, ScheduledStepper(FLOW, 9), start(), conditioning, lambda *_: None, CancelToken())

    stepper, latents = ScheduledStepper(FLOW, 9), start()
    for t in stepper.timesteps[:4]:
        latents = stepper.step(guide(straight, latents, t, conditioning), t, latents)

    resumed = ScheduledStepper.resume(FLOW, stepper.place())
    assert len(resumed.timesteps) == 5
    end = denoise(straight, guide, resumed, latents, conditioning, lambda *_: None, CancelToken())
    assert torch.equal(end, whole)
