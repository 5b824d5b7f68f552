"""A request that names nothing is rendered as the model's authors render: by the values of their own files."""

# ruff: noqa: RUF001 (Chinese has commas of its own)

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
import torch
from diffusers import DPMSolverMultistepScheduler, FlowMatchEulerDiscreteScheduler, UniPCMultistepScheduler

from inference.catalogue import MODELS, PREVIS, PULLED, ModelCard, RequestRefused, check
from inference.pipelines.published_scheduler import choose_scheduler
from inference.pipelines.scheduler_stepper import ScheduledStepper
from inference.protocol import CharacterInput, PrevisControl, Reference, RenderRequest, Source
from inference.recipes import WAN_NEGATIVE_PROMPT, Recipe

# As the authors' files have them, typed here once more: steps, guidance, shift, scheduler, frames, fps.
PUBLISHED = {
    "wan-vace-1.3b": (50, 5.0, 16.0, "unipc", 81, 16),
    "wan-vace-14b": (50, 5.0, 16.0, "unipc", 81, 16),
    "wan2.2-vace": (50, 5.0, 12.0, "euler", 81, 16),
    "wan-animate": (20, 1.0, 5.0, "unipc", 77, 30),
    "wan-animate-2": (40, 3.0, 5.0, "dpmsolver", 81, 24),
    "wan-animate-2-distilled": (10, 1.0, 5.0, "euler", 81, 24),
}
HUB = UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0)


def recipe_of(card: ModelCard) -> Recipe:
    assert card.recipe is not None
    return card.recipe


def as_published(card: ModelCard, **changes: object) -> RenderRequest:
    """What the product asks for of a take that names nothing."""
    source = Source(url="file:///nowhere.png", sha256="0" * 64)
    values: dict[str, object] = {
        "model": card.name, "prompt": "She nods", "seconds": card.default_seconds, "fps": card.default_fps,
        "characters": (CharacterInput(id="c", name="Ada", references=(Reference(source=source),)),),
        "width": card.default_size[0], "height": card.default_size[1], "seed": 1, "steps": card.default_steps,
        "guidance_scale": card.default_guidance_scale, "tier": card.tiers[0],
        "negative_prompt": card.negative_prompt_at(card.default_guidance_scale), "shift": card.shift_in("exact"),
        "control": PrevisControl() if card.control == "required" else None,
    }  # fmt: skip
    return RenderRequest.model_validate(values | changes)


@pytest.mark.parametrize("name", PULLED)
def test_the_defaults_of_a_card_are_the_authors_own(name: str) -> None:
    card, recipe = PULLED[name], recipe_of(PULLED[name])
    assert PUBLISHED[name] == (
        recipe.steps, recipe.guidance_scale, recipe.shift, recipe.scheduler, recipe.frames, recipe.fps
    )  # fmt: skip
    request = as_published(card)
    check(request, MODELS | PULLED)
    assert (request.steps, request.guidance_scale, request.shift) == PUBLISHED[name][:3]
    assert (request.frames, request.fps) == PUBLISHED[name][4:]
    assert set(recipe.sizes) <= set(card.limits.sizes), "what they list can be rendered"
    assert request.negative_prompt == ("" if request.guidance_scale == 1.0 else WAN_NEGATIVE_PROMPT)
    assert set(recipe.followed_by(request)) >= {"steps", "guidance_scale", "shift", "fps", "scheduler"}


@pytest.mark.parametrize("name", PULLED)
def test_every_value_says_where_it_is_written(name: str) -> None:
    recipe = recipe_of(PULLED[name])
    assert set(recipe.sources) == {one.name for one in fields(Recipe)} - {"sources"}
    assert all("/" in source and ":" in source for source in recipe.sources.values())


def test_the_negative_prompt_is_the_published_one() -> None:
    """Its 28 phrases, whole: a comma that was lost would not be seen by anybody."""
    assert WAN_NEGATIVE_PROMPT.count("，") == 27
    assert WAN_NEGATIVE_PROMPT.startswith("色调艳丽，过曝，静态，细节模糊不清，字幕，")
    assert WAN_NEGATIVE_PROMPT.endswith("三条腿，背景人很多，倒着走")


def test_values_of_ones_own_are_kept_and_told_apart_from_the_authors() -> None:
    card = PULLED["wan-vace-14b"]
    own = as_published(card, steps=30, shift=5.0, negative_prompt="rain")
    check(own, MODELS | PULLED)
    assert recipe_of(card).followed_by(own) == ("guidance_scale", "fps", "scheduler")
    unsaid = as_published(card, shift=None)
    assert "shift" in recipe_of(card).followed_by(unsaid), "a request without a shift has the recipe's"


def test_without_guidance_nothing_is_said_of_a_negative_prompt() -> None:
    card = PULLED["wan-vace-14b"]
    assert card.negative_prompt_at(1.0) == ""
    plain = as_published(card, guidance_scale=1.0, negative_prompt=WAN_NEGATIVE_PROMPT)
    assert "negative_prompt" not in recipe_of(card).followed_by(plain)


def test_a_model_with_a_noise_schedule_of_its_own_takes_no_shift() -> None:
    with pytest.raises(RequestRefused, match="noise schedule of its own") as refused:
        check(as_published(PREVIS, shift=2.0))
    assert refused.value.field == "shift"


@pytest.mark.parametrize(("shift", "nearest"), [(0.01, "0.1"), (101.0, "100.0")])
def test_a_shift_beyond_what_can_be_chosen_is_refused_with_the_nearest(shift: float, nearest: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        check(as_published(PULLED["wan-vace-14b"], shift=shift), MODELS | PULLED)
    assert (refused.value.field, refused.value.nearest) == ("shift", (nearest,))


@pytest.mark.parametrize("name", PULLED)
def test_the_scheduler_walks_the_published_schedule(name: str) -> None:
    """As the authors' own code spaces it: from 0.999 to 0 for UniPC, shifted; diffusers ends a thousandth higher."""
    recipe = recipe_of(PULLED[name])
    walked = ScheduledStepper(choose_scheduler(HUB, recipe, None), recipe.steps).timesteps / 1000
    even = np.linspace(0.999, 0.0, recipe.steps + 1)[:-1]
    theirs = torch.from_numpy(recipe.shift * even / (1 + (recipe.shift - 1) * even))
    if recipe.scheduler == "euler":
        plain = FlowMatchEulerDiscreteScheduler(shift=recipe.shift)
        plain.set_timesteps(recipe.steps)
        assert torch.equal(walked, plain.timesteps / 1000)
    else:
        assert float((walked - theirs).abs().max()) < 0.01
        kind = {"unipc": UniPCMultistepScheduler, "dpmsolver": DPMSolverMultistepScheduler}[recipe.scheduler]
        plain = kind.from_config(HUB.config, flow_shift=recipe.shift)
        plain.set_timesteps(recipe.steps)
        assert torch.equal(walked, plain.timesteps / 1000)
    unshifted = ScheduledStepper(HUB, recipe.steps).timesteps / 1000
    assert float((walked - unshifted).abs().max()) > 0.05, "the schedule that came with the weights is another"


def test_a_shift_that_was_asked_for_is_walked() -> None:
    recipe = recipe_of(PULLED["wan-vace-14b"])
    own = choose_scheduler(HUB, recipe, 7.0)
    assert own.config.flow_shift == 7.0
    assert choose_scheduler(HUB, None, None) is HUB
