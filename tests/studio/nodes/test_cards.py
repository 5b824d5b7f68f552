"""Cards as nodes announce them come back as they were, and those of other versions do no harm."""

from __future__ import annotations

import json
from dataclasses import replace

from inference.catalogue import MODELS, PULLED
from inference.devices import DEVICES
from studio.nodes.cards import read_cards, write_cards

CARDS = MODELS | PULLED


def test_every_card_comes_back_as_it_was() -> None:
    device = DEVICES["h100"]
    here = {name: replace(card, device=device, layout=(2, 4), measured=True) for name, card in CARDS.items()}
    assert read_cards(json.loads(json.dumps(write_cards(here)))) == here


def test_words_of_another_version_are_left_aside() -> None:
    document = json.loads(json.dumps(write_cards(CARDS)))
    document["previs"]["invented_later"] = 1
    document["unreadable"] = {"name": "unreadable"}
    assert read_cards(document) == CARDS
