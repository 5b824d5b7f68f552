"""Model cards as nodes announce them, and as whoever has no engine reads them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError

from inference.catalogue import MODELS, PULLED, ModelCard
from storage.queries.nodes import list_announced
from storage.unit import Database
from studio.generation.take_queue import Cards
from studio.queue.durable import SHARED

# A model whose last node has left can be asked for so long: takes wait for a node that comes back.
REMEMBERED_FOR = timedelta(days=1)
FRESH_FOR_S = 2.0
_CARDS = TypeAdapter(dict[str, ModelCard])


def write_cards(cards: Mapping[str, ModelCard]) -> dict[str, Any]:
    """Cards as JSON."""
    return dict(_CARDS.dump_python(dict(cards), mode="json"))


def read_cards(document: Mapping[str, Any]) -> dict[str, ModelCard]:
    """The cards of `write_cards`, of this version or another one; what cannot be read is left out.

    A shape is of a kind of its own for some models: it comes from this installation's catalogue, by the model's name.
    """
    known = MODELS | PULLED
    found = {}
    for name, card in document.items():
        try:
            read = _CARDS.validate_python({name: card})[name]
        except ValidationError:  # of a version that has other words
            continue
        found[name] = replace(read, shape=known[name].shape) if name in known else replace(read, shape=None)
    return found


async def no_cards() -> dict[str, ModelCard]:
    """Of a process that renders nothing."""
    return {}


class FleetCards:
    """What the nodes of the shared pool announce, by name; where two announce the same model, the one seen last.

    `own`: what this process renders itself, which goes before.
    """

    def __init__(self, database: Database, own: Cards = no_cards) -> None:
        self._database, self._own = database, own
        self._read_at = -FRESH_FOR_S
        self._cards: dict[str, ModelCard] = {}

    async def __call__(self) -> dict[str, ModelCard]:
        """Looked up every few seconds at most."""
        if time.monotonic() - self._read_at >= FRESH_FOR_S:
            self._read_at = time.monotonic()
            async with self._database.read() as session:
                announced = await list_announced(session, pool=SHARED, within=REMEMBERED_FOR)
            self._cards = {name: card for one in announced for name, card in read_cards(one).items()}
        return self._cards | await self._own()
