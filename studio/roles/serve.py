"""`serve`: everything on one machine.

What routes find on `app.state`: `settings`, `database`, `objects`, `identity` (the identity engine), `queue`
(of takes), `prompt_reader` (who says to an organisation what a prompt asks in vain, of a take in a pool; or None).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket

import structlog
from fastapi import FastAPI

from storage.migrate import migrate
from storage.unit import Database
from studio.auth.local_key import ensure_local_key
from studio.auth.sign_in_link import make_sign_in_link
from studio.config import Settings
from studio.embedded.bucket import open_bucket
from studio.embedded.folder import check_room
from studio.generation.offered_models import offer_to_everybody
from studio.generation.take_queue import TakeQueue
from studio.nodes.cards import FleetCards
from studio.nodes.membership import Identity, Membership
from studio.nodes.takeover import take_over
from studio.queue.durable import SHARED, migrate_durable
from studio.queue.executor import Executor
from studio.roles.parts import (
    SOFTWARE,
    Engines,
    Worker,
    measure_speed,
    open_database,
    open_engines,
    open_identity,
    open_traces,
    run_beside,
    start_worker,
    tell_metrics,
)
from studio.roles.receivers import run_deliveries
from studio.roles.sweeper import keep_house
from studio.storyboard.sample_project import SampleProjects

log = structlog.get_logger(__name__)

LOOK_FOR_MODELS_S = 2.0


async def start(app: FastAPI, settings: Settings, stack: contextlib.AsyncExitStack) -> None:
    """Start everything in the order in which it is needed; `stack` stops it in the opposite one.

    The engines load in the background: the API answers before they do, and a take waits for them in its queue.
    """
    await open_traces(settings, "serve", stack)
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    check_room(settings.data_dir)
    identity, engines = open_identity(settings, stack), open_engines(settings, stack)
    await asyncio.to_thread(bring_up_to_date, settings)
    objects, app.state.store_proxy = await open_bucket(settings, stack)
    database = await open_database(settings, stack)
    stack.push_async_callback(app.state.limits.close)
    stack.push_async_callback(app.state.request_log.close, database)
    local_key = await ensure_local_key(database, settings.data_dir)
    app.state.database, app.state.objects, app.state.identity = database, objects, identity
    offer = offer_to_everybody(engines.cards) if database.is_sqlite else FleetCards(database, engines.cards)
    app.state.queue = TakeQueue(database, offer, settings.queue_limit)
    app.state.engines, app.state.local_key = [identity, *engines.all], local_key
    app.state.prompt_reader = lambda *_: engines.local.prompt_reader
    newcomers = SampleProjects(database, objects, identity)
    stack.push_async_callback(newcomers.close)
    app.state.greet = newcomers.greet
    app.state.sign_in_token = await make_sign_in_link(database, org_id=local_key.org_id)
    executor = await _join(settings, database, engines, stack)
    worker = await start_worker(settings, database, objects, engines, executor, stack)
    await worker.listen(await engines.cards())
    await run_deliveries(settings, database, executor, stack)
    run_beside(stack, keep_house(settings, database, objects, sends=False), "house")
    run_beside(stack, _follow_models(worker, engines), "models")
    app.state.metrics_port = tell_metrics(settings, stack)
    for engine in app.state.engines:  # last: loading models would slow the API's own start
        engine.start()
    measure_speed(settings, engines, database, objects, stack)
    log.info("studio_started", data=str(settings.data_dir), engines=len(engines.local.each))


async def _join(settings: Settings, database: Database, engines: Engines, stack: contextlib.AsyncExitStack) -> Executor:
    """This process as a node among nodes; on SQLite it is alone, and takes over what the one before it left."""
    name = f"{socket.gethostname()}:{settings.data_dir.resolve()}"[-200:]
    me = Identity.begin(name, SHARED, engines.device, SOFTWARE, engines.slots)
    executor = Executor(database, me.id, me.slots, engines.can_begin)
    if database.is_sqlite:
        await take_over(database, alive={me.id})
        return executor
    membership = Membership(database, me, executor.slots, engines.cards, _stop_process)
    await membership.join()
    stack.push_async_callback(membership.leave)
    run_beside(stack, membership.beat(), "heartbeat")
    return executor


def _stop_process() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def bring_up_to_date(settings: Settings) -> None:
    """The database's schema, and that of its durable engine; synchronous."""
    backups = settings.data_dir / "backups"
    migrate(settings.database, backups=backups, owner_url=settings.database_owner)
    migrate_durable(settings.database)


async def _follow_models(worker: Worker, engines: Engines) -> None:
    """Listen to the queue of a model that is pulled while the studio runs. Never ends."""
    while True:
        await asyncio.sleep(LOOK_FOR_MODELS_S)
        await worker.listen(await engines.cards())
