"""How takes end, whoever ends them: their state and what they cost, in one unit.

A take is moved to a last state here alone (a test says so), so that none leaves its hold behind.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.takes import block_takes_of_character, move_take
from storage.tables import Take
from storage.tables.characters import Likeness
from storage.tables.takes import TakeState
from studio.billing.spending import settle_take


async def end_take(
    session: AsyncSession,
    *,
    org_id: str,
    take_id: str,
    to: TakeState,
    attempt: int | None = None,
    **values: Any,  # noqa: ANN401 (columns of Take, set in the same update)
) -> Take | None:
    """`move_take` to a last state, and its hold with it. None when it is elsewhere by now."""
    take = await move_take(session, org_id=org_id, take_id=take_id, to=to, attempt=attempt, stage=None, **values)
    if take is not None:
        await settle_take(session, take)
    return take


async def block_takes_of(session: AsyncSession, *, org_id: str, character_id: str, likeness: Likeness) -> list[Take]:
    """Every unfinished take of a character whose consent ended becomes CONSENT_BLOCKED; returns them."""
    blocked = await block_takes_of_character(session, org_id=org_id, character_id=character_id, likeness=likeness)
    for take in blocked:
        await settle_take(session, take)
    return blocked
