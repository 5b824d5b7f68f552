"""Videos of the OpenAI dialect: each is a row beside its take."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.tables import Attempt, Character, Take, TakeCharacter, Video


async def insert_video(
    session: AsyncSession, *, org_id: str, video_id: str, take_id: str, prompt: str, remixed_from_id: str | None
) -> Video:
    video = Video(id=video_id, org_id=org_id, take_id=take_id, prompt=prompt, remixed_from_id=remixed_from_id)
    session.add(video)
    await session.flush()
    return video


async def get_video(session: AsyncSession, *, org_id: str, video_id: str) -> tuple[Video, Take] | None:
    """The video and its take."""
    rows = await session.execute(
        select(Video, Take)
        .join(Take, (Take.org_id == Video.org_id) & (Take.id == Video.take_id))
        .where(Video.org_id == org_id, Video.id == video_id)
        .execution_options(populate_existing=True)
    )
    found = rows.first()
    return None if found is None else (found[0], found[1])


async def list_videos(
    session: AsyncSession, *, org_id: str, after: str | None, limit: int, order: Literal["asc", "desc"]
) -> list[tuple[Video, Take]]:
    """By time; `after` is the id of the last one of the page before."""
    query = (
        select(Video, Take)
        .join(Take, (Take.org_id == Video.org_id) & (Take.id == Video.take_id))
        .where(Video.org_id == org_id)
        .order_by(Video.id.desc() if order == "desc" else Video.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(Video.id < after if order == "desc" else Video.id > after)
    return [(video, take) for video, take in await session.execute(query)]


async def delete_video_row(session: AsyncSession, *, org_id: str, video_id: str) -> None:
    await session.execute(
        delete(Video).where(Video.org_id == org_id, Video.id == video_id).execution_options(synchronize_session=False)
    )


async def delete_take_rows(session: AsyncSession, *, org_id: str, take_id: str) -> None:
    """Remove an ended take with its attempts; who was in it goes with it."""
    for table, column in ((Attempt, Attempt.take_id), (TakeCharacter, TakeCharacter.take_id), (Take, Take.id)):
        await session.execute(
            delete(table).where(table.org_id == org_id, column == take_id).execution_options(synchronize_session=False)
        )


async def find_one_off_characters(session: AsyncSession, *, org_id: str, video_id: str, take_id: str) -> list[str]:
    """Hidden characters of this take that no other video shows: they go with it."""
    others = (
        select(TakeCharacter.character_id)
        .join(Video, (Video.org_id == TakeCharacter.org_id) & (Video.take_id == TakeCharacter.take_id))
        .where(TakeCharacter.org_id == org_id, Video.org_id == org_id, Video.id != video_id)
    )
    found = await session.scalars(
        select(Character.id)
        .join(
            TakeCharacter,
            (TakeCharacter.org_id == Character.org_id) & (TakeCharacter.character_id == Character.id),
        )
        .where(
            Character.org_id == org_id,
            Character.hidden.is_(True),
            TakeCharacter.org_id == org_id,
            TakeCharacter.take_id == take_id,
            Character.id.not_in(others),
        )
    )
    return list(found)


async def find_characters_named(session: AsyncSession, *, org_id: str, names: Collection[str]) -> dict[str, list[str]]:
    """Ids of listed characters by name in lower case, with spaces as underscores; `names` are given so."""
    plain = func.replace(func.lower(Character.name), " ", "_")
    rows = await session.execute(
        select(plain, Character.id)
        .where(Character.org_id == org_id, Character.hidden.is_(False), plain.in_(names))
        .order_by(Character.id)
    )
    found: dict[str, list[str]] = {}
    for name, character_id in rows:
        found.setdefault(name, []).append(character_id)
    return found
