"""Prices: what a second of a device costs with a model, and what other things cost; 0 until an operator says more.

A price is in micro-credits. It is never changed: a new row holds from its moment on; old quotes stay what they were.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.billing_prices import insert_price, list_current_prices
from storage.queries.timestamps import read_clock
from storage.tables import Price
from storage.tables.billing import OPERATIONS, Operation
from storage.unit import MEMORY
from studio.auth.actor import who_acts
from studio.billing.credits import MOST_MICRO_CREDITS
from studio.http.errors import InvalidRequest
from studio.http.ids import new_id

CREDITS, CREDIT = "credits", "credit"
KNOWN_FOR_S = 10.0
PIECE_MS = 1000  # what a piece counts as
_PRICES = "prices"  # in the memory of a database


@dataclass(frozen=True)
class _Known:
    """until: of `time.monotonic`."""

    prices: Mapping[str, int]
    until: float


@dataclass(frozen=True)
class Quote:
    """What something may cost at most, and why: micro-credits, from the price of a device's second or of a piece."""

    item: str
    price: int
    predicted_ms: int
    micro_credits: int


def cost_of(price: int, device_ms: int) -> int:
    """Of a price by the device-second, in whole micro-credits, rounded up."""
    return -(-price * device_ms // 1000)


async def price_of(session: AsyncSession, item: str) -> int:
    """Micro-credits: by the device-second for a model, by the piece for an operation. 0: it is free."""
    return (await list_known_prices(session)).get(item, 0)


async def list_known_prices(session: AsyncSession) -> Mapping[str, int]:
    """By item; what costs nothing may be missing. Looked up every ten seconds at most, whoever asks: a running server
    goes by a new price within them."""
    memory: dict[str, _Known] = session.info[MEMORY]
    known = memory.get(_PRICES)
    if known is None or time.monotonic() >= known.until:
        rows = await list_current_prices(session)
        prices = {row.item: row.amount for row in rows if row.currency == CREDITS}
        known = memory[_PRICES] = _Known(prices, time.monotonic() + KNOWN_FOR_S)
    return known.prices


async def quote_take(session: AsyncSession, *, model: str, expected_s: float) -> Quote:
    """What a take may cost: the seconds that its model's card predicts, at the model's price."""
    predicted_ms, price = round(1000 * expected_s), await price_of(session, model)
    return Quote(model, price, predicted_ms, cost_of(price, predicted_ms))


async def quote_piece(session: AsyncSession, item: Operation) -> Quote:
    """What is priced by the piece: a piece is priced like a second."""
    price = await price_of(session, item)
    return Quote(item, price, PIECE_MS, price)


async def set_price(
    session: AsyncSession, *, item: str, amount: int, currency: str = CREDITS, since: datetime | None = None
) -> Price:
    """A price that holds from `since` on (None: from now). Raises InvalidRequest."""
    if not 0 <= amount <= MOST_MICRO_CREDITS:
        raise InvalidRequest("a price is 0 or more, and no more than a billion", field="amount")
    if (item == CREDIT) == (currency == CREDITS):
        raise InvalidRequest("credits are sold for money, and everything else for credits", field="currency")
    now = await read_clock(session)
    if since is not None and since < now:
        raise InvalidRequest("a price holds from now on or from later, never from before", field="since")
    unit = "each" if item in (*OPERATIONS, CREDIT) else "device_second"
    row = Price(
        id=new_id("price"),
        item=item,
        unit=unit,
        currency=currency,
        amount=amount,
        since=since or now,
        set_by=who_acts().name,
    )
    session.info[MEMORY].pop(_PRICES, None)
    return await insert_price(session, row)
