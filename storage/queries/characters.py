"""Characters, references, consents and certificates of deletion."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import ColumnElement

from storage.tables import Asset, Character, CharacterReference, Consent, Deletion, Look, TakeCharacter, database_now
from storage.tables.characters import ConsentKind, Likeness, mention_of


@dataclass(frozen=True)
class KeptReference:
    """A reference and the photo that it stands for."""

    reference: CharacterReference
    asset: Asset


async def insert_character(
    session: AsyncSession, character: Character, references: Sequence[CharacterReference]
) -> None:
    """Store a character with its references; both carry the same org_id."""
    session.add(character)
    await session.flush()
    session.add_all(references)
    await session.flush()


async def rename_character(session: AsyncSession, *, org_id: str, character_id: str, name: str) -> bool:
    """False when there is no such character."""
    renamed = await session.execute(
        update(Character)
        .where(Character.org_id == org_id, Character.id == character_id)
        .values(name=name, mention=mention_of(name))
        .returning(Character.id)
        .execution_options(synchronize_session=False)
    )
    return renamed.first() is not None


async def set_voice(
    session: AsyncSession, *, org_id: str, character_id: str, voice: str | None, own_recordings: bool
) -> bool:
    """False when there is no such character."""
    changed = await session.execute(
        update(Character)
        .where(Character.org_id == org_id, Character.id == character_id)
        .values(voice=voice, own_recordings=own_recordings)
        .returning(Character.id)
        .execution_options(synchronize_session=False)
    )
    return changed.first() is not None


async def replace_references(
    session: AsyncSession,
    *,
    org_id: str,
    character_id: str,
    references: Sequence[CharacterReference],
    template: bytes,
    template_pack: str,
    template_strength: float,
) -> None:
    """These photos and the template made of them, in place of those before."""
    await session.execute(
        delete(CharacterReference).where(
            CharacterReference.org_id == org_id, CharacterReference.character_id == character_id
        )
    )
    session.add_all(references)
    await session.execute(
        update(Character)
        .where(Character.org_id == org_id, Character.id == character_id)
        .values(template=template, template_pack=template_pack, template_strength=template_strength)
        .execution_options(synchronize_session=False)
    )
    await session.flush()


async def get_character(session: AsyncSession, *, org_id: str, character_id: str) -> Character | None:
    return await session.scalar(select(Character).where(Character.org_id == org_id, Character.id == character_id))


async def get_characters(session: AsyncSession, *, org_id: str, character_ids: Collection[str]) -> dict[str, Character]:
    found = await session.scalars(select(Character).where(Character.org_id == org_id, Character.id.in_(character_ids)))
    return {character.id: character for character in found}


async def list_characters(session: AsyncSession, *, org_id: str, after: str | None, limit: int) -> list[Character]:
    """Newest first, without hidden ones."""
    query = (
        select(Character)
        .where(Character.org_id == org_id, Character.hidden.is_(False))
        .order_by(Character.id.desc())
        .limit(limit)
    )
    if after is not None:
        query = query.where(Character.id < after)
    return list(await session.scalars(query))


async def find_characters_mentioned(
    session: AsyncSession, *, org_id: str, mentions: Collection[str]
) -> dict[str, list[str]]:
    """Ids of listed characters by `mention_of` their name, the oldest first."""
    rows = await session.execute(
        select(Character.mention, Character.id)
        .where(Character.org_id == org_id, Character.hidden.is_(False), Character.mention.in_(mentions))
        .order_by(Character.id)
    )
    found: dict[str, list[str]] = {}
    for mention, character_id in rows:
        found.setdefault(mention, []).append(character_id)
    return found


async def list_references(
    session: AsyncSession, *, org_id: str, character_ids: Collection[str]
) -> dict[str, list[KeptReference]]:
    """References with their photos, in order, by character."""
    rows = await session.execute(
        select(CharacterReference, Asset)
        .join(Asset, (Asset.org_id == CharacterReference.org_id) & (Asset.id == CharacterReference.asset_id))
        .where(CharacterReference.org_id == org_id, CharacterReference.character_id.in_(character_ids))
        .order_by(CharacterReference.character_id, CharacterReference.ordinal)
    )
    kept: dict[str, list[KeptReference]] = {character_id: [] for character_id in character_ids}
    for reference, asset in rows:
        kept[reference.character_id].append(KeptReference(reference, asset))
    return kept


async def delete_character_rows(session: AsyncSession, *, org_id: str, character_id: str) -> dict[str, int]:
    """Erase the character, its references, looks, consents and template; says how many rows of each went."""
    erased = {}
    for table, column in (
        (CharacterReference, CharacterReference.character_id),
        (Look, Look.character_id),
        (Consent, Consent.character_id),
        (Character, Character.id),
    ):
        gone = await session.execute(
            delete(table)
            .where(table.org_id == org_id, column == character_id)
            .returning(column)
            .execution_options(synchronize_session=False)
        )
        erased[table.__tablename__] = len(gone.all())
    return erased


async def insert_consent(
    session: AsyncSession,
    *,
    org_id: str,
    consent_id: str,
    character_id: str,
    kind: ConsentKind,
    granted_by: str,
    scope: str,
    evidence_text: str | None,
    evidence_url: str | None,
    evidence_asset_id: str | None,
    expires_at: datetime | None,
    likeness: Likeness = "face",
) -> Consent:
    consent = Consent(
        id=consent_id,
        org_id=org_id,
        character_id=character_id,
        likeness=likeness,
        kind=kind,
        granted_by=granted_by,
        scope=scope,
        evidence_text=evidence_text,
        evidence_url=evidence_url,
        evidence_asset_id=evidence_asset_id,
        expires_at=expires_at,
    )
    session.add(consent)
    await session.flush()
    return consent


def active_consent() -> ColumnElement[bool]:
    """Whether a consent holds now, whichever likeness it is for."""
    return Consent.revoked_at.is_(None) & or_(Consent.expires_at.is_(None), Consent.expires_at > database_now())


async def list_latest_consents(
    session: AsyncSession, *, org_id: str, character_ids: Collection[str]
) -> dict[tuple[str, str], tuple[Consent, bool]]:
    """By character and likeness: the newest consent, and whether it is active now."""
    rows = await session.execute(
        select(Consent, active_consent())
        .where(Consent.org_id == org_id, Consent.character_id.in_(character_ids))
        .order_by(Consent.id)
    )
    return {(consent.character_id, consent.likeness): (consent, bool(active)) for consent, active in rows}


async def find_without_consent(
    session: AsyncSession, *, org_id: str, character_ids: Collection[str], likeness: Likeness = "face"
) -> set[str]:
    """Those of `character_ids` that have no active consent now (unknown characters among them)."""
    allowed = await session.scalars(
        select(Consent.character_id).where(
            Consent.org_id == org_id,
            Consent.character_id.in_(character_ids),
            Consent.likeness == likeness,
            active_consent(),
        )
    )
    return set(character_ids) - set(allowed)


async def find_forbidden(session: AsyncSession, *, org_id: str, take_ids: Collection[str]) -> set[str]:
    """Those who are seen in these takes without an active consent for their face, or heard without one for their
    recorded voice."""
    return set(await session.scalars(_FORBIDDEN, {"org_id": org_id, "take_ids": list(take_ids)}))


def _allowed(likeness: Likeness) -> ColumnElement[bool]:
    return exists().where(
        Consent.org_id == TakeCharacter.org_id,
        Consent.character_id == TakeCharacter.character_id,
        Consent.likeness == likeness,
        active_consent(),
    )


_FORBIDDEN = select(TakeCharacter.character_id).where(
    TakeCharacter.org_id == bindparam("org_id"),
    TakeCharacter.take_id.in_(bindparam("take_ids", expanding=True)),
    or_(TakeCharacter.seen & ~_allowed("face"), TakeCharacter.heard & ~_allowed("voice")),
)


async def find_pictured(
    session: AsyncSession, *, org_id: str, asset_ids: Collection[str], except_ids: Collection[str]
) -> list[str]:
    """Names of the characters, but for `except_ids`, that have one of these pictures as a reference or in a look."""
    if not asset_ids:
        return []
    referenced = select(CharacterReference.character_id).where(
        CharacterReference.org_id == org_id, CharacterReference.asset_id.in_(asset_ids)
    )
    worn = select(Look.character_id).where(Look.org_id == org_id, Look.picture_asset_id.in_(asset_ids))
    query = select(Character.name).where(
        Character.org_id == org_id, Character.id.in_(referenced.union(worn)), Character.id.not_in(except_ids)
    )
    return list(await session.scalars(query.order_by(Character.name)))


async def revoke_consent(
    session: AsyncSession, *, org_id: str, character_id: str, likeness: Likeness = "face"
) -> Consent | None:
    """End the character's unrevoked consent for this likeness; None when there is none."""
    return await session.scalar(
        update(Consent)
        .where(
            Consent.org_id == org_id,
            Consent.character_id == character_id,
            Consent.likeness == likeness,
            Consent.revoked_at.is_(None),
        )
        .values(revoked_at=database_now())
        .returning(Consent)
        .execution_options(synchronize_session=False, populate_existing=True)
    )


async def list_evidence_assets(session: AsyncSession, *, org_id: str, character_id: str) -> set[str]:
    """Uploads that were given as evidence for any consent of the character."""
    found = await session.scalars(
        select(Consent.evidence_asset_id).where(Consent.org_id == org_id, Consent.character_id == character_id)
    )
    return {asset_id for asset_id in found if asset_id is not None}


async def insert_deletion(
    session: AsyncSession,
    *,
    org_id: str,
    deletion_id: str,
    character_id: str,
    erased: dict[str, Any],
    erased_sha256: str,
) -> Deletion:
    deletion = Deletion(
        id=deletion_id, org_id=org_id, character_id=character_id, erased=erased, erased_sha256=erased_sha256
    )
    session.add(deletion)
    await session.flush()
    return deletion


async def get_deletion(session: AsyncSession, *, org_id: str, character_id: str) -> Deletion | None:
    return await session.scalar(
        select(Deletion).where(Deletion.org_id == org_id, Deletion.character_id == character_id)
    )
