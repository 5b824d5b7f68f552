"""The queue of takes as whoever submits sees it: which models can be asked for, and whether it is full."""

from __future__ import annotations

import math
import time

from inference.catalogue import PREVIS, TEST
from storage.queries.queue_figures import count_waiting_takes
from storage.unit import Database
from studio.generation.offered_models import OfferedModels, OfferTo

LOOK_EVERY_S = 1.0


class TakeQueue:
    """`offer`: what can be rendered, and for whom. `most_waiting`: with so many takes in it, of all organisations, it
    is full. `in_test_mode`: the same as test mode sees it."""

    def __init__(self, database: Database, offer: OfferTo, most_waiting: int = 50_000, *, is_live: bool = True) -> None:
        self._database = database
        self._offer = offer
        self._most_waiting = most_waiting
        self._is_live = is_live
        self._looked_at, self._full = -math.inf, False
        self.in_test_mode = TakeQueue(database, offer, most_waiting, is_live=False) if is_live else self

    async def models(self, org_id: str) -> OfferedModels:
        """What can be rendered for this organisation now: a model may be pulled, or its last node leave, any time."""
        return (await self._offer(org_id)).only(self._is_offered)

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
