"""Money that an operator sends back through Stripe's own SDK: shown before, sent once, also when Stripe was away."""

from __future__ import annotations

import httpx

from storage.unit import Database
from studio.billing.ledger import balance
from tests.studio.conftest import Tenant
from tests.studio.operator.conftest import CREDIT, do, render
from tests.studio.payments.conftest import payments, shop, stripe_server
from tests.studio.payments.stripe_server import StripeServer
from tests.studio.payments.test_stripe import order, session_of, tell

__all__ = ["payments", "shop", "stripe_server"]  # fixtures


async def _paid(shop: Tenant, server: StripeServer) -> tuple[str, str]:
    """An order of 100 credits for 10 dollars; returns its id and the payment's."""
    made = await order(shop)
    session = server.pay(session_of(server, made["id"]))
    await tell(shop, server, "checkout.session.completed", session)
    return made["id"], session["payment_intent"]


async def _available(database: Database, shop: Tenant) -> float:
    async with database.read(org_id=shop.org_id) as session:
        return (await balance(session, org_id=shop.org_id)).available / CREDIT


async def test_a_refund_is_shown_with_what_it_takes_and_sent_once(
    operator: httpx.AsyncClient, shop: Tenant, stripe_server: StripeServer, database: Database
) -> None:
    order_id, intent = await _paid(shop, stripe_server)
    await render(database, shop, 80)
    path = f"organisations/{shop.org_id}/orders/{order_id}/refund"
    shown = (await do(operator, path, {"amount": 500, "dry_run": True})).json()["effect"]
    assert (shown["amount"], shown["currency"], shown["credits"], shown["owed_credits"]) == (500, "usd", 20, 30)
    assert (shown["before"]["available"], shown["after"]["available"]) == (20, 0)
    assert stripe_server.charge_of(intent)["amount_refunded"] == 0
    assert await _available(database, shop) == 20
    for _ in range(2):
        done = await do(operator, path, {"amount": 500}, "one key")
        assert done.status_code == 201, done.text
        assert done.json()["effect"] == shown
    assert stripe_server.charge_of(intent)["amount_refunded"] == 500
    assert await _available(database, shop) == 0
    (listed,) = (await operator.get("/v1/operator/orders", params={"show": "attention"})).json()["data"]
    assert (listed["refunded"], listed["reversed_credits"], listed["owed_credits"]) == (500, 20, 30)
    too_much = await do(operator, path, {"amount": 501})
    assert (too_much.status_code, "500 of 1000 usd" in too_much.json()["detail"]) == (422, True)


async def test_what_stripe_could_not_be_told_is_told_when_it_is_asked_again(
    operator: httpx.AsyncClient, shop: Tenant, stripe_server: StripeServer, database: Database
) -> None:
    order_id, intent = await _paid(shop, stripe_server)
    path = f"organisations/{shop.org_id}/orders/{order_id}/refund"
    stripe_server.away = True
    away = await do(operator, path, {}, "one key")
    assert (away.status_code, away.json()["code"]) == (502, "payment_provider_unavailable")
    assert await _available(database, shop) == 100
    stripe_server.away = False
    again = await do(operator, path, {}, "one key")
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert stripe_server.charge_of(intent)["amount_refunded"] == 1000
    assert await _available(database, shop) == 0
