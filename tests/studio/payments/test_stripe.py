"""Credits through Stripe: whatever notices do, one payment brings its credits once, and what goes back takes them."""

from __future__ import annotations

import asyncio
from typing import Any

from storage.queries.accounts import get_plan_name
from storage.queries.payments import change_order, get_order
from storage.queries.suspension import set_suspension
from storage.unit import Database
from studio.billing.ledger import balance
from studio.payments.agreements import top_up
from studio.payments.providers import Payments
from studio.payments.reconciliation import reconcile
from studio.payments.refunds import refund
from tests.studio.conftest import Tenant
from tests.studio.payments.conftest import CREDITS
from tests.studio.payments.stripe_server import StripeServer

ORIGIN = "https://studio.example"
NOTICES = "/v1/payments/notices/stripe"


async def order(shop: Tenant, credits: int = 100) -> dict[str, Any]:
    asked = {"provider": "stripe", "credits": credits, "currency": "usd"}
    reply = await shop.http.post("/v1/payments/orders", json=asked)
    assert reply.status_code == 201, reply.text
    made: dict[str, Any] = reply.json()
    return made


async def look(shop: Tenant, order_id: str) -> dict[str, Any]:
    seen: dict[str, Any] = (await shop.http.get(f"/v1/payments/orders/{order_id}")).json()
    return seen


def session_of(server: StripeServer, order_id: str) -> str:
    (found,) = (
        each["id"]
        for each in server.things.values()
        if each["object"] == "checkout.session" and each["metadata"].get("order_id") == order_id
    )
    return str(found)


async def tell(shop: Tenant, server: StripeServer, kind: str, thing: dict[str, Any]) -> None:
    headers, body = server.event(kind, thing)
    reply = await shop.http.post(NOTICES, content=body, headers=headers)
    assert reply.status_code == 200, reply.text


async def available(database: Database, org_id: str) -> int:
    async with database.read(org_id=org_id) as session:
        return (await balance(session, org_id=org_id)).available


async def due_at_once(database: Database, org_id: str, order_id: str) -> None:
    """As if nobody had asked after the order for a year."""
    async with database.write(org_id=org_id) as session:
        found = await get_order(session, org_id=org_id, order_id=order_id)
        assert found is not None
        long_ago = found.created_at.replace(year=found.created_at.year - 1)
        await change_order(session, org_id=org_id, order_id=order_id, checked_at=long_ago)


async def test_credits_come_once_however_often_and_in_which_order_it_is_told(
    shop: Tenant, database: Database, stripe_server: StripeServer
) -> None:
    made = await order(shop)
    assert (made["state"], made["amount"], made["currency"]) == ("pending", 1000, "usd")
    assert made["url"].startswith("https://checkout.stripe.com/")
    early = stripe_server.event(
        "checkout.session.completed", stripe_server.things[session_of(stripe_server, made["id"])]
    )
    assert (await shop.http.post(NOTICES, content=early[1], headers=early[0])).status_code == 200
    assert await available(database, shop.org_id) == 0, "nothing was paid yet, whatever the notice is called"
    session = stripe_server.pay(session_of(stripe_server, made["id"]), tax=190)
    headers, body = stripe_server.event("checkout.session.completed", session)
    replies = await asyncio.gather(*(shop.http.post(NOTICES, content=body, headers=headers) for _ in range(5)))
    assert {reply.status_code for reply in replies} == {200}
    intent = stripe_server.things[session["payment_intent"]]
    await tell(shop, stripe_server, "payment_intent.succeeded", intent)
    assert await available(database, shop.org_id) == 100 * CREDITS
    seen = await look(shop, made["id"])
    assert (seen["state"], seen["tax"], seen["url"]) == ("paid", 190, None)
    assert seen["receipt_url"] == "https://invoice.stripe.com/i/1"
    listed = (await shop.http.get("/v1/payments/orders")).json()
    assert [each["id"] for each in listed["data"]] == [made["id"]]


async def test_a_notice_that_nobody_signed_is_refused(shop: Tenant, stripe_server: StripeServer) -> None:
    made = await order(shop)
    session = stripe_server.pay(session_of(stripe_server, made["id"]))
    headers, body = stripe_server.event("checkout.session.completed", session, secret="whsec_somebody_else")
    for sent in (headers, {}, {"stripe-signature": "t=1,v1=0"}):
        reply = await shop.http.post(NOTICES, content=body, headers=sent)
        assert (reply.status_code, reply.json()["code"]) == (403, "notice_refused")
    big = await shop.http.post(NOTICES, content=b"x" * (300 << 10), headers=headers)
    assert big.status_code == 403
    assert (await look(shop, made["id"]))["state"] == "pending"


