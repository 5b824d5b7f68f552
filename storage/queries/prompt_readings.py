"""Questions to nodes about prompts, and their answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.timestamps import instant_after
from storage.tables import PromptReading

Notes = dict[str, Any]


async def get_question(session: AsyncSession, *, org_id: str, digest: str) -> dict[str, Any] | None:
    """What was asked; None where it was forgotten, or has its answer."""
    query = select(PromptReading.question).where(
        PromptReading.org_id == org_id, PromptReading.digest == digest, PromptReading.notes.is_(None)
    )
    return (await session.execute(query)).scalar_one_or_none()


async def find_notes(session: AsyncSession, *, org_id: str, digest: str) -> tuple[bool, Notes | None]:
    """Whether it was asked, and the answer, if there is one."""
    query = select(PromptReading.notes).where(PromptReading.org_id == org_id, PromptReading.digest == digest)
    row = (await session.execute(query)).one_or_none()
    return row is not None, None if row is None else row.notes


async def insert_question(session: AsyncSession, *, org_id: str, digest: str, question: dict[str, Any]) -> bool:
    """False where it was asked already. The unit holds the organisation."""
    if (await find_notes(session, org_id=org_id, digest=digest))[0]:
        return False
    session.add(PromptReading(org_id=org_id, digest=digest, question=question))
    await session.flush()
    return True


async def keep_notes(session: AsyncSession, *, org_id: str, digest: str, notes: Notes) -> None:
    """The answer."""
    await session.execute(
        update(PromptReading)
        .where(PromptReading.org_id == org_id, PromptReading.digest == digest)
        .values(notes=notes)
        .execution_options(synchronize_session=False)
    )


async def forget_readings(session: AsyncSession, *, org_id: str, older_than: timedelta) -> None:
    """Questions that were asked so long ago, and their answers."""
    before = await instant_after(session, -older_than)
    await session.execute(
        delete(PromptReading)
        .where(PromptReading.org_id == org_id, PromptReading.asked_at < before)
        .execution_options(synchronize_session=False)
    )
