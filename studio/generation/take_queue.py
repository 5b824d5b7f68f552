"""The queue of takes as whoever submits sees it: which models can be asked for, and whether it is full."""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable

from inference.catalogue import ModelCard
from storage.queries.queue_figures import count_waiting_takes
from storage.unit import Database

LOOK_EVERY_S = 1.0
Cards = Callable[[], Awaitable[dict[str, ModelCard]]]


class TakeQueue:
    """`cards`: what can be rendered, by name. `most_waiting`: with so many takes in it, of all organisations, it is
    full."""

    def __init__(self, database: Database, cards: Cards, most_waiting: int = 50_000) -> None:
        self._database = database
        self._cards = cards
        self._most_waiting = most_waiting
        self._looked_at, self._full = -math.inf, False

    async def models(self) -> dict[str, ModelCard]:
        """What can be rendered now, by name: a model may be pulled, or its last node leave, at any time."""
        return await self._cards()

    async def is_full(self) -> bool:
        """Whether as many takes wait as are accepted; looked up once a second at most."""
        if time.monotonic() - self._looked_at > LOOK_EVERY_S:
            self._looked_at = time.monotonic()
            async with self._database.read() as session:
                self._full = await count_waiting_takes(session, most=self._most_waiting) >= self._most_waiting
        return self._full
