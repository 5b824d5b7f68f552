"""How often a way in may be tried: counted in the database before anything slow is done, so it holds over processes."""

from __future__ import annotations

import hashlib
import ipaddress
import math
from datetime import timedelta

from storage.queries.sessions import count_try, delete_expired
from storage.queries.timestamps import read_clock
from storage.retry import retried
from storage.unit import Database
from studio.http.errors import StudioError

WINDOW = timedelta(minutes=15)
MOST_BY_ADDRESS = 50
MOST_BY_ACCOUNT = 10


class TooManyTries(StudioError):
    """This was tried too often."""

    status = 429
    code = "too_many_tries"
    waiting_helps = True


def account_key(email: str) -> str:
    """The counter of an account, whether it exists or not."""
    return "account:" + hashlib.sha256(email.encode()).hexdigest()


def address_key(address: str | None) -> str:
    """The counter of an address; of IPv6 the network of 64 bits that a household has."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return "address:unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        return f"address:{ipaddress.IPv6Network((parsed, 64), strict=False)}"
    return f"address:{parsed}"


@retried
async def count_tries(database: Database, *, address: str | None, email: str | None = None) -> None:
    """Count one try by address, and by account where there is one. Raises TooManyTries."""
    counters = {address_key(address): MOST_BY_ADDRESS}
    if email is not None:
        counters[account_key(email)] = MOST_BY_ACCOUNT
    async with database.write() as session:
        now = await read_clock(session)
        counted = [(await count_try(session, key=key, window=WINDOW), most) for key, most in sorted(counters.items())]
    waits = [until - now for (tries, until), most in counted if tries > most]
    if waits:
        seconds = math.ceil(max(waits).total_seconds())
        raise TooManyTries(f"try again in {math.ceil(seconds / 60)} minutes", headers={"Retry-After": str(seconds)})


async def sweep_sessions(database: Database) -> None:
    """Forget what has expired: sessions, links, sign-ins under way, counts of tries."""
    async with database.write() as session:
        await delete_expired(session, tries_older_than=WINDOW)
