"""What was heard is written many requests at a time, beside the requests themselves, which wait for none of it.

Each process keeps what it heard in its memory for a second or so, within bounds. It is a log for reading, not for
proof: a process that is killed loses what it had not written, and where the database is away for longer than the bounds
last, the oldest go; a counter tells how many.
"""

from __future__ import annotations

import asyncio
import contextvars
import json
from collections import defaultdict, deque
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage.queries.request_log import delete_old_logged_requests, insert_logged_requests
from storage.queries.tenants import each_tenant
from storage.queries.timestamps import instant_after
from storage.unit import Database
from studio.http.ids import first_id_at
from studio.observability.metrics import REQUESTS_NOT_LOGGED
from studio.request_log.listening import Heard
from studio.request_log.redaction import shown_body, shown_query, storable

log = structlog.get_logger(__name__)

KEPT_FOR = timedelta(days=30)
MOST_KEPT = 100_000  # of an organisation, the newest
WRITTEN_AFTER_S = 1.0
AT_ONCE = 500  # rows of one statement
MOST_WAITING_BYTES = 32 * 1024 * 1024


class RequestLogWriter:
    """What this process heard and has not written yet."""

    def __init__(self) -> None:
        self._waiting: deque[Heard] = deque()
        self._bytes = 0
        self._writes_soon: asyncio.Task[None] | None = None
        self._failed = False  # a database that is away for an hour is one line of the log

    def add(self, heard: Heard) -> None:
        """Put it aside; something writes it soon."""
        self._waiting.append(heard)
        self._bytes += heard.size
        while self._bytes > MOST_WAITING_BYTES:
            self._bytes -= self._waiting.popleft().size
            REQUESTS_NOT_LOGGED.inc()
        if self._writes_soon is None or self._writes_soon.done():
            database: Database = heard.scope["app"].state.database
            # Its own context: the request's is at its end, and counts its units.
            self._writes_soon = asyncio.create_task(
                self._write_later(database), name="request-log", context=contextvars.Context()
            )

    async def _write_later(self, database: Database) -> None:
        while self._waiting:
            await asyncio.sleep(WRITTEN_AFTER_S)
            await self.write(database)

    async def write(self, database: Database) -> None:
        """Write what waits now; what fails waits on."""
        batch = list(self._waiting)
        self._waiting.clear()
        self._bytes = 0
        by_tenant: dict[str, list[Heard]] = defaultdict(list)
        for heard in batch:
            by_tenant[heard.org_id].append(heard)
        for org_id, theirs in by_tenant.items():
            try:
                await _write_of(database, org_id, theirs)
                self._failed = False
            except (OperationalError, InterfaceError, PoolTimeout, OSError) as error:
                self._wait_on(theirs, error)
            except Exception:  # what the database will never take must not keep the rest from it
                REQUESTS_NOT_LOGGED.inc(len(theirs))
                log.exception("requests_not_logged", requests=len(theirs))

    def _wait_on(self, heard: list[Heard], error: Exception) -> None:
        if not self._failed:
            log.warning("request_log_not_written", error=str(error)[:200])
        self._failed = True
        self._waiting.extendleft(reversed(heard))
        self._bytes += sum(each.size for each in heard)

    async def close(self, database: Database) -> None:
        """Write the last of it."""
        if self._writes_soon is not None:
            self._writes_soon.cancel()
            await asyncio.wait([self._writes_soon])
        await self.write(database)


async def _write_of(database: Database, org_id: str, heard: list[Heard]) -> None:
    for first in range(0, len(heard), AT_ONCE):
        rows = [row_of(each) for each in heard[first : first + AT_ONCE]]
        async with database.write() as session:
            await insert_logged_requests(session, org_id=org_id, rows=rows)
        await asyncio.sleep(0)


def row_of(heard: Heard) -> dict[str, Any]:
    """The row that is kept of a request."""
    scope = heard.scope
    response = shown_body(heard.response)
    return {
        "id": heard.id,
        "at": datetime.fromtimestamp(heard.began, UTC),
        "key_id": heard.key_id,
        "method": scope["method"],
        "path": storable(scope["path"])[:1000],
        "query": shown_query(scope["query_string"].decode("latin-1"))[:2000],
        "route": getattr(scope.get("route"), "path_format", None) or "",
        "status": heard.status,
        "code": _code_of(response) if heard.status >= 400 else None,
        "ms": round(heard.ms, 2),
        "request_type": heard.request.media_type.partition(";")[0][:200] or None,
        "request_body": shown_body(heard.request),
        "request_cut": heard.request.cut,
        "response_body": response,
        "response_cut": heard.response.cut,
    }


def _code_of(body: str | None) -> str | None:
    """The code of an error in either dialect."""
    try:
        told = json.loads(body or "{}")
    except ValueError:
        return None
    told = told.get("error", told) if isinstance(told, dict) else {}
    code = told.get("code") if isinstance(told, dict) else None
    return code[:40] if isinstance(code, str) else None


async def sweep_request_log(database: Database) -> None:
    """Forget what is old, and the oldest of what is too much."""
    async with database.write() as session:
        before = first_id_at("req", await instant_after(session, -KEPT_FOR))
        async for org_id in each_tenant(session):
            await delete_old_logged_requests(session, org_id=org_id, before=before, most=MOST_KEPT)
