"""Whatever is done to credits, in whatever order, on PostgreSQL, from two sessions at once, with connections killed in
the middle: accounts are what a model in a few lines says, and the books balance at the end."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from storage.queries.billing_ledger import Balance
from storage.tables.billing import LotKind
from storage.unit import Database
from studio.billing.holds import InsufficientCredits, Spender, capture, hold, release
from studio.billing.ledger import balance, expire_lots, grant, reverse
from studio.billing.prices import Quote
from studio.billing.refunds import AlreadyRefunded, refund_charge
from studio.billing.verify import verify_ledger
from studio.organisations.creation import create_organisation
from tests.postgres import PostgresCluster

FAR = timedelta(days=365)
PAST = datetime(2020, 1, 1, tzinfo=UTC)
amounts = st.integers(1, 30)
picks = st.integers(0, 10**6)


@dataclass
class Lot:
    """As the model sees it: accounts in micro-credits."""

    id: str
    order: tuple[object, ...]
    expires: bool
    available: int
    lapsed: bool = False
    held: int = 0
    spent: int = 0
    expired: int = 0
    reversed: int = 0


@dataclass
class Hold:
    id: str
    parts: list[tuple[Lot, int]] = field(default_factory=list)
    paid: list[tuple[Lot, int]] = field(default_factory=list)
    refunded: bool = False


class Ledger(RuleBasedStateMachine):
    """`url` is set by the test."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.lots: list[Lot] = []
        self.open: list[Hold] = []
        self.ended: list[Hold] = []
        self.databases = self.runner.run(self._open())
        self.org_id = self.runner.run(self._make_organisation())

    async def _open(self) -> list[Database]:
        return [Database(self.url), Database(self.url)]

    async def _make_organisation(self) -> str:
        async with self.databases[0].write() as session:
            return (await create_organisation(session, name="A")).id

    @rule(kind=st.sampled_from(["grant", "gift", "subscription", "purchase"]), amount=amounts, expiring=st.booleans())
    def grant(self, kind: LotKind, amount: int, expiring: bool) -> None:
        expires_at = datetime.now(UTC) + FAR if expiring and kind != "purchase" else None

        async def do() -> str:
            async with self.databases[0].write(org_id=self.org_id) as session:
                lot = await grant(
                    session, org_id=self.org_id, kind=kind, micro_credits=amount, expires_at=expires_at, reason="test"
                )
                return lot.id

        lot_id = self.runner.run(do())
        paid = kind in ("subscription", "purchase")
        order = (expires_at is None, expires_at or PAST, paid, lot_id)
        self.lots.append(Lot(lot_id, order, expires_at is not None, amount))

    @rule(amount=amounts)
    def submit(self, amount: int) -> None:
        enough = amount <= sum(lot.available for lot in self._good())
        try:
            made = self.runner.run(self._hold(amount))
        except InsufficientCredits:
            assert not enough
            return
        assert enough
        taken = Hold(made)
        for lot in self._good():
            part = min(lot.available, amount)
            if part:
                lot.available, lot.held, amount = lot.available - part, lot.held + part, amount - part
                taken.parts.append((lot, part))
        self.open.append(taken)

    @precondition(lambda self: self.open)
    @rule(pick=picks, used=st.integers(0, 40))
    def succeed(self, pick: int, used: int) -> None:
        ending = self.open.pop(pick % len(self.open))
        assert self.runner.run(self._capture(0, ending.id, used)) is not None
        self._end(ending, used)

    @precondition(lambda self: self.open)
    @rule(pick=picks)
    def fail(self, pick: int) -> None:
        ending = self.open.pop(pick % len(self.open))
        assert self.runner.run(self._release(0, ending.id))
        self._end(ending, 0)

    @precondition(lambda self: self.open)
    @rule(pick=picks, used=st.integers(1, 40))
    def end_from_two_sessions_at_once(self, pick: int, used: int) -> None:
        ending = self.open.pop(pick % len(self.open))

        async def both() -> tuple[bool, bool]:
            paid, freed = await asyncio.gather(self._capture(0, ending.id, used), self._release(1, ending.id))
            return paid is not None, freed

        paid, freed = self.runner.run(both())
        assert paid != freed
        self._end(ending, used if paid else 0)

    @precondition(lambda self: self.ended)
    @rule(pick=picks)
    def end_again(self, pick: int) -> None:
        ended = self.ended[pick % len(self.ended)]
        assert self.runner.run(self._capture(1, ended.id, 1)) is None
        assert not self.runner.run(self._release(1, ended.id))

    @precondition(lambda self: self.open)
    @rule(pick=picks)
    def lose_the_connection_before_the_commit(self, pick: int) -> None:
        unlucky = self.open[pick % len(self.open)]

        async def cut_off() -> None:
            async with self.databases[0].write(org_id=self.org_id) as session:
                pid = await session.scalar(text("SELECT pg_backend_pid()"))
                await capture(session, org_id=self.org_id, hold_id=unlucky.id, used_ms=1000)
                async with self.databases[1].read() as other:
                    await other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})

        with pytest.raises(DBAPIError):
            self.runner.run(cut_off())

    @precondition(lambda self: any(lot.expires and not lot.lapsed for lot in self.lots))
    @rule(pick=picks)
    def lapse(self, pick: int) -> None:
        lasting = [lot for lot in self.lots if lot.expires and not lot.lapsed]
        lot = lasting[pick % len(lasting)]
        lot.lapsed = True

        async def do() -> None:
            async with self.databases[0].write(org_id=self.org_id) as session:
                words = text("UPDATE credit_lots SET expires_at = :past WHERE id = :id")
                await session.execute(words, {"past": PAST, "id": lot.id})

        self.runner.run(do())

    @rule()
    def expire(self) -> None:
        async def do() -> int:
            async with self.databases[1].write(org_id=self.org_id) as session:
                return await expire_lots(session, org_id=self.org_id)

        lapsed = [lot for lot in self.lots if lot.lapsed]
        assert self.runner.run(do()) == sum(lot.available for lot in lapsed)
        for lot in lapsed:
            lot.available, lot.expired = 0, lot.expired + lot.available

    @precondition(lambda self: any(lot.available for lot in self.lots))
    @rule(pick=picks)
    def take_back(self, pick: int) -> None:
        left = [lot for lot in self.lots if lot.available]
        lot = left[pick % len(left)]

        async def do() -> int:
            async with self.databases[0].write(org_id=self.org_id) as session:
                return await reverse(session, org_id=self.org_id, lot_id=lot.id, reason="test")

        assert self.runner.run(do()) == lot.available
        lot.available, lot.reversed = 0, lot.reversed + lot.available

    @precondition(lambda self: any(hold.paid for hold in self.ended))
    @rule(pick=picks)
    def give_back_from_two_sessions_at_once(self, pick: int) -> None:
        charged = [hold for hold in self.ended if hold.paid]
        picked = charged[pick % len(charged)]

        async def both() -> int:
            tries = (self._refund(which, picked.id) for which in (0, 1))
            return sum(await asyncio.gather(*tries))

        assert self.runner.run(both()) == (0 if picked.refunded else 1)
        if not picked.refunded:
            for lot, part in picked.paid:
                lot.spent, lot.available = lot.spent - part, lot.available + part
        picked.refunded = True

    @invariant()
    def the_balance_is_what_the_model_says(self) -> None:
        async def do() -> Balance:
            async with self.databases[1].read(org_id=self.org_id) as session:
                return await balance(session, org_id=self.org_id)

        lapsed = sum(lot.available for lot in self.lots if lot.lapsed)
        assert self.runner.run(do()) == Balance(
            sum(lot.available for lot in self.lots) - lapsed,
            sum(lot.held for lot in self.lots),
            sum(lot.spent for lot in self.lots),
            sum(lot.expired for lot in self.lots) + lapsed,
            sum(lot.reversed for lot in self.lots),
        )

    def teardown(self) -> None:
        async def do() -> list[str]:
            async with self.databases[0].read(org_id=self.org_id) as session:
                problems = (await verify_ledger(session, org_id=self.org_id)).problems
            for database in self.databases:
                await database.close()
            return problems

        problems = self.runner.run(do())
        self.runner.close()
        assert problems == []

    def _good(self) -> list[Lot]:
        return sorted((lot for lot in self.lots if not lot.lapsed), key=lambda lot: lot.order)  # type: ignore[arg-type,return-value]

    def _end(self, ending: Hold, due: int) -> None:
        for lot, part in ending.parts:
            paid = min(part, due)
            due -= paid
            if paid:
                ending.paid.append((lot, paid))
            lot.held, lot.spent, lot.available = lot.held - part, lot.spent + paid, lot.available + part - paid
        self.ended.append(ending)

    async def _hold(self, amount: int) -> str:
        quote = Quote("previs", 1, 1000 * amount, amount)
        async with self.databases[0].write(org_id=self.org_id) as session:
            made = await hold(
                session,
                org_id=self.org_id,
                subject="take",
                subject_id=f"take_{secrets.token_hex(8)}",
                quote=quote,
                spender=Spender(),
            )
            return made.id

    async def _capture(self, which: int, hold_id: str, used: int) -> dict[str, object] | None:
        async with self.databases[which].write(org_id=self.org_id) as session:
            return await capture(session, org_id=self.org_id, hold_id=hold_id, used_ms=1000 * used)

    async def _refund(self, which: int, hold_id: str) -> bool:
        try:
            async with self.databases[which].write(org_id=self.org_id) as session:
                await refund_charge(session, org_id=self.org_id, hold_id=hold_id, reason="test")
        except AlreadyRefunded:
            return False
        return True

    async def _release(self, which: int, hold_id: str) -> bool:
        async with self.databases[which].write(org_id=self.org_id) as session:
            return await release(session, org_id=self.org_id, hold_id=hold_id)


@pytest.fixture
def ledger_url(postgres: PostgresCluster, migrated_postgres: str) -> Iterator[str]:
    name = f"ledger_{secrets.token_hex(4)}"
    yield postgres.create(name, migrated_postgres)
    postgres.drop(name)


def test_accounts_are_what_a_model_says(ledger_url: str) -> None:
    Ledger.url = ledger_url
    run_state_machine_as_test(
        Ledger,
        settings=settings(
            max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
