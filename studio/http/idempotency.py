"""A request that is repeated gets the first reply, and its work is done once.

Two ways to say that a request may be a repetition:

- `Idempotency-Key`: the same key with the same body gets the same reply; with another body, a refusal.
- the stock OpenAI client's own retries, which send no key and count themselves in `x-stainless-retry-count`: a retry
  with the same credentials and body gets the reply to the sending before it.

Where one unit does the work, it claims, works and keeps the reply, so there is never work without its reply. Where the
network comes between, the claim is committed first (`Claimed`), and whoever repeats meanwhile is told to wait.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.idempotency import claim_afresh, claim_key, delete_claim, keep_reply
from storage.unit import Database
from studio.http.errors import StudioError

RETRIED_WITHIN = timedelta(minutes=15)  # the stock client waits ten minutes for a reply before it tries again
ABANDONED_AFTER = timedelta(minutes=2)  # a claim without a reply: whoever held it is gone


class KeyReused(StudioError):
    """This Idempotency-Key was used for another request."""

    status = 422
    code = "idempotency_key_reused"


class StillRunning(StudioError):
    """The first of these requests is still running."""

    status = 409
    code = "idempotency_in_progress"
    waiting_helps = True


@dataclass(frozen=True)
class Repetition:
    """How a request says that it may be a repetition; `sender` stands for its credentials."""

    key: str | None
    retries: int | None
    sender: str

    def name_for(self, digest: str) -> str | None:
        """Under which its reply is kept; None when it says nothing."""
        if self.key is not None:
            return self.key
        if self.retries is None:
            return None
        return "unkeyed " + hashlib.sha256(f"{self.sender}\n{digest}".encode()).hexdigest()

    @property
    def is_first(self) -> bool:
        """Whether it is surely none: its client counts retries, and this is not one."""
        return self.key is None and self.retries == 0


@dataclass(frozen=True)
class KeptReply:
    """What the first request was answered."""

    status: int
    body: dict[str, Any]

    def replay(self, headers: Mapping[str, str] = MappingProxyType({})) -> JSONResponse:
        """The same reply once more, marked as such."""
        return JSONResponse(self.body, self.status, headers={"Idempotent-Replayed": "true", **headers})


async def _repetition(
    request: Request,
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            min_length=1,
            max_length=200,
            description="Repeat a request safely: the same key and body are answered with the first reply.",
        ),
    ] = None,
    retries: Annotated[
        int | None,
        Header(
            alias="x-stainless-retry-count",
            ge=0,
            le=1000,
            include_in_schema=False,  # the stock OpenAI client counts by itself, and nobody else does
        ),
    ] = None,
) -> Repetition:
    return Repetition(key, retries, request.headers.get("authorization", ""))


IdempotencyKey = Annotated[Repetition, Depends(_repetition)]


def request_digest(operation: str, body: BaseModel) -> str:
    """SHA-256 of what is asked: the operation and its body with every default filled in."""
    return hashlib.sha256(f"{operation}\n{body.model_dump_json()}".encode()).hexdigest()


async def find_reply(session: AsyncSession, *, org_id: str, key: Repetition, digest: str) -> KeptReply | None:
    """The reply to repeat, or None: then do the work, and keep its reply in the same unit.

    Raises KeyReused and StillRunning.
    """
    name = key.name_for(digest)
    if name is None:
        return None
    if key.is_first:
        await claim_afresh(session, org_id=org_id, key=name, request_sha256=digest)
        return None
    first = await claim_key(
        session,
        org_id=org_id,
        key=name,
        request_sha256=digest,
        abandoned_after=ABANDONED_AFTER,
        forgotten_after=None if key.key is not None else RETRIED_WITHIN,
    )
    if first is None:
        return None
    if first.request_sha256 != digest:
        raise KeyReused("use a new Idempotency-Key for a new request")
    if first.status is None or first.body is None:
        raise _still_running()
    return KeptReply(first.status, first.body)


async def keep(
    session: AsyncSession, *, org_id: str, key: Repetition, digest: str, status: int, body: BaseModel
) -> None:
    """Keep the reply to the request that claimed `key`; where it said nothing, nothing.

    Raises StillRunning when the claim was taken over and answered meanwhile: the caller's unit must not stay.
    """
    name = key.name_for(digest)
    if name is None:
        return
    kept = await keep_reply(session, org_id=org_id, key=name, status=status, body=body.model_dump(mode="json"))
    if not kept and not key.is_first:
        raise _still_running()


@asynccontextmanager
async def claimed(database: Database, *, org_id: str, key: Repetition, digest: str) -> AsyncIterator[KeptReply | None]:
    """Claim in a unit of its own, for work that the network comes between; what fails gives the claim back.

    Yields the reply to repeat, or None: then work, and `keep` in the unit that makes it true. Raises KeyReused and
    StillRunning.
    """
    name = key.name_for(digest)
    if name is None:
        yield None
        return
    async with database.write(org_id=org_id) as session:
        before = await find_reply(session, org_id=org_id, key=key, digest=digest)
    try:
        yield before
    except BaseException:
        if before is None:
            async with database.write(org_id=org_id) as session:
                await delete_claim(session, org_id=org_id, key=name)
        raise


def _still_running() -> StillRunning:
    return StillRunning("try again in a moment", headers={"Retry-After": "2"})
