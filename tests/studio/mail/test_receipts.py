"""Receipts: who looks after an organisation is mailed what was paid, what went back, and which renewal failed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from email.message import EmailMessage

import pytest

from storage.unit import Database
from studio.mail.outbox import post_mail
from studio.payments.providers import Payments
from studio.payments.refunds import refund
from studio.webhooks.alarms import Alarm
from studio.webhooks.outbox import follow_events
from tests.studio.conftest import Tenant, add_person
from tests.studio.mail.mail_server import MailServer
from tests.studio.mail.test_mail import mail
from tests.studio.payments.conftest import payments, shop, stripe_server
from tests.studio.payments.stripe_server import StripeServer
from tests.studio.payments.test_stripe import order, session_of, tell

__all__ = ["mail", "payments", "shop", "stripe_server"]  # fixtures


@pytest.fixture
async def followed(shop: Tenant, database: Database) -> AsyncIterator[Tenant]:
    """The shop, whose events are followed, with two people who look after it and one who does not."""
    await add_person(database, shop.org_id, "owner", "ada@example.com")
    await add_person(database, shop.org_id, "admin", "grace@example.com")
    await add_person(database, shop.org_id, "editor", "edith@example.com")
    following = asyncio.create_task(follow_events(database, Alarm(post_mail, "https://films.example")))
    yield shop
    following.cancel()
    await asyncio.wait([following])


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


async def test_an_order_brings_a_receipt_once_and_a_refund_another_in_both_languages(
    followed: Tenant, mail: MailServer, database: Database, stripe_server: StripeServer, payments: Payments
) -> None:
    made = await order(followed)
    session = stripe_server.pay(session_of(stripe_server, made["id"]), tax=190)
    for _ in range(3):
        await tell(followed, stripe_server, "checkout.session.completed", session)
    receipts = await mail.until(2)
    assert sorted(one["To"] for one in receipts) == ["ada@example.com", "grace@example.com"]
    assert receipts[0]["Subject"] == "Receipt: 100 credits for A · 收据：为“A”购买 100 点"  # noqa: RUF001
    assert "11.90 USD were paid for 100 credits" in _text(receipts[0])
    assert "已支付 11.90 USD，购买 100 点" in _text(receipts[0])  # noqa: RUF001
    assert "https://invoice.stripe.com/i/1" in _text(receipts[0])
    await refund(
        database, payments.providers, org_id=followed.org_id, order_id=made["id"], amount=250, reason="she asked"
    )
    refunds = (await mail.until(4))[2:]
    assert {one["Subject"] for one in refunds} == {"Refund of 2.50 USD to A · 向“A”退款 2.50 USD"}
    assert "25 credits of it are gone with the money" in _text(refunds[0])
    assert "https://films.example/account/credits" in _text(refunds[0])


async def test_a_renewal_that_fails_is_told_once(
    followed: Tenant, mail: MailServer, stripe_server: StripeServer
) -> None:
    page = await followed.http.post("/v1/payments/subscription", json={"plan": "studio"})
    assert page.status_code == 201, page.text
    (session,) = (each for each in stripe_server.things.values() if each["object"] == "checkout.session")
    found = stripe_server.subscribe(session["id"])
    found["status"] = "past_due"
    for _ in range(3):
        await tell(followed, stripe_server, "customer.subscription.updated", found)
    made = await order(followed)  # what is mailed after it tells that nothing else was
    await tell(
        followed, stripe_server, "checkout.session.completed", stripe_server.pay(session_of(stripe_server, made["id"]))
    )
    subjects = [one["Subject"].partition(" · ")[0] for one in await mail.until(4)]
    assert sorted(subjects) == [
        *["Receipt: 100 credits for A"] * 2,
        *["The plan studio of A could not be renewed"] * 2,
    ]


async def test_without_mail_the_order_tells_where_its_receipt_is(shop: Tenant, stripe_server: StripeServer) -> None:
    made = await order(shop)
    session = stripe_server.pay(session_of(stripe_server, made["id"]))
    await tell(shop, stripe_server, "checkout.session.completed", session)
    (listed,) = (await shop.http.get("/v1/payments/orders")).json()["data"]
    assert (listed["state"], listed["receipt_url"]) == ("paid", "https://invoice.stripe.com/i/1")
