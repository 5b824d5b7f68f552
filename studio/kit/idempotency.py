"""Idempotency-Key: the same key with the same body gets the same reply; with another body, a refusal.

The key is claimed, the work done and the reply kept in one unit, so there is never work without its reply.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Header
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.idempotency import claim_key, keep_reply
from studio.kit.errors import StudioError

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="Repeat a request safely: the same key and body are answered with the first reply.",
    ),
]


class KeyReused(StudioError):
    """This Idempotency-Key was used for another request."""

    status = 422
    code = "idempotency_key_reused"


class StillRunning(StudioError):
    """The first request with this Idempotency-Key is still running."""

    status = 409
    code = "idempotency_in_progress"


@dataclass(frozen=True)
class KeptReply:
    """What the first request was answered."""

    status: int
    body: dict[str, Any]


def request_digest(operation: str, body: BaseModel) -> str:
    """SHA-256 of what is asked: the operation and its body with every default filled in."""
    return hashlib.sha256(f"{operation}\n{body.model_dump_json()}".encode()).hexdigest()


async def find_reply(session: AsyncSession, *, org_id: str, key: str | None, digest: str) -> KeptReply | None:
    """The reply to repeat, or None: then do the work, and keep its reply in the same unit.

    Raises KeyReused and StillRunning.
    """
    if key is None:
        return None
    first = await claim_key(session, org_id=org_id, key=key, request_sha256=digest)
    if first is None:
        return None
    if first.request_sha256 != digest:
        raise KeyReused("use a new Idempotency-Key for a new request")
    if first.status is None or first.body is None:
        raise StillRunning("try again in a moment", headers={"Retry-After": "1"})
    return KeptReply(first.status, first.body)


async def keep(session: AsyncSession, *, org_id: str, key: str | None, status: int, body: BaseModel) -> None:
    """Keep the reply to the request that claimed `key`; without a key, nothing."""
    if key is not None:
        await keep_reply(session, org_id=org_id, key=key, status=status, body=body.model_dump(mode="json"))
