"""A studio that takes payments, and the providers that answer it on this machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from storage.unit import Database
from studio.billing.prices import CREDIT, set_price
from studio.payment_settings import PaymentSettings
from studio.payments.providers import Payments, open_payments
from tests.studio.conftest import Tenant
from tests.studio.payments.local_server import serving
from tests.studio.payments.stripe_server import KEY, SIGNING_SECRET, StripeServer

PLANS = {"studio": {"price": "price_studio", "credits": 2000}}
CREDITS = 1_000_000


@pytest.fixture
def stripe_server() -> StripeServer:
    return StripeServer()


@pytest.fixture
def payments(stripe_server: StripeServer) -> Iterator[Payments]:
    """Stripe alone."""
    with serving(stripe_server.answer) as url:
        yield open_payments(
            PaymentSettings(
                stripe_secret_key=KEY,
                stripe_webhook_secret=SIGNING_SECRET,
                stripe_plans=PLANS,
                stripe_api_url=url,
            )
        )


@pytest.fixture
async def shop(app: FastAPI, tenant: Tenant, database: Database, payments: Payments) -> Tenant:
    """An organisation's client, in a studio where credits are sold: ten cents each, or seventy fen."""
    app.state.payments = payments
    async with database.write() as session:
        await set_price(session, item=CREDIT, amount=100_000, currency="usd")
        await set_price(session, item=CREDIT, amount=700_000, currency="cny")
    return tenant
