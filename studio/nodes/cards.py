"""Model cards as nodes announce them, and as whoever has no engine reads them."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError

from inference.catalogue import MODELS, PULLED, ModelCard
from storage.queries.nodes import list_announced
from storage.queries.pools import list_owned
from storage.unit import Database
from studio.generation.offered_models import OfferedModels
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
    """What nodes announce, to whom it may be offered; where two of a pool announce the same model, the one seen last.

    `here`: what this process renders itself, for everybody, which goes before what others of the shared pool do.
    """

    def __init__(self, database: Database, here: Callable[[], Awaitable[dict[str, ModelCard]]] = no_cards) -> None:
        self._database, self._here = database, here
        self._read_at = -FRESH_FOR_S
        self._by_pool: dict[str, dict[str, ModelCard]] = {}
        self._owned: list[tuple[str, str]] = []

    async def __call__(self, org_id: str) -> OfferedModels:
        """Looked up every few seconds at most."""
        if time.monotonic() - self._read_at >= FRESH_FOR_S:
            self._read_at = time.monotonic()
            await self._read()
        own = {pool: self._by_pool.get(pool, {}) for pool, owner in self._owned if owner == org_id}
        return OfferedModels(self._by_pool.get(SHARED, {}) | await self._here(), own)

    async def _read(self) -> None:
        async with self._database.read() as session:
            announced = await list_announced(session, within=REMEMBERED_FOR)
            owned = await list_owned(session)
        by_pool: dict[str, dict[str, ModelCard]] = {}
        for pool, cards in announced:
            by_pool.setdefault(pool, {}).update(read_cards(cards))
        self._by_pool, self._owned = by_pool, owned
