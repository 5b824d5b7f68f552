"""Whether others have moved the times at which an organisation's waiting takes come to their turn.

A commit of one organisation writes nothing for the others that wait (decision 49): whoever listens looks, as it looks
for events anyhow, at a picture of the pool that is kept for a second for all who ask.
"""

from __future__ import annotations

import math
import time

from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.pool_picture import list_waiting_pools, look_at_pool

LOOK_EVERY_S = 5.0


class PlaceWatch:
    """One listener's. take_id: it minds that take alone; None: all that wait."""

    def __init__(self, org_id: str, take_id: str | None) -> None:
        self._org_id, self._take_id = org_id, take_id
        self._before: tuple[tuple[str, bool], ...] | None = None
        self.look_at = -math.inf
        """By this process's clock; before it nothing is looked at, nor told."""

    async def has_moved(self, session: AsyncSession) -> bool:
        """Whether other takes are before the same nodes than at the last look, while takes of its own wait there."""
        if time.monotonic() < self.look_at:
            return False
        self.look_at = time.monotonic() + LOOK_EVERY_S
        pools = await list_waiting_pools(session, org_id=self._org_id, take_id=self._take_id)
        others = [await look_at_pool(session, org_id=self._org_id, pool=pool) for pool in pools]
        now = tuple((take.id, take.rendering) for each in others for take in each)
        before, self._before = self._before, now if pools else None
        return bool(pools) and before is not None and before != now
