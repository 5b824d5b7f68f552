"""The queue of takes as whoever submits sees it: which models can be asked for, and whether it is full."""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable

from inference.catalogue import PREVIS, TEST, ModelCard
from storage.queries.queue_figures import count_waiting_takes
from storage.unit import Database

LOOK_EVERY_S = 1.0
Cards = Callable[[], Awaitable[dict[str, ModelCard]]]


class TakeQueue:
    """`cards`: what can be rendered, by name. `most_waiting`: with so many takes in it, of all organisations, it is
    full. `in_test_mode`: the same as test mode sees it."""

    def __init__(self, database: Database, cards: Cards, most_waiting: int = 50_000, *, is_live: bool = True) -> None:
        self._database = database
        self._cards = cards
        self._most_waiting = most_waiting
        self._is_live = is_live
        self._looked_at, self._full = -math.inf, False
        self.in_test_mode = TakeQueue(database, cards, most_waiting, is_live=False) if is_live else self

    async def models(self) -> dict[str, ModelCard]:
        """What can be rendered now, by name: a model may be pulled, or its last node leave, at any time."""
        cards = await self._cards()
        return {name: card for name, card in cards.items() if self._is_offered(name)}

    def _is_offered(self, name: str) -> bool:
        """Test mode has what costs nothing to render, and the model that only it needs."""
        return name != TEST.name if self._is_live else name in (TEST.name, PREVIS.name)

    async def is_full(self) -> bool:
        """Whether as many takes wait as are accepted; looked up once a second at most."""
        if time.monotonic() - self._looked_at > LOOK_EVERY_S:
            self._looked_at = time.monotonic()
            async with self._database.read() as session:
                self._full = await count_waiting_takes(session, most=self._most_waiting) >= self._most_waiting
        return self._full
