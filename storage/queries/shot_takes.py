"""Takes of shots, what they were made of, and the notes on them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.listed_takes import verdicts_of
from storage.tables import Asset, Character, CharacterReference, Person, Shot, ShotTake, Take, TakeNote


@dataclass(frozen=True)
class TakenShot:
    """What a board needs to know of one take of a shot. `identity` is as the engine told it, without its series."""

    shot_id: str
    take_id: str
    number: int
    state: str
    made_of: dict[str, Any]
    identity: list[dict[str, Any]] | None


@dataclass(frozen=True)
class KnownFace:
    """A character's name, the SHA-256 of its photos in order, and its voice: name, voice, whether recordings alone."""

    name: str
    photos: tuple[str, ...]
    voice: tuple[str, str | None, bool]


async def insert_shot_take(
    session: AsyncSession, *, org_id: str, shot_id: str, take_id: str, made_of: dict[str, Any]
) -> int:
    """Keep that the take is one of the shot's; returns its number."""
    newest = await session.scalar(
        select(func.max(ShotTake.number)).where(ShotTake.org_id == org_id, ShotTake.shot_id == shot_id)
    )
    number = (newest or 0) + 1
    session.add(ShotTake(take_id=take_id, org_id=org_id, shot_id=shot_id, number=number, made_of=made_of))
    await session.flush()
    return number


async def list_taken_shots(session: AsyncSession, *, org_id: str, shot_ids: Collection[str]) -> list[TakenShot]:
    """Every take of these shots, oldest first."""
    rows = await session.execute(
        select(ShotTake.shot_id, Take.id, ShotTake.number, Take.state, ShotTake.made_of, verdicts_of(Take.identity))
        .join(Take, (Take.org_id == ShotTake.org_id) & (Take.id == ShotTake.take_id))
        .where(ShotTake.org_id == org_id, ShotTake.shot_id.in_(shot_ids))
        .order_by(ShotTake.shot_id, ShotTake.number)
    )
    return [TakenShot(*row) for row in rows]


async def is_take_of_shot(session: AsyncSession, *, org_id: str, shot_id: str, take_id: str) -> bool:
    found = await session.scalar(
        select(ShotTake.take_id).where(
            ShotTake.org_id == org_id, ShotTake.shot_id == shot_id, ShotTake.take_id == take_id
        )
    )
    return found is not None


async def list_faces(session: AsyncSession, *, org_id: str, character_ids: Collection[str]) -> dict[str, KnownFace]:
    """Names, photos and voices of those characters that are there."""
    rows = await session.execute(
        select(Character.id, Character.name, Character.voice, Character.own_recordings, Asset.sha256)
        .outerjoin(
            CharacterReference,
            (CharacterReference.org_id == Character.org_id) & (CharacterReference.character_id == Character.id),
        )
        .outerjoin(Asset, (Asset.org_id == CharacterReference.org_id) & (Asset.id == CharacterReference.asset_id))
        .where(Character.org_id == org_id, Character.id.in_(character_ids))
        .order_by(Character.id, CharacterReference.ordinal)
    )
    voices: dict[str, tuple[str, str | None, bool]] = {}
    photos: dict[str, list[str]] = {}
    for character_id, name, voice, own_recordings, sha256 in rows:
        voices[character_id] = (name, voice, own_recordings)
        photos.setdefault(character_id, []).extend([sha256] if sha256 is not None else [])
    return {each: KnownFace(said[0], tuple(photos[each]), said) for each, said in voices.items()}


async def list_listed_names(session: AsyncSession, *, org_id: str) -> list[tuple[str, str]]:
    """Id and name of every listed character, oldest first."""
    rows = await session.execute(
        select(Character.id, Character.name)
        .where(Character.org_id == org_id, Character.hidden.is_(False))
        .order_by(Character.id)
    )
    return [(character_id, name) for character_id, name in rows]


async def find_character_of_photo(session: AsyncSession, *, org_id: str, declared_sha256: str) -> list[str]:
    """Listed characters one of whose photos came as this file, oldest first."""
    return list(
        await session.scalars(
            select(Character.id)
            .join(
                CharacterReference,
                (CharacterReference.org_id == Character.org_id) & (CharacterReference.character_id == Character.id),
            )
            .join(Asset, (Asset.org_id == CharacterReference.org_id) & (Asset.id == CharacterReference.asset_id))
            .where(Character.org_id == org_id, Character.hidden.is_(False), Asset.declared_sha256 == declared_sha256)
            .order_by(Character.id)
        )
    )


async def insert_note(
    session: AsyncSession, *, org_id: str, note_id: str, take_id: str, frame: int, text: str, person_id: str | None
) -> TakeNote:
    note = TakeNote(id=note_id, org_id=org_id, take_id=take_id, frame=frame, text=text, person_id=person_id)
    session.add(note)
    await session.flush()
    return note


async def list_notes(session: AsyncSession, *, org_id: str, take_id: str) -> list[tuple[TakeNote, str | None]]:
    """By frame, each with the name of the person who wrote it, also of one who has left the organisation since."""
    rows = await session.execute(
        select(TakeNote, Person.name)
        .outerjoin(Person, Person.id == TakeNote.person_id)
        .where(TakeNote.org_id == org_id, TakeNote.take_id == take_id)
        .order_by(TakeNote.frame, TakeNote.id)
    )
    return [(note, name) for note, name in rows]


async def delete_note(session: AsyncSession, *, org_id: str, take_id: str, note_id: str) -> bool:
    """False when there was none."""
    gone = await session.execute(
        delete(TakeNote)
        .where(TakeNote.org_id == org_id, TakeNote.take_id == take_id, TakeNote.id == note_id)
        .returning(TakeNote.id)
        .execution_options(synchronize_session=False)
    )
    return gone.first() is not None


async def circle_take(session: AsyncSession, *, shot: Shot, take_id: str | None) -> None:
    """Choose a take of the shot, or none."""
    shot.circled_take_id = take_id
    await session.flush()
