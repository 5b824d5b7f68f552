"""What a take needs of the characters that are cast in it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import bindparam, exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import ColumnElement

from storage.queries.characters import active_consent
from storage.tables import Asset, Character, CharacterReference, Consent
from storage.tables.characters import Likeness


class CastPhoto(NamedTuple):
    """A reference photo, the face that was chosen in it, and what was measured of that."""

    asset_id: str
    sha256: str
    face: dict[str, Any] | None
    quality: dict[str, Any]


@dataclass(frozen=True)
class CastMember:
    """A character: its name, its photos in order, and whether there is a consent that holds now for its face, and for
    its recorded voice. `voice`: the one that it was given; own_recordings: nothing but recordings says its lines."""

    name: str
    consented: bool
    voice: str | None
    own_recordings: bool
    voice_consented: bool
    photos: tuple[CastPhoto, ...]


async def list_cast(session: AsyncSession, *, org_id: str, character_ids: Collection[str]) -> dict[str, CastMember]:
    """Those of the characters that are there, by id: one statement."""
    rows = await session.execute(_CAST, {"org_id": org_id, "character_ids": list(character_ids)})
    found: dict[str, CastMember] = {}
    for character_id, name, consented, voice, own_recordings, voice_consented, *photo in rows:
        before = found[character_id].photos if character_id in found else ()
        photos = (*before, CastPhoto(*photo)) if photo[0] is not None else before
        found[character_id] = CastMember(name, bool(consented), voice, own_recordings, bool(voice_consented), photos)
    return found


def _consented(likeness: Likeness) -> ColumnElement[bool]:
    of = (Consent.org_id == Character.org_id, Consent.character_id == Character.id, Consent.likeness == likeness)
    return exists().where(*of, active_consent())


_CAST = (
    select(
        Character.id,
        Character.name,
        _consented("face"),
        Character.voice,
        Character.own_recordings,
        _consented("voice"),
        CharacterReference.asset_id,
        Asset.sha256,
        CharacterReference.face,
        CharacterReference.quality,
    )
    .outerjoin(
        CharacterReference,
        (CharacterReference.org_id == Character.org_id) & (CharacterReference.character_id == Character.id),
    )
    .outerjoin(Asset, (Asset.org_id == CharacterReference.org_id) & (Asset.id == CharacterReference.asset_id))
    .where(Character.org_id == bindparam("org_id"), Character.id.in_(bindparam("character_ids", expanding=True)))
    .order_by(Character.id, CharacterReference.ordinal)
)
