"""`sweeper`: sweeps, retention, and the work of nodes that are lost. Several may run; one of them leads."""

from __future__ import annotations

import asyncio
import contextlib

import structlog

from storage.leadership import SWEEPER, lead
from storage.objects import Objects
from storage.unit import Database
from studio.config import Settings
from studio.cut.workflow import adopt_orphaned_cuts
from studio.embedded.bucket import open_bucket
from studio.generation.workflow import adopt_orphans
from studio.nodes.watch import watch_nodes
from studio.observability.fleet import watch_fleet
from studio.payments.providers import open_payments
from studio.payments.reconciliation import reconcile_now_and_then
from studio.roles.parts import open_database, open_traces, run_beside, tell_metrics
from studio.roles.receivers import tell_receivers
from studio.roles.requirements import await_schema, require
from studio.sweeps import sweep_now_and_then

log = structlog.get_logger(__name__)


async def start(settings: Settings, stack: contextlib.AsyncExitStack) -> None:
    """Keep house until `stack` is closed. Raises SettingsMissing, SchemaIsOlder, SchemaIsNewer."""
    require("sweeper", settings)
    await open_traces(settings, "sweeper", stack)
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    await await_schema(settings)
    objects, _ = await open_bucket(settings, stack)
    database = await open_database(settings, stack)
    tell_metrics(settings, stack)
    run_beside(stack, keep_house(settings, database, objects, sends=True), "house")
    log.info("sweeper_started")


async def keep_house(settings: Settings, database: Database, objects: Objects, *, sends: bool) -> None:
    """Never ends: sweeps, looks after nodes and tells webhooks' receivers, while this process leads. `sends`: it runs
    durable work for that itself; elsewhere the process does anyhow."""
    https_url = str(settings.public_url) if settings.is_https else None

    async def work() -> None:
        await adopt_orphans(database)
        await adopt_orphaned_cuts(database)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(sweep_now_and_then(database, objects))
            tasks.create_task(tell_receivers(settings, database, sends=sends))
            tasks.create_task(
                reconcile_now_and_then(database, open_payments(settings), origin=settings.browser_origins[0])
            )
            if settings.metrics_port is not None:
                tasks.create_task(watch_fleet(database, https_url))
            if not database.is_sqlite:
                tasks.create_task(watch_nodes(database))

    await lead(database, SWEEPER, work)
