"""The sweeper's eye on nodes: who is silent for too long is lost, and what was running there goes on elsewhere."""

from __future__ import annotations

import asyncio

import structlog
from sqlalchemy.exc import SQLAlchemyError

from storage.queries.nodes import list_silent, lose_silent
from storage.unit import Database
from studio.nodes.membership import DEAD_AFTER, alive_ids
from studio.nodes.takeover import take_over
from studio.queue.release import repair_queues

log = structlog.get_logger(__name__)

EVERY_S = 5.0


async def watch_nodes(database: Database) -> None:
    """Never ends. What fails is tried again at the next look."""
    while True:
        await asyncio.sleep(EVERY_S)
        try:
            await look_after_nodes(database)
        except (SQLAlchemyError, OSError):
            log.exception("nodes_not_watched")


async def look_after_nodes(database: Database) -> int:
    """One look; returns how many workflows were handed on."""
    async with database.read() as session:
        silent = await list_silent(session, silent_for=DEAD_AFTER)
    if silent:
        async with database.write() as session:
            lost = await lose_silent(session, silent_for=DEAD_AFTER)
        log.warning("nodes_lost", nodes=lost)
        await repair_queues(database)  # what they alone served is no longer in the way of the rest
    return await take_over(database, alive=await alive_ids(database))
