"""`serve`: everything on one machine.

What routes find on `app.state`: `settings`, `database`, `objects`, `identity` (the identity engine), `queue`
(of takes), `prompt_reader` (the render engine that says what a prompt asks in vain, or None).
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets

import structlog
from fastapi import FastAPI

from storage.migrate import migrate
from storage.objects import Objects
from storage.unit import Database
from studio.auth.local_key import ensure_local_key
from studio.auth.sign_in_link import make_sign_in_link
from studio.config import Settings
from studio.embedded.bucket import open_bucket
from studio.embedded.folder import check_room
from studio.engines.process import ProcessRenderEngine
from studio.generation.take_queue import TakeQueue
from studio.nodes.takeover import take_over
from studio.observability.fleet import watch_fleet
from studio.queue.durable import migrate_durable
from studio.queue.executor import Executor
from studio.roles.parts import (
    Engines,
    Worker,
    open_database,
    open_engines,
    open_identity,
    run_beside,
    start_worker,
    tell_metrics,
)
from studio.storyboard.sample_project import SampleProjects
from studio.sweeps import sweep_now_and_then

log = structlog.get_logger(__name__)

LOOK_FOR_MODELS_S = 2.0


async def start(app: FastAPI, settings: Settings, stack: contextlib.AsyncExitStack) -> None:
    """Start everything in the order in which it is needed; `stack` stops it in the opposite one.

    The engines load in the background: the API answers before they do, and a take waits for them in its queue.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    check_room(settings.data_dir)
    identity, engines = open_identity(settings, stack), open_engines(settings, stack)
    await asyncio.to_thread(bring_up_to_date, settings)
    objects, app.state.store_proxy = await open_bucket(settings, stack)
    database = await open_database(settings, stack)
    stack.push_async_callback(app.state.limits.close)
    local_key = await ensure_local_key(database, settings.data_dir)
    app.state.database, app.state.objects, app.state.identity = database, objects, identity
    app.state.queue = TakeQueue(database, engines.cards, settings.queue_limit)
    app.state.engines, app.state.local_key = [identity, *engines.all], local_key
    app.state.prompt_reader = next((one for one in engines.local if isinstance(one, ProcessRenderEngine)), None)
    newcomers = SampleProjects(database, objects, identity)
    stack.push_async_callback(newcomers.close)
    app.state.greet = newcomers.greet
    app.state.sign_in_token = await make_sign_in_link(database, org_id=local_key.org_id)
    executor = Executor(database, f"studio.{secrets.token_hex(6)}", settings.render_concurrency)
    await take_over(database, alive={executor.name})  # what the last one that ran here left
    worker = await start_worker(settings, database, objects, engines, executor, stack)
    await worker.listen(await engines.cards())
    run_beside(stack, sweep_now_and_then(database, objects), "sweeps")
    run_beside(stack, _follow_models(worker, engines), "models")
    app.state.metrics_port = tell_metrics(settings, stack)
    if settings.metrics_port is not None:
        run_beside(stack, watch_fleet(database, str(settings.public_url) if settings.is_https else None), "watch-fleet")
    for engine in app.state.engines:  # last: loading models would slow the API's own start
        engine.start()
    _measure_speed(settings, engines, database, objects, stack)
    log.info("studio_started", data=str(settings.data_dir), engines=len(engines.local))


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


def _measure_speed(
    settings: Settings, engines: Engines, database: Database, objects: Objects, stack: contextlib.AsyncExitStack
) -> None:
    first = engines.local[0]
    if settings.measure_speed and isinstance(first, ProcessRenderEngine):
        run_beside(stack, engines.speed.measure_once(first, objects, database), "measure-speed")
