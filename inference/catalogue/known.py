"""Which models this installation can render."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import entry_points
from pathlib import Path

from inference.catalogue.card import ModelCard
from inference.catalogue.cards import MODELS, PREVIS, PULLED
from inference.catalogue.refusal import RequestRefused
from inference.catalogue.variants import folder_of_model, pullable_cards
from inference.distilled import read_distilled

DEFAULT_MODEL = PREVIS.name
LOCK_NAME = "dramatis.lock.json"  # beside pulled weights, written last


def known_models(models_dir: Path | None) -> dict[str, ModelCard]:
    """Cards of everything that this installation can render: built in, pulled below `models_dir`, or by an entry point.

    An entry point of the group `dramatis.models` names a `ModelCard`; its module must not import torch.
    """
    pulled = {
        name: with_distilled(card, models_dir)
        for name, card in pullable_cards(models_dir).items()
        if models_dir and (folder_of_model(models_dir, name) / LOCK_NAME).is_file()
    }
    return MODELS | pulled | _added_models()


def with_distilled(card: ModelCard, models_dir: Path) -> ModelCard:
    """The card as it is here: with the adapter that was given for its draft tier. Raises DistilledUnreadable."""
    distilled = read_distilled(models_dir, card.name)
    return card if distilled is None else replace(card, draft_steps=distilled.steps, distilled=distilled)


@functools.cache
def _added_models() -> dict[str, ModelCard]:
    """What is installed stays while this process runs; to look it up reads the metadata of every package."""
    return {entry.name: entry.load() for entry in entry_points(group="dramatis.models")}


def get_card(model: str, known: Mapping[str, ModelCard] = MODELS) -> ModelCard:
    """The card of `model`. Raises RequestRefused listing the models that can be had, or saying how to get this one."""
    card = known.get(model)
    if card is None and model in PULLED:
        message = f"{model} is not installed here: whoever runs this server can type `dramatis models pull {model}`"
        raise RequestRefused("model", message, tuple(known))
    if card is None:
        raise RequestRefused("model", f"there is no model {model!r}; there are: {', '.join(known)}", tuple(known))
    return card
