"""The model for tests of clients: it draws a slate, at once. Offered in test mode alone; no model of a film's."""

from __future__ import annotations

from typing import Literal

from inference.catalogue.card import Limits, ModelCard
from inference.catalogue.cards import PREVIS

MagicPrompt = Literal["fail_identity", "fail_engine", "slow", "blocked"]
MAGIC_PROMPTS: tuple[MagicPrompt, ...] = ("fail_identity", "fail_engine", "slow", "blocked")

TEST = ModelCard(
    name="test",
    title="Test: a slate, at once, for whoever writes a client",
    licence="Apache-2.0",
    commercial=True,
    tiers=("draft",),
    limits=Limits(
        sizes=PREVIS.limits.sizes,
        fps=(24,),
        min_seconds=0.5,
        max_seconds=10.0,
        max_characters=3,
        max_steps=50,
        max_guidance_scale=10.0,
    ),
    default_size=(512, 288),
    default_fps=24,
    default_seconds=1.0,
    default_steps=4,
    default_guidance_scale=1.0,
    can=("answer at once, with real files, scores and a receipt", "fail as its prompt asks it to"),
    cannot=("act, or follow any other prompt",),
    seconds_fixed=0.2,
    seconds_per_megapixel_frame=0.02,
    draws_plates=True,
    shows_places=True,
)


def magic_of(model: str, prompt: str) -> MagicPrompt | None:
    """What a prompt asks the test model to do: one of the words and nothing else. None for every other model."""
    if model != TEST.name:
        return None
    return next((word for word in MAGIC_PROMPTS if prompt.strip() == word), None)
