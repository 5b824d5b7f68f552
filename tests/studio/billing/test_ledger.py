"""Credits come in once, are held in the right order, and every hold ends once; the database itself keeps it so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from storage.queries.billing_holds import get_hold
from storage.queries.billing_ledger import Balance, Posting, list_entries, list_lots, post
from storage.queries.events import list_events
from storage.queries.organisation_erasure import delete_tenant_rows, mark_organisation_deleted
from storage.tables import CreditLot
from storage.unit import Database
from studio.billing.holds import InsufficientCredits, Spender, capture, hold, release, release_stranded
from studio.billing.ledger import ReferenceUsed, balance, expire_lots, reverse, sweep_lots
from studio.billing.prices import Quote
from studio.http.errors import InvalidRequest
from studio.organisations.creation import create_organisation
from tests.studio.billing.conftest import CREDIT, give

SOON = timedelta(days=1)


async def _hold(database: Database, org_id: str, credits: float, subject_id: str = "take_1") -> str:
    """A hold for a take at a credit a second; returns its id."""
    amount = round(credits * CREDIT)
    quote = Quote("previs", CREDIT, round(credits * 1000), amount)
    async with database.write(org_id=org_id) as session:
        made = await hold(
            session, org_id=org_id, subject="take", subject_id=subject_id, quote=quote, spender=Spender("key_1")
        )
    return made.id


async def _balance(database: Database, org_id: str) -> Balance:
    async with database.read(org_id=org_id) as session:
        return await balance(session, org_id=org_id)


async def _lots(database: Database, org_id: str) -> dict[str, CreditLot]:
    async with database.read(org_id=org_id) as session:
        return {lot.id: lot for lot in await list_lots(session, org_id=org_id, after=None, limit=100)}


async def test_a_take_that_succeeds_is_charged_what_it_used_and_the_rest_is_free_again(
    database: Database, org_id: str
) -> None:
    lot_id = await give(database, org_id, 10)
    hold_id = await _hold(database, org_id, 4)
    assert await _balance(database, org_id) == Balance(6 * CREDIT, 4 * CREDIT, 0, 0, 0)
    async with database.write(org_id=org_id) as session:
        usage = await capture(session, org_id=org_id, hold_id=hold_id, used_ms=2_500)
    assert usage == {
        "micro_credits": 2_500_000,
        "lots": [{"lot_id": lot_id, "kind": "gift", "micro_credits": 2_500_000}],
    }
    assert await _balance(database, org_id) == Balance(7_500_000, 0, 2_500_000, 0, 0)


async def test_no_more_is_charged_than_was_held_however_long_it_took(database: Database, org_id: str) -> None:
    await give(database, org_id, 10)
    hold_id = await _hold(database, org_id, 4)
    async with database.write(org_id=org_id) as session:
        usage = await capture(session, org_id=org_id, hold_id=hold_id, used_ms=3_600_000)
    assert usage is not None
    assert usage["micro_credits"] == 4 * CREDIT


async def test_what_came_to_nothing_costs_nothing(database: Database, org_id: str) -> None:
    await give(database, org_id, 4)
    hold_id = await _hold(database, org_id, 4)
    async with database.write(org_id=org_id) as session:
        assert await release(session, org_id=org_id, hold_id=hold_id)
    assert await _balance(database, org_id) == Balance(4 * CREDIT, 0, 0, 0, 0)


async def test_a_hold_ends_once(database: Database, org_id: str) -> None:
    await give(database, org_id, 4)
    hold_id = await _hold(database, org_id, 4)
    async with database.write(org_id=org_id) as session:
        assert await release(session, org_id=org_id, hold_id=hold_id)
        assert not await release(session, org_id=org_id, hold_id=hold_id)
        assert await capture(session, org_id=org_id, hold_id=hold_id, used_ms=1_000) is None
    async with database.read(org_id=org_id) as session:
        kinds = [entry.kind for entry in await list_entries(session, org_id=org_id, after=0, limit=100)]
    assert kinds == ["GRANT", "HOLD", "VOID"]


async def test_the_database_itself_lets_no_hold_end_twice(database: Database, org_id: str) -> None:
    lot_id = await give(database, org_id, 4)
    first, other = await _hold(database, org_id, 2), await _hold(database, org_id, 2, "take_2")
    async with database.write(org_id=org_id) as session:
        await release(session, org_id=org_id, hold_id=first)
    again = Posting("VOID", lot_id, 2 * CREDIT, first, resolves=True)
    with pytest.raises(IntegrityError):
        async with database.write(org_id=org_id) as session:
            await post(session, org_id=org_id, livemode=True, postings=[again])
    with pytest.raises(DBAPIError):
        async with database.write(org_id=org_id) as session:
            await session.execute(text("UPDATE credit_holds SET charge = 1 WHERE id = :id"), {"id": first})
    async with database.read(org_id=org_id) as session:
        assert (await get_hold(session, org_id=org_id, hold_id=other)).outcome is None  # type: ignore[union-attr]


async def test_one_subject_has_one_hold(database: Database, org_id: str) -> None:
    await give(database, org_id, 4)
    await _hold(database, org_id, 1)
    with pytest.raises(IntegrityError):
        await _hold(database, org_id, 1)


async def test_what_is_not_there_cannot_be_held_and_the_refusal_says_what_is_missing(
    database: Database, org_id: str
) -> None:
    await give(database, org_id, 1.5)
    with pytest.raises(InsufficientCredits, match=r"up to 4 credits, and 1\.5 credits are available: 2\.5") as refusal:
        await _hold(database, org_id, 4)
    assert refusal.value.members == {"field": "credits", "cost": 4.0, "available": 1.5, "missing": 2.5}
    assert await _balance(database, org_id) == Balance(1_500_000, 0, 0, 0, 0)


async def test_what_expires_first_pays_first_and_free_credits_before_paid_ones(database: Database, org_id: str) -> None:
    now = datetime.now(UTC)
    bought = await give(database, org_id, 1, kind="purchase")
    plan = await give(database, org_id, 1, kind="subscription", expires_at=now + 2 * SOON)
    gift = await give(database, org_id, 1, kind="gift")
    month = await give(database, org_id, 1, kind="grant", expires_at=now + 2 * SOON)
    first = await give(database, org_id, 1, kind="subscription", expires_at=now + SOON)
    hold_id = await _hold(database, org_id, 4.5)
    async with database.write(org_id=org_id) as session:
        usage = await capture(session, org_id=org_id, hold_id=hold_id, used_ms=4_200)
    assert usage is not None
    paid = [(lot["lot_id"], lot["micro_credits"]) for lot in usage["lots"]]
    assert paid[0] == (first, CREDIT)
    assert {paid[1], paid[2]} == {(month, CREDIT), (plan, CREDIT)}
    assert paid[3:] == [(gift, CREDIT), (bought, 200_000)]
    lots = await _lots(database, org_id)
    assert lots[bought].available == 800_000


async def test_a_hold_outlives_its_lots_term_and_what_comes_back_then_expires(database: Database, org_id: str) -> None:
    lot_id = await give(database, org_id, 5, expires_at=datetime.now(UTC) + SOON)
    hold_id = await _hold(database, org_id, 4)
    await _let_expire(database, org_id, lot_id)
    assert await sweep_lots(database) == CREDIT
    assert await _balance(database, org_id) == Balance(0, 4 * CREDIT, 0, CREDIT, 0)
    assert await release_stranded(database) == 1  # there is no such take here; with one, it would stay
    assert await _balance(database, org_id) == Balance(0, 0, 0, 5 * CREDIT, 0)
    async with database.write(org_id=org_id) as session:
        assert await expire_lots(session, org_id=org_id) == 4 * CREDIT
        assert not await release(session, org_id=org_id, hold_id=hold_id)
        events = await list_events(session, org_id=org_id, after=0, limit=100)
    assert [event.type for event in events] == ["credits.granted", "credits.expired", "credits.expired"]


async def _let_expire(database: Database, org_id: str, lot_id: str) -> None:
    async with database.write(org_id=org_id) as session:
        past = {
            "id": lot_id,
            "past": "2020-01-01 00:00:00.000000+00:00" if not database.is_sqlite else "2020-01-01 00:00:00.000000",
        }
        await session.execute(text("UPDATE credit_lots SET expires_at = :past WHERE id = :id"), past)


async def test_one_payment_brings_one_lot(database: Database, org_id: str) -> None:
    paid = {"kind": "purchase", "source": "stripe", "reference": "cs_1"}
    assert await give(database, org_id, 5, **paid) == await give(database, org_id, 5, **paid)
    assert (await _balance(database, org_id)).available == 5 * CREDIT
    with pytest.raises(ReferenceUsed, match="5 credits"):
        await give(database, org_id, 6, **paid)
    async with database.write() as session:
        other = (await create_organisation(session, name="B")).id
    with pytest.raises(ReferenceUsed):
        await give(database, other, 5, **paid)


async def test_purchased_credits_do_not_expire(database: Database, org_id: str) -> None:
    with pytest.raises(InvalidRequest, match="do not expire"):
        await give(database, org_id, 1, kind="purchase", expires_at=datetime.now(UTC) + SOON)


async def test_an_operator_takes_back_what_is_left_of_a_lot_and_no_more(database: Database, org_id: str) -> None:
    lot_id = await give(database, org_id, 5)
    await _hold(database, org_id, 2)
    async with database.write(org_id=org_id) as session:
        assert await reverse(session, org_id=org_id, lot_id=lot_id, reason="by mistake") == 3 * CREDIT
    with pytest.raises(InvalidRequest, match="2 credits are held"):
        async with database.write(org_id=org_id) as session:
            await reverse(session, org_id=org_id, lot_id=lot_id, reason="again")
    assert await _balance(database, org_id) == Balance(0, 2 * CREDIT, 0, 0, 3 * CREDIT)


@pytest.mark.parametrize("words", ["UPDATE ledger_entries SET micro_credits = 1", "DELETE FROM ledger_entries"])
async def test_entries_are_added_and_never_changed(database: Database, org_id: str, words: str) -> None:
    await give(database, org_id)
    with pytest.raises(DBAPIError, match="append-only"):
        async with database.write(org_id=org_id) as session:
            await session.execute(text(words))


async def test_an_organisation_that_goes_takes_its_entries_along(database: Database, org_id: str) -> None:
    await give(database, org_id)
    await _hold(database, org_id, 1)
    async with database.write(org_id=org_id) as session:
        await mark_organisation_deleted(session, org_id=org_id)
        await delete_tenant_rows(session, org_id=org_id)
    assert await _lots(database, org_id) == {}


async def test_no_lot_goes_below_zero_and_no_half_touches_the_other(database: Database, org_id: str) -> None:
    lot_id = await give(database, org_id, 1)
    with pytest.raises(IntegrityError):
        async with database.write(org_id=org_id) as session:
            await post(session, org_id=org_id, livemode=True, postings=[Posting("EXPIRE", lot_id, 2 * CREDIT)])
    with pytest.raises(IntegrityError):  # test mode's entry in an organisation that pays
        async with database.write(org_id=org_id) as session:
            await post(session, org_id=org_id, livemode=False, postings=[Posting("EXPIRE", lot_id, CREDIT)])


async def test_who_runs_low_is_told_once(database: Database, org_id: str) -> None:
    await give(database, org_id, 10)
    for number, credits in enumerate((8.5, 0.7, 0.5)):
        await _hold(database, org_id, credits, f"take_{number}")
    async with database.read(org_id=org_id) as session:
        events = await list_events(session, org_id=org_id, after=0, limit=100)
    assert [(event.type, event.payload.get("available_micro_credits")) for event in events[1:]] == [
        ("credits.low", 800_000)
    ]
