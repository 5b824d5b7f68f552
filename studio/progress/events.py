"""The words in which takes and boards tell what happens to them, and the payload of each."""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.events import append_event
from storage.tables import Cut

TakeEvent = Literal[
    "take.queued",
    "take.started",
    "take.stage",
    "take.step",
    "take.preview",
    "take.note",
    "take.retrying",
    "take.preempted",
    "take.succeeded",
    "take.failed",
    "take.cancelled",
    "take.consent_blocked",
    "take.quarantined",
]
CharacterEvent = Literal["character.enrolled", "character.erased", "consent.revoked"]
CreditsEvent = Literal[
    "credits.granted",
    "credits.refunded",
    "credits.low",
    "credits.expired",
    "credits.renewal_failed",
    "credits.top_up_failed",
    "budget.threshold",
    "order.paid",
    "order.refunded",
]
LAST_EVENTS: frozenset[str] = frozenset(
    {"take.succeeded", "take.failed", "take.cancelled", "take.consent_blocked", "take.quarantined"}
)


async def publish_event(session: AsyncSession, *, org_id: str, take_id: str, event: TakeEvent, **payload: Any) -> int:  # noqa: ANN401 (JSON)
    """Append one event of a take; returns its sequence."""
    return await append_event(session, org_id=org_id, take_id=take_id, type_=event, payload=payload)


async def publish_credits_event(session: AsyncSession, *, org_id: str, event: CreditsEvent, **payload: Any) -> int:  # noqa: ANN401 (JSON)
    """Append what became of the organisation's credits, or of a cap on spending; returns the sequence."""
    return await append_event(session, org_id=org_id, type_=event, payload=payload)


async def publish_character_event(
    session: AsyncSession,
    *,
    org_id: str,
    character_id: str,
    event: CharacterEvent,
    **payload: Any,  # noqa: ANN401 (JSON)
) -> int:
    """Append what became of a character; returns the sequence. Whoever the character is like is not named."""
    return await append_event(session, org_id=org_id, type_=event, payload={"character_id": character_id, **payload})


async def publish_board_event(session: AsyncSession, *, org_id: str, project_id: str, revision: int) -> int:
    """Append that a film's board has changed; returns the sequence."""
    payload = {"project_id": project_id, "revision": revision}
    return await append_event(session, org_id=org_id, type_="board.changed", payload=payload)


async def publish_queue_event(session: AsyncSession, *, org_id: str, **payload: Any) -> int:  # noqa: ANN401 (JSON)
    """Append that somebody changed the organisation's queue, so places and ETAs change; returns the sequence."""
    return await append_event(session, org_id=org_id, type_="queue.changed", payload=payload)


async def tell_cut(session: AsyncSession, cut: Cut) -> int:
    """Append that a cut has moved on; returns the sequence. It locks the organisation's row, as `tell` does."""
    payload = {"cut_id": cut.id, "project_id": cut.project_id, "state": cut.state, "progress": round(cut.progress, 3)}
    return await append_event(session, org_id=cut.org_id, type_="cut.changed", payload=payload)
