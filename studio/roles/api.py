"""`api`: one of several replicas that answer requests. Everything that lasts is in PostgreSQL and the object store.

It has no render engine and runs no queue: nodes do. The engine that finds faces is its child (ONNX, without torch),
started when the first photo comes and put to rest again.
"""

from __future__ import annotations

import contextlib
from functools import partial

import structlog
from fastapi import FastAPI

from studio.config import Settings
from studio.embedded.bucket import open_bucket
from studio.embedded.folder import check_room
from studio.generation.prompt_readings import FleetPromptReader
from studio.generation.take_queue import TakeQueue
from studio.nodes.cards import FleetCards
from studio.roles.parts import open_database, open_identity, open_traces, tell_metrics
from studio.roles.requirements import await_schema, require
from studio.storyboard.sample_project import SampleProjects

log = structlog.get_logger(__name__)


async def start(app: FastAPI, settings: Settings, stack: contextlib.AsyncExitStack) -> None:
    """Start a replica; `stack` stops it. Raises SettingsMissing, SchemaIsOlder, SchemaIsNewer."""
    require("api", settings)
    await open_traces(settings, "api", stack)
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    check_room(settings.data_dir)
    identity = open_identity(settings, stack)
    await await_schema(settings)
    objects, app.state.store_proxy = await open_bucket(settings, stack)
    database = await open_database(settings, stack)
    stack.push_async_callback(app.state.limits.close)
    stack.push_async_callback(app.state.request_log.close, database)
    app.state.database, app.state.objects, app.state.identity = database, objects, identity
    app.state.queue = TakeQueue(database, FleetCards(database), settings.queue_limit)
    app.state.engines, app.state.prompt_reader = [identity], partial(FleetPromptReader, database)
    newcomers = SampleProjects(database, objects, identity)
    stack.push_async_callback(newcomers.close)
    app.state.greet = newcomers.greet
    app.state.metrics_port = tell_metrics(settings, stack)
    identity.start(asleep=True)
    log.info("replica_started")
