"""PostgreSQL's LISTEN and NOTIFY: what a process commits, the others hear of.

Two things are told, in the transaction that they are part of: events (payload: the organisation's id, and who says so)
and work put into a durable queue (payload: the queue's name). Nothing else is, because transactions that notify are
committed one after the other. A notification says only that it is worth looking; what happened is in the tables, so
one that is lost delays and never loses. Each process listens on one connection, which it opens again by itself, and
believes in it once a notification by another connection has come through: behind a pooler of transactions none does.
On SQLite nothing of this happens: a file has one process.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Awaitable, Callable

import psycopg
import structlog
from sqlalchemy import func, make_url, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.commit_signal import CommitSignal

log = structlog.get_logger(__name__)

EVENTS = "dramatis_events"
WORK = "dramatis_work"
PROBES = "dramatis_probes"
SENDER = "sender"  # in a session's `info`: by what its own process knows what it said itself
PROVED_WITHIN_S = 5.0
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 10.0
KEEP_ALIVE = {"keepalives_idle": "15", "keepalives_interval": "5", "keepalives_count": "3"}  # seconds; probes

HearWork = Callable[[str | None], None]


class NotHeard(Exception):
    """A notification by another connection did not arrive."""


def event_payload(session: AsyncSession, org_id: str) -> str:
    """What is said on EVENTS; PostgreSQL delivers the same payload once a transaction."""
    return f"{org_id} {session.info.get(SENDER, '')}"


async def notify_work(session: AsyncSession, queue: str) -> None:
    """Once the transaction is committed, whoever runs this queue's work looks for it."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(select(func.pg_notify(WORK, queue)))


class Listener:
    """The listening connection of a process.

    It tells `signal` of events that others publish, and `hear_work` each queue in which there may be new work: None
    for any queue, after a time in which nothing was heard. `send_probe` says a word on PROBES, on another connection.
    """

    def __init__(
        self,
        url: str,
        signal: CommitSignal,
        sender: str,
        send_probe: Callable[[str], Awaitable[None]],
        hear_work: HearWork,
    ) -> None:
        place = make_url(url).set(drivername="postgresql").update_query_dict({**KEEP_ALIVE, "connect_timeout": "10"})
        self._conninfo = place.render_as_string(hide_password=False)
        self._signal, self._sender = signal, sender
        self._send_probe, self._hear_work = send_probe, hear_work
        self._pause_s = FIRST_PAUSE_S
        self._said_so = False  # a database that is away for an hour is one line of the log

    async def listen(self) -> None:
        """Never ends. A connection that is lost is opened again, after ever longer pauses."""
        while True:
            try:
                await self._listen_once()
            except Exception as error:
                if not self._said_so:
                    remedy = "DRAMATIS_DATABASE_LISTEN_URL: the database itself, no pooler"
                    hint = {"remedy": remedy} if isinstance(error, NotHeard) else {}
                    log.warning("not_listening", error=str(error)[:200], **hint)
                self._said_so = True
            finally:
                self._hear_nothing()
            await asyncio.sleep(self._pause_s * random.uniform(0.5, 1.0))  # noqa: S311 (so that not all come at once)
            self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)

    async def _listen_once(self) -> None:
        connect = psycopg.AsyncConnection.connect
        connection = await connect(self._conninfo, autocommit=True, prepare_threshold=None)
        async with connection:
            await connection.execute(f"LISTEN {EVENTS}; LISTEN {WORK}; LISTEN {PROBES}")
            await self._prove(connection)
            self._pause_s, self._said_so = FIRST_PAUSE_S, False
            self._signal.hears_others = True
            self._signal.note_unheard()
            self._hear_work(None)
            log.info("listening")
            while True:
                async for told in connection.notifies(timeout=0.1, stop_after=1):
                    self._hear(told.channel, told.payload)
                await _readable(connection)

    def _hear_nothing(self) -> None:
        if self._signal.hears_others:
            self._signal.hears_others = False
            self._signal.note_unheard()  # who counted on hearing looks by itself from here on
            self._hear_work(None)

    async def _prove(self, connection: psycopg.AsyncConnection) -> None:
        word = secrets.token_hex(8)
        await self._send_probe(word)
        async for told in connection.notifies(timeout=PROVED_WITHIN_S):
            if (told.channel, told.payload) == (PROBES, word):
                return
        raise NotHeard("notifications do not arrive on this connection")

    def _hear(self, channel: str, payload: str) -> None:
        if channel == WORK:
            self._hear_work(payload)
        elif channel == EVENTS:
            org_id, _, sender = payload.partition(" ")
            if sender != self._sender:  # our own commits were noted when they were made
                self._signal.note(org_id)


async def _readable(connection: psycopg.AsyncConnection) -> None:
    """Until the server has something to say; psycopg's own wait looks ten times a second."""
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(connection.fileno(), ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(connection.fileno())
