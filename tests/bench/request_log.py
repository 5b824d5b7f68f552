"""What the request log costs a read and a write on both databases: processor time with it and without, in turns.

Two applications on one database, one of them without the layer that listens; requests go straight into them. The time
is the process's own, over all threads, so that other work on the machine does not count; what is written afterwards
does.
"""

from __future__ import annotations

import asyncio
import shutil
import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from storage.migrate import migrate
from storage.unit import Database
from studio import app as studio_app
from studio.api_keys.keys import issue_api_key
from studio.config import Settings
from studio.generation.offered_models import offer_to_everybody
from studio.generation.take_queue import TakeQueue
from studio.organisations.creation import create_organisation
from studio.queue.durable import migrate_durable
from studio.request_log.writing import RequestLogWriter
from tests.bench.outcome import Outcome, Report
from tests.bench.served_studio import DATABASES, DatabaseKind
from tests.postgres import owner_of, running_cluster
from tests.studio.conftest import built_in_models

ROUNDS, REQUESTS = 5, 100
MOST_OF_A_READ_US = 54.0  # a twentieth of what a read takes over HTTP (docs/benchmarks.md, `scripts/bench api`)
MOST_OF_A_WRITE = 1.1  # both of its bodies are kept, and looked through for secrets
CALLS: dict[str, tuple[str, str, bytes]] = {
    "read": ("GET", "/v1/projects", b""),
    "write": ("POST", "/v1/projects", b'{"name": "The Lighthouse"}'),
}


class _NoLog:
    """The layer's place, empty."""

    def __init__(self, app: Any) -> None:  # noqa: ANN401 (ASGI)
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 (ASGI)
        await self._app(scope, receive, send)


def run(report: Report) -> Outcome:
    """`scripts/bench request-log`."""
    outcome = Outcome()
    for kind in DATABASES:
        with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
            report(f"request log: {kind}")
            asyncio.run(_measure(_prepare(kind, Path(folder), stack), Path(folder), kind, outcome))
    return outcome


def _prepare(kind: DatabaseKind, folder: Path, stack: ExitStack) -> str:
    """The address of a new database."""
    url, owner = f"sqlite+aiosqlite:///{folder / 'bench.sqlite'}", None
    if kind == "postgresql":
        url = stack.enter_context(running_cluster()).create("bench")
        owner = owner_of(url)
    migrate(url, backups=folder, owner_url=owner)
    migrate_durable(url)
    return url


async def _measure(url: str, folder: Path, kind: DatabaseKind, outcome: Outcome) -> None:
    database = Database(url)
    async with database.write() as session:
        organisation = await create_organisation(session, name="Bench", plan="local")
        secret = (await issue_api_key(session, org_id=organisation.id, name="bench")).secret
    heard, unheard = _open(database, folder, with_log=True), _open(database, folder, with_log=False)
    for name, call in CALLS.items():
        spent: dict[bool, list[float]] = {True: [], False: []}
        for app in (heard, unheard):  # what is looked up once
            await _ask_often(app, secret, call)
        for _ in range(ROUNDS):
            for with_log, app in ((False, unheard), (True, heard)):
                spent[with_log].append(await _ask_often(app, secret, call))
        with_us, without_us = statistics.median(spent[True]), statistics.median(spent[False])
        outcome.note(f"{kind}_{name}_us_without", round(without_us, 1))
        outcome.note(f"{kind}_{name}_us_with", round(with_us, 1))
        outcome.note(f"{kind}_{name}_more_us", round(with_us - without_us, 1))
        if name == "read":
            outcome.check(f"{kind}_read_more_us", round(with_us - without_us, 1), "<=", MOST_OF_A_READ_US)
        else:
            outcome.check(f"{kind}_write_share", round(with_us / without_us, 3), "<=", MOST_OF_A_WRITE)
    for app in (heard, unheard):
        await app.state.limits.close()
    await database.close()
    shutil.rmtree(folder / "data", ignore_errors=True)


def _open(database: Database, folder: Path, *, with_log: bool) -> FastAPI:
    kept = studio_app.RequestLog
    if not with_log:
        studio_app.RequestLog = _NoLog  # type: ignore[misc, assignment]
    try:
        created = studio_app.create_app(Settings(data_dir=folder / "data"))
        created.build_middleware_stack()
    finally:
        studio_app.RequestLog = kept  # type: ignore[misc]
    created.state.database, created.state.queue = database, TakeQueue(database, offer_to_everybody(built_in_models))
    return created


async def _ask_often(app: FastAPI, secret: str, call: tuple[str, str, bytes]) -> float:
    """Microseconds of processor time a request, with what is written of it."""
    began = time.process_time()
    for _ in range(REQUESTS):
        await _ask(app, secret, call)
    log: RequestLogWriter = app.state.request_log
    await log.write(app.state.database)
    return 1e6 * (time.process_time() - began) / REQUESTS


async def _ask(app: FastAPI, secret: str, call: tuple[str, str, bytes]) -> None:
    method, path, body = call
    headers = [(b"host", b"studio"), (b"authorization", f"Bearer {secret}".encode())]
    headers += [(b"content-type", b"application/json")] if body else []
    scope = {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"", "state": {},
        "headers": headers, "scheme": "http", "server": ("studio", 80), "client": ("127.0.0.1", 1), "root_path": "",
        "http_version": "1.1", "asgi": {"version": "3.0"},
    }  # fmt: skip
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:  # noqa: ANN401 (ASGI)
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await app(scope, receive, send)
    assert statuses in ([200], [201]), statuses
