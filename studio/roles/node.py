"""`node`: runs takes beside its devices. It pulls: it listens to the queues of what it serves and has room for.

It drains when it is told to stop: nothing more is taken up; what runs goes on for DRAMATIS_NODE_DRAIN_S, then stops
after its present step, with a checkpoint, and goes on elsewhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from inference.catalogue import ModelCard
from storage.objects import Objects
from storage.unit import Database
from studio.config import Settings
from studio.embedded.bucket import open_bucket
from studio.embedded.folder import check_room
from studio.generation.prompt_readings import PromptAnswerer
from studio.nodes.membership import Identity, Membership
from studio.queue.executor import Executor
from studio.roles.parts import (
    SOFTWARE,
    Engines,
    Worker,
    measure_speed,
    open_database,
    open_engines,
    open_traces,
    run_beside,
    start_worker,
    tell_metrics,
)
from studio.roles.requirements import SettingsMissing, await_schema, require

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 0.2


@dataclass
class Node:
    """A node that runs. `draining`: it was told to stop."""

    settings: Settings
    database: Database
    objects: Objects
    engines: Engines
    worker: Worker
    membership: Membership
    draining: bool = field(default=False)

    async def drain(self) -> None:
        """Take up nothing more, and wait for what runs, no longer than the settings say."""
        self.draining = True
        slots = self.worker.executor.slots
        slots.close("it is draining")
        until = time.monotonic() + self.settings.node_drain_s
        log.info("draining", running=slots.running)
        while slots.running and not self.membership.is_lost and time.monotonic() < until:
            await asyncio.sleep(LOOK_EVERY_S)


async def start(settings: Settings, stack: contextlib.AsyncExitStack, on_lost: Callable[[], None]) -> Node:
    """Join the nodes and take up work; `stack` stops it, and hands on what is unfinished.

    Raises SettingsMissing, SchemaIsOlder, SchemaIsNewer.
    """
    require("node", settings)
    await open_traces(settings, "node", stack)
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    check_room(settings.data_dir)
    engines = open_engines(settings, stack)
    served = await _served(settings, engines)
    await await_schema(settings)
    objects, _ = await open_bucket(settings, stack)
    database = await open_database(settings, stack)
    name = settings.node_name or socket.gethostname()
    me = Identity.begin(name, settings.node_pool, engines.device, SOFTWARE, engines.slots)

    def why_idle() -> str | None:
        return engines.why_idle(settings.node_serves)

    executor = Executor(database, me.id, me.slots, engines.can_begin)
    membership = Membership(database, me, executor.slots, lambda: _announced(settings, engines), on_lost, why_idle)
    await membership.join()
    stack.push_async_callback(membership.leave)
    run_beside(stack, membership.beat(), "heartbeat")
    worker = await start_worker(settings, database, objects, engines, executor, stack, makes_cuts=settings.node_cuts)
    await worker.takes.listen(served, settings.node_pool)
    answerer = PromptAnswerer(executor, database, engines.local.prompt_reader)
    stack.push_async_callback(answerer.close)
    await answerer.launch(served, settings.node_pool)
    tell_metrics(settings, stack)
    for engine in engines.all:
        engine.start()
    measure_speed(settings, engines, database, objects, stack)
    log.info("node_started", node=name, pool=settings.node_pool, serves=sorted(served), slots=me.slots)
    return Node(settings, database, objects, engines, worker, membership)


async def _announced(settings: Settings, engines: Engines) -> dict[str, ModelCard]:
    """Of what the node serves, all that is here now."""
    cards = await engines.cards()
    return {name: cards[name] for name in settings.node_serves if name in cards}


async def _served(settings: Settings, engines: Engines) -> dict[str, ModelCard]:
    """Raises SettingsMissing for a model that is not here."""
    cards = await engines.cards()
    unknown = [name for name in settings.node_serves if name not in cards]
    if unknown:
        raise SettingsMissing(
            f"this node has no {', '.join(unknown)}; it has {', '.join(cards)}. `dramatis models pull` fetches others"
        )
    return {name: cards[name] for name in settings.node_serves}
