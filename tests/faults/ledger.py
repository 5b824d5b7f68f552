"""A campaign against the ledger: workers do at random whatever can be done to credits, on one PostgreSQL, while their
connections and the server itself are killed. Then everything is added up: by `verify_ledger`, and by SQL of its own."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.billing_holds import list_open_holds
from storage.queries.billing_ledger import list_lots
from storage.unit import Database
from studio.billing.holds import InsufficientCredits, Spender, capture, hold, release
from studio.billing.ledger import expire_lots, grant, reverse
from studio.billing.prices import Quote
from studio.billing.verify import verify_ledger
from studio.http.errors import StudioError
from studio.organisations.creation import create_organisation
from tests.postgres import SUPERUSER, PostgresCluster

ORGANISATIONS = 3
WORKERS = 8
A_UNIT = 40  # operations at most
KINDS = ("grant", "gift", "subscription", "purchase")
OPERATIONS = (*4 * ["hold"], *3 * ["capture"], *2 * ["release"], "grant", "expire", "reverse")
CUT_EVERY_S = 1.0


@dataclass
class Books:
    """What the campaign did, and what was wrong at its end."""

    operations: Counter[str] = field(default_factory=Counter)
    interrupted: int = 0
    connections_killed: int = 0
    crashes: int = 0
    wrong: list[str] = field(default_factory=list)
    drift: int = 0
    negative: int = 0
    resolved_twice: int = 0
    entries: int = 0

    @property
    def done(self) -> int:
        return sum(self.operations.values())


class Campaign:
    """On a database of a cluster, until so many operations are done."""

    def __init__(self, cluster: PostgresCluster, name: str, operations: int, crashes: int, seed: int) -> None:
        self.books = Books()
        self._cluster, self._name = cluster, name
        self._operations, self._crashes = operations, crashes
        self._random = random.Random(seed)  # noqa: S311 (no secret)
        self._holds: dict[str, list[str]] = {}  # of each organisation, ended ones among them
        self._made = 0

    async def rage(self, report: Callable[[str], None] = lambda _: None) -> Books:
        url = self._cluster.url(self._name)
        first = Database(url)
        async with first.write() as session:
            for number in range(ORGANISATIONS):
                self._holds[(await create_organisation(session, name=f"Org {number}")).id] = []
        await asyncio.gather(self._kill(report), *(self._work(url) for _ in range(WORKERS)))
        await first.close()
        await self._check(url)
        return self.books

    async def _work(self, url: str) -> None:
        database = Database(url)
        while self.books.done < self._operations:
            org_id = self._random.choice(list(self._holds))
            doing: Counter[str] = Counter()
            made: list[str] = []
            try:
                async with database.write(org_id=org_id) as session:
                    for _ in range(self._random.randint(1, A_UNIT)):
                        name = self._random.choice(OPERATIONS)
                        await self._do(session, org_id, name, made)
                        doing[name] += 1
            except (DBAPIError, OSError):
                self.books.interrupted += 1
                await asyncio.sleep(0.05)
                continue
            self.books.operations += doing
            self._holds[org_id] += made
        await database.close()

    async def _do(self, session: AsyncSession, org_id: str, name: str, made: list[str]) -> None:
        known = self._holds[org_id][-200:] + made
        some = self._random.choice(known) if known else None
        match name:
            case "hold":
                with contextlib.suppress(InsufficientCredits):
                    made.append(await self._hold(session, org_id))
            case "capture" if some is not None:
                await capture(session, org_id=org_id, hold_id=some, used_ms=self._random.randint(0, 40_000))
            case "release" if some is not None:
                await release(session, org_id=org_id, hold_id=some)
            case "grant":
                await self._grant(session, org_id)
            case "expire":
                await expire_lots(session, org_id=org_id)
            case "reverse":
                lots = await list_lots(session, org_id=org_id, after=None, limit=5)
                with contextlib.suppress(StudioError):
                    await reverse(
                        session, org_id=org_id, lot_id=self._random.choice(lots).id, reason="test"
                    ) if lots else 0

    async def _hold(self, session: AsyncSession, org_id: str) -> str:
        self._made += 1
        seconds = self._random.randint(1, 30)
        quote = Quote("previs", 7, 1000 * seconds, 7 * seconds)
        held = await hold(
            session, org_id=org_id, subject="take", subject_id=f"take_{self._made}", quote=quote, spender=Spender()
        )
        return held.id

    async def _grant(self, session: AsyncSession, org_id: str) -> None:
        kind = self._random.choice(KINDS)
        soon = datetime.now(UTC) + timedelta(seconds=self._random.uniform(0.5, 20))
        expires_at = soon if kind != "purchase" and self._random.random() < 0.5 else None
        amount = self._random.randint(1, 800)
        await grant(session, org_id=org_id, kind=kind, micro_credits=amount, expires_at=expires_at, reason="test")  # type: ignore[arg-type]

    async def _kill(self, report: Callable[[str], None]) -> None:
        """A connection now and then, and the whole server as often as was asked for, evenly over the operations."""
        while self.books.done < self._operations:
            await asyncio.sleep(CUT_EVERY_S)
            if self.books.done >= self._operations * (self.books.crashes + 1) / (self._crashes + 1):
                await asyncio.to_thread(self._cluster.crash)
                self.books.crashes += 1
                report(f"{self.books.done} operations; the server was killed {self.books.crashes} times")
            else:
                self.books.connections_killed += await asyncio.to_thread(self._cut)

    def _cut(self) -> int:
        words = text(
            "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity WHERE datname = :name "
            "AND pid <> pg_backend_pid() AND state <> 'idle' ORDER BY random() LIMIT 1) busy"
        )
        with contextlib.suppress(DBAPIError), self._engine().connect() as connection:
            return int(connection.execute(words, {"name": self._name}).scalar_one())
        return 0

    async def _check(self, url: str) -> None:
        database = Database(url)
        for org_id in self._holds:
            async with database.write(org_id=org_id) as session:
                for one in await list_open_holds(session, org_id=org_id):
                    await release(session, org_id=org_id, hold_id=one.id)
            async with database.read(org_id=org_id) as session:
                self.books.wrong += (await verify_ledger(session, org_id=org_id)).problems
        await database.close()
        with self._engine().connect() as connection:
            for name in ("drift", "negative", "resolved_twice", "entries"):
                setattr(self.books, name, int(connection.execute(text(_SUMS[name])).scalar_one()))

    def _engine(self):  # type: ignore[no-untyped-def]  # noqa: ANN202
        return create_engine(self._cluster.url(self._name, SUPERUSER), isolation_level="AUTOCOMMIT")


_MOVED = (
    "SELECT lot_id, account, sum(amount) AS amount FROM ("
    "SELECT lot_id, debit AS account, -micro_credits AS amount FROM ledger_entries "
    "UNION ALL SELECT lot_id, credit, micro_credits FROM ledger_entries) sides GROUP BY lot_id, account"
)
_KEPT = (
    "SELECT id AS lot_id, account, amount FROM credit_lots, LATERAL (VALUES ('available', available), ('held', held), "
    "('spent', spent), ('expired', expired), ('reversed', reversed)) AS kept (account, amount)"
)
_SUMS = {
    "drift": f"SELECT coalesce(sum(abs(k.amount - coalesce(m.amount, 0))), 0) FROM ({_KEPT}) k "  # noqa: S608
    f"LEFT JOIN ({_MOVED}) m USING (lot_id, account)",
    "negative": f"SELECT count(*) FROM ({_MOVED}) m WHERE amount < 0 AND account <> 'granted'",  # noqa: S608
    "resolved_twice": "SELECT count(*) FROM (SELECT hold_id FROM ledger_entries WHERE kind <> 'HOLD' "
    "AND hold_id IS NOT NULL GROUP BY hold_id HAVING count(DISTINCT resolves) <> 1 OR count(resolves) <> 1) twice",
    "entries": "SELECT count(*) FROM ledger_entries",
}
