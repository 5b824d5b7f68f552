"""`dramatis node` and `dramatis sweeper`: processes without an API, in the foreground, until they are told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog
from starlette.applications import Starlette

from storage.migrate import SchemaIsNewer, SchemaIsOlder
from studio.commands.console import refuse
from studio.commands.serve import write_ready_file
from studio.config import Settings
from studio.embedded.folder import FolderFull, FolderInUse, locked_folder
from studio.http.listening import PortTaken
from studio.logs import configure_logs
from studio.observability.listener import MetricsPortTaken
from studio.roles import node, node_http, sweeper
from studio.roles.patience import ToldToStop, start_patiently
from studio.roles.requirements import SettingsMissing

log = structlog.get_logger(__name__)

FOUND_DEAD = 3  # exit status: whoever supervises it starts it again
EXPECTED_FAULTS = (
    FolderInUse,
    FolderFull,
    SchemaIsNewer,
    SchemaIsOlder,
    SettingsMissing,
    MetricsPortTaken,
    PortTaken,
)


def run_node(settings: Settings, ready_file: Path | None) -> None:
    """Run takes until SIGTERM or SIGINT, then drain. Exits 3 where the node was found dead."""
    _run(settings, lambda: _node(settings, ready_file))


def run_sweeper(settings: Settings) -> None:
    """Keep house until SIGTERM or SIGINT."""
    _run(settings, lambda: _sweeper(settings))


def _run(settings: Settings, work: Callable[[], Awaitable[int]]) -> None:
    configure_logs(settings.log_level)
    try:
        with locked_folder(settings.data_dir):
            status = asyncio.run(_awaited(work))
    except ToldToStop:
        raise SystemExit(0) from None
    except EXPECTED_FAULTS as error:
        raise refuse(str(error)) from error
    raise SystemExit(status)


async def _awaited(work: Callable[[], Awaitable[int]]) -> int:
    return await work()


def _told_to_stop() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def _sweeper(settings: Settings) -> int:
    stop = _told_to_stop()
    async with contextlib.AsyncExitStack() as stack:
        await start_patiently(lambda tried: sweeper.start(settings, tried), stack, stop)
        await stop.wait()
    return 0


async def _node(settings: Settings, ready_file: Path | None) -> int:
    stop = _told_to_stop()
    async with contextlib.AsyncExitStack() as stack:
        running = await start_patiently(lambda tried: node.start(settings, tried, stop.set), stack, stop)
        app: Starlette = node_http.create_app(running)
        port = await node_http.serve(app, settings.host, settings.node_port, stack)
        log.info("node_answers", host=settings.host, port=port)
        if ready_file is not None:
            write_ready_file(ready_file, {"url": f"http://{settings.host}:{port}", "id": running.membership.me.id})
        await stop.wait()
        if not running.membership.is_lost:
            await running.drain()
    return FOUND_DEAD if running.membership.is_lost else 0