async def test_a_lost_notice_costs_nobody_anything(
    shop: Tenant, database: Database, stripe_server: StripeServer, payments: Payments
) -> None:
    made, back = await order(shop), await order(shop, 50)
    stripe_server.pay(session_of(stripe_server, made["id"]))
    stripe_server.pay(session_of(stripe_server, back["id"]))
    checked = await shop.http.post(f"/v1/payments/orders/{back['id']}/check")  # the payer comes back from the page
    assert checked.json()["state"] == "paid"
    assert await reconcile(database, payments, origin=ORIGIN) == 0, "nobody is asked at once"
    await due_at_once(database, shop.org_id, made["id"])
    assert await reconcile(database, payments, origin=ORIGIN) == 1
    assert (await look(shop, made["id"]))["state"] == "paid"
    assert await available(database, shop.org_id) == 150 * CREDITS


async def test_money_that_goes_back_takes_the_credits_that_were_not_spent(
    shop: Tenant, database: Database, stripe_server: StripeServer, payments: Payments
) -> None:
    made = await order(shop)
    session = stripe_server.pay(session_of(stripe_server, made["id"]))
    await tell(shop, stripe_server, "checkout.session.completed", session)
    await refund(
        database, payments.providers, org_id=shop.org_id, order_id=made["id"], amount=250, reason="she asked for it"
    )
    assert await available(database, shop.org_id) == 75 * CREDITS
    charge = stripe_server.charge_of(session["payment_intent"])
    charge["amount_refunded"] = 500  # by hand, in Stripe's own pages
    for _ in range(2):
        await tell(shop, stripe_server, "charge.refunded", charge | {"payment_intent": session["payment_intent"]})
    assert await available(database, shop.org_id) == 50 * CREDITS
    seen = await look(shop, made["id"])
    assert (seen["refunded"], seen["reversed_credits"], seen["owed_credits"]) == (500, 50, 0)
    for status, left in (("needs_response", 0), ("won", 50), ("won", 50), ("lost", 0)):
        await tell(
            shop, stripe_server, "charge.dispute.updated", stripe_server.dispute(session["payment_intent"], status)
        )
        assert await available(database, shop.org_id) == left * CREDITS, status
    assert (await look(shop, made["id"]))["disputed"] is True


async def test_a_provider_that_is_away_loses_nothing(
    shop: Tenant, database: Database, stripe_server: StripeServer, payments: Payments
) -> None:
    stripe_server.away = True
    asked = {"provider": "stripe", "credits": 10, "currency": "usd"}
    reply = await shop.http.post("/v1/payments/orders", json=asked)
    assert (reply.status_code, reply.json()["code"]) == (502, "payment_provider_unavailable")
    stripe_server.away = False
    made = await order(shop)
    session = stripe_server.pay(session_of(stripe_server, made["id"]))
    stripe_server.away = True
    headers, body = stripe_server.event("checkout.session.completed", session)
    told = await shop.http.post(NOTICES, content=body, headers=headers)
    assert told.status_code == 502, "so that Stripe tells it again"
    stripe_server.away = False
    await tell(shop, stripe_server, "checkout.session.completed", session)
    assert await available(database, shop.org_id) == 100 * CREDITS


async def test_a_page_that_nobody_paid_on_is_closed(shop: Tenant, stripe_server: StripeServer) -> None:
    made = await order(shop)
    session = stripe_server.things[session_of(stripe_server, made["id"])]
    session["status"] = "expired"
    await tell(shop, stripe_server, "checkout.session.expired", session)
    assert (await look(shop, made["id"]))["state"] == "closed"


