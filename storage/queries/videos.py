"""Videos of the OpenAI dialect: each is a row beside its take."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.timestamps import instant_after
from storage.tables import Attempt, Character, DeletedVideo, Take, TakeCharacter, Video


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


async def is_cursor(session: AsyncSession, *, org_id: str, video_id: str) -> bool:
    """Whether a page may go on after this video: it is there, or was deleted lately."""
    for table in (Video, DeletedVideo):
        if await session.scalar(select(table.id).where(table.org_id == org_id, table.id == video_id)) is not None:
            return True
    return False


async def delete_video_row(session: AsyncSession, *, org_id: str, video_id: str) -> None:
    """Delete it; its id still marks its place in a list that somebody walks through."""
    await session.execute(
        delete(Video).where(Video.org_id == org_id, Video.id == video_id).execution_options(synchronize_session=False)
    )
    session.add(DeletedVideo(id=video_id, org_id=org_id))
    await session.flush()


async def forget_deleted_videos(session: AsyncSession, *, org_id: str, older_than: timedelta) -> None:
    """Drop places that nobody goes on from any more."""
    horizon = await instant_after(session, -older_than)
    await session.execute(
        delete(DeletedVideo)
        .where(DeletedVideo.org_id == org_id, DeletedVideo.created_at < horizon)
        .execution_options(synchronize_session=False)
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


async def find_video_ids(session: AsyncSession, *, org_id: str, take_ids: Collection[str]) -> dict[str, str]:
    """Of those takes that are videos: the video's id by the take's."""
    if not take_ids:
        return {}
    query = select(Video.take_id, Video.id).where(Video.org_id == org_id, Video.take_id.in_(take_ids))
    return {row.take_id: row.id for row in await session.execute(query)}
