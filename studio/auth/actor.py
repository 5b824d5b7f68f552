"""Who acts, for the audit log: set when a request's caller is known, read where an entry is written."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass

from fastapi import Request

ADDRESS_LENGTH = 45


@dataclass(frozen=True)
class Actor:
    """A person, an API key or this machine; `name` as people know it."""

    id: str | None
    name: str
    address: str | None = None


MACHINE = Actor(None, "this machine")
_acting: ContextVar[Actor] = ContextVar("acting", default=MACHINE)


def act_as(actor: Actor) -> None:
    """What follows in this request is done by `actor`."""
    _acting.set(actor)


def who_acts() -> Actor:
    """Whose request this is; the machine itself outside of requests."""
    return _acting.get()


def address_of(request: Request) -> str | None:
    """Where a request comes from, as far as we and trusted proxies know."""
    return request.client.host[:ADDRESS_LENGTH] if request.client is not None else None
