"""A process that runs work, as one of the nodes: it joins, says every few seconds that it lives, and leaves.

A node that was not seen for DEAD_AFTER is found dead by the sweeper, and its work goes on elsewhere. It stays dead: a
node that comes back (a machine that was asleep, a network that was cut) has to end, and be started again as another.
Until it knows, it claims nothing: a claim needs a heartbeat that is younger than LEASE_S.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from inference.catalogue import ModelCard
from storage.queries.nodes import NodeStatus, describe_node, end_node, forget_nodes, insert_node, list_alive, see_node
from storage.retry import retried
from storage.tables import Node
from storage.unit import Database
from studio.nodes.cards import REMEMBERED_FOR, write_cards
from studio.nodes.takeover import take_over
from studio.queue.release import release_held_back
from studio.queue.slots import Slots

log = structlog.get_logger(__name__)

HOUSE = "house"  # under which the sweeper that leads takes up work
BEAT_S = 5.0
LEASE_S = 15.0
DEAD_AFTER = timedelta(seconds=20)


@dataclass(frozen=True)
class Identity:
    """Who a node is. name: stable, one process at a time; id: of this life of it, under which it takes up work."""

    name: str
    id: str
    pool: str
    device: str
    software: str
    slots: int

    @classmethod
    def begin(cls, name: str, pool: str, device: str, software: str, slots: int) -> Identity:
        """A new life under this name."""
        return cls(name, f"node_{secrets.token_hex(12)}", pool, device, software, slots)


class Membership:
    """`cards`: what can be rendered here, looked up at every beat; `why_idle`: what of it cannot be begun just now, in
    words. `on_lost`: it was found dead, and has to end."""

    def __init__(
        self,
        database: Database,
        me: Identity,
        slots: Slots,
        cards: Callable[[], Awaitable[dict[str, ModelCard]]],
        on_lost: Callable[[], None],
        why_idle: Callable[[], str | None] = lambda: None,
    ) -> None:
        self.me = me
        self._database, self._slots, self._cards, self._on_lost = database, slots, cards, on_lost
        self._why_idle = why_idle
        self.is_lost = False
        self._told: NodeStatus | None = None

    async def join(self) -> None:
        """Be one of the nodes from now on. What a former life of the same name had taken up goes back to its queues."""
        models = write_cards(await self._cards())
        me, began = self.me, time.monotonic()
        async with self._database.write() as session:
            node = Node(
                id=me.id,
                name=me.name,
                pool=me.pool,
                models=models,
                device=me.device,
                software=me.software,
                slots=me.slots,
            )
            await insert_node(session, node)
            await forget_nodes(session, lost_for=REMEMBERED_FOR)
        self._slots.valid_until = began + LEASE_S
        await take_over(self._database, alive=await alive_ids(self._database))
        await release_held_back(self._database, pool=me.pool, models=models.keys())

    async def beat(self) -> None:
        """Say that this node lives, every few seconds; ends when it was found dead."""
        while not self.is_lost:
            await asyncio.sleep(BEAT_S)
            try:
                await self._beat_once()
            except (SQLAlchemyError, OSError) as error:  # the lease runs out by itself
                log.warning("heartbeat_missed", why=type(error).__name__)

    async def _beat_once(self) -> None:
        began, cards = time.monotonic(), await self._cards()
        draining = self._slots.why_closed is not None
        told = NodeStatus(write_cards(cards), self._slots.concurrency, draining, self._why_idle())
        async with self._database.write() as session:
            alive = await see_node(session, node_id=self.me.id)
            if alive and told != self._told:
                await describe_node(session, node_id=self.me.id, status=told)
        newcomers = told.models.keys() - self._told.models.keys() if self._told is not None else set()
        self._told = told
        if alive and newcomers:
            await release_held_back(self._database, pool=self.me.pool, models=newcomers)
        if alive:
            self._slots.valid_until = began + LEASE_S
            return
        self.is_lost = True
        self._slots.close("it was found dead, and its work is elsewhere")
        log.error("found_dead", node=self.me.name, remedy="start it again; it was not heard of for too long")
        self._on_lost()

    @retried
    async def leave(self) -> None:
        """Be none of the nodes any more; what it leaves unfinished goes on elsewhere at once."""
        async with self._database.write() as session:
            await end_node(session, node_id=self.me.id)
        await take_over(self._database, alive=await alive_ids(self._database))


async def alive_ids(database: Database) -> list[str]:
    """The executors whose work is their own. What a sweeper had taken up is the next leading sweeper's to hand on."""
    async with database.read() as session:
        return [*(node.id for node in await list_alive(session)), HOUSE]