async def test_a_plan_brings_its_credits_each_month_and_ends(
    shop: Tenant, database: Database, stripe_server: StripeServer
) -> None:
    page = await shop.http.post("/v1/payments/subscription", json={"plan": "studio"})
    assert page.status_code == 201, page.text
    (session,) = (each for each in stripe_server.things.values() if each["object"] == "checkout.session")
    found = stripe_server.subscribe(session["id"])
    for _ in range(2):
        await tell(shop, stripe_server, "customer.subscription.created", found)
    assert await available(database, shop.org_id) == 2000 * CREDITS
    assert (await shop.http.get("/v1/payments")).json()["subscription"]["plan"] == "studio"
    assert await _plan(database, shop) == "studio"
    await tell(shop, stripe_server, "invoice.paid", stripe_server.renew(found["id"]))
    assert await available(database, shop.org_id) == 4000 * CREDITS
    found["status"] = "past_due"
    await tell(shop, stripe_server, "customer.subscription.updated", found)
    assert await _plan(database, shop) == "studio", "a renewal that is tried again takes nothing yet"
    assert (await shop.http.get("/v1/payments")).json()["subscription"]["is_late"] is True
    found["status"] = "canceled"
    await tell(shop, stripe_server, "customer.subscription.deleted", found)
    assert await _plan(database, shop) == "starter"
    assert (await shop.http.get("/v1/payments")).json()["subscription"] is None


async def _plan(database: Database, shop: Tenant) -> str:
    async with database.read(org_id=shop.org_id) as session:
        return await get_plan_name(session, org_id=shop.org_id)


async def test_credits_are_bought_whenever_few_are_left_and_a_declined_card_stops_that(
    shop: Tenant, database: Database, stripe_server: StripeServer, payments: Payments
) -> None:
    agreed = {"below": 20, "credits": 30, "currency": "usd"}
    assert (await shop.http.put("/v1/payments/top-up", json=agreed)).status_code == 200
    for _ in range(3):
        await reconcile(database, payments, origin=ORIGIN)
    assert await available(database, shop.org_id) == 30 * CREDITS, "once: that is enough"
    stripe_server.card = "declined"
    await shop.http.put("/v1/payments/top-up", json=agreed | {"below": 40})
    for _ in range(2):
        await reconcile(database, payments, origin=ORIGIN)
    assert "declined" in (await shop.http.get("/v1/payments")).json()["top_up"]["problem"]
    tried = sum(each == "POST /v1/payment_intents" for each in stripe_server.asked)
    assert tried == 2, "a declined card is not tried again and again"
    assert (await shop.http.delete("/v1/payments/top-up")).status_code == 204
    assert (await shop.http.get("/v1/payments")).json()["top_up"] is None


async def test_what_cannot_be_bought_is_refused_in_words(shop: Tenant) -> None:
    for changed, field in (
        ({"currency": "jpy"}, "currency"),
        ({"credits": 0.5}, "credits"),
        ({"provider": "alipay"}, "provider"),
    ):
        asked = {"provider": "stripe", "credits": 10, "currency": "usd"} | changed
        reply = await shop.http.post("/v1/payments/orders", json=asked)
        assert (reply.status_code, reply.json()["field"]) == (422, field), reply.text


async def test_without_keys_payments_are_off_and_say_so(tenant: Tenant) -> None:
    seen = (await tenant.http.get("/v1/payments")).json()
    assert seen["on"] is False
    assert "grants credits by hand" in seen["why_not"]
    asked = {"provider": "stripe", "credits": 10, "currency": "usd"}
    reply = await tenant.http.post("/v1/payments/orders", json=asked)
    assert (reply.status_code, reply.json()["code"]) == (409, "payments_off")


async def test_a_suspended_organisation_buys_nothing_and_keeps_what_it_agreed_to(
    shop: Tenant, database: Database, stripe_server: StripeServer, payments: Payments
) -> None:
    made = await order(shop)
    stripe_server.pay(session_of(stripe_server, made["id"]))
    await shop.http.post(f"/v1/payments/orders/{made['id']}/check")  # its card is kept from now on
    agreed = {"below": 150, "credits": 100, "currency": "usd"}
    assert (await shop.http.put("/v1/payments/top-up", json=agreed)).status_code == 200
    async with database.write(org_id=shop.org_id) as session:
        await set_suspension(session, org_id=shop.org_id, contact="help@example.com")
    for method, path, body in (
        ("POST", "orders", {"provider": "stripe", "credits": 10, "currency": "usd"}),
        ("POST", "subscription", {"plan": "studio"}),
        ("PUT", "top-up", agreed),
    ):
        refused = await shop.http.request(method, f"/v1/payments/{path}", json=body)
        assert (refused.status_code, refused.json()["code"]) == (403, "organisation_suspended"), path
    assert (await shop.http.post("/v1/payments/portal")).status_code == 201
    assert await top_up(database, payments.need_stripe(), org_id=shop.org_id, origin=ORIGIN)
    assert await available(database, shop.org_id) == 200 * CREDITS
    assert (await shop.http.delete("/v1/payments/top-up")).status_code == 204
