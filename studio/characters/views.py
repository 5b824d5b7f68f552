"""Characters and consents as views, from rows."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from inference.protocol import Box, FaceQuality
from storage.objects import Objects
from storage.queries.characters import KeptReference, get_character, list_latest_consents, list_references
from storage.tables import Character, Consent, Deletion
from studio.characters.coverage import advise, measure_coverage, measure_turning
from studio.characters.schemas import CharacterView, ConsentView, DeletionCertificate, Erased, ReferenceView, VoiceView
from studio.http.errors import NotFound


async def show_character(session: AsyncSession, objects: Objects, *, org_id: str, character_id: str) -> CharacterView:
    """One character. Raises NotFound."""
    character = await get_character(session, org_id=org_id, character_id=character_id)
    if character is None:
        raise NotFound(f"there is no character {character_id}")
    return (await show_characters(session, objects, org_id=org_id, characters=[character]))[0]


async def show_characters(
    session: AsyncSession, objects: Objects, *, org_id: str, characters: Sequence[Character]
) -> list[CharacterView]:
    """Several characters, with one query for all references and one for all consents."""
    ids = [character.id for character in characters]
    references = await list_references(session, org_id=org_id, character_ids=ids)
    consents = await list_latest_consents(session, org_id=org_id, character_ids=ids)
    return [
        CharacterView(
            id=character.id,
            name=character.name,
            hidden=character.hidden,
            strength=character.template_strength,
            face_pack=character.template_pack,
            references=[_reference(kept, objects) for kept in references[character.id]],
            coverage=measure_coverage(_faces_that_count(references[character.id])),
            turning=measure_turning(_faces_that_count(references[character.id])),
            advice=advise(_faces_that_count(references[character.id])),
            consent=_consent(consents.get((character.id, "face"))),
            voice=VoiceView(
                voice=character.voice,
                own_recordings=character.own_recordings,
                consent=_consent(consents.get((character.id, "voice"))),
            ),
            created_at=character.created_at,
        )
        for character in characters
    ]


def _consent(latest: tuple[Consent, bool] | None) -> ConsentView | None:
    return None if latest is None else show_consent(*latest)


def show_consent(consent: Consent, active: bool) -> ConsentView:
    return ConsentView(
        id=consent.id,
        kind=consent.kind,
        by=consent.granted_by,
        scope=consent.scope,
        evidence=consent.evidence_url or consent.evidence_text,
        evidence_asset_id=consent.evidence_asset_id,
        granted_at=consent.granted_at,
        expires_at=consent.expires_at,
        revoked_at=consent.revoked_at,
        active=active,
    )


def show_deletion(deletion: Deletion) -> DeletionCertificate:
    return DeletionCertificate(
        id=deletion.id,
        character_id=deletion.character_id,
        deleted_at=deletion.created_at,
        erased=Erased.model_validate(deletion.erased),
        sha256=deletion.erased_sha256,
    )


def _faces_that_count(references: Sequence[KeptReference]) -> list[FaceQuality]:
    """The faces that make the template: a duplicate shows nothing new."""
    counted = [kept.reference.quality for kept in references if kept.reference.weight > 0]
    return [
        FaceQuality.model_validate({name: quality[name] for name in FaceQuality.model_fields if name in quality})
        for quality in counted
    ]


def _reference(kept: KeptReference, objects: Objects) -> ReferenceView:
    reference, asset = kept.reference, kept.asset
    assert asset.object_key is not None and asset.sha256 is not None  # noqa: S101, PT018 (references are ready)
    return ReferenceView(
        asset_id=asset.id,
        sha256=asset.sha256,
        width=asset.width,
        height=asset.height,
        face=Box.model_validate(reference.face) if reference.face is not None else None,
        quality=reference.quality["quality"],
        weight=reference.weight,
        duplicate_of=reference.quality["duplicate_of"],
        url=objects.link_to_download(asset.object_key, content_type=asset.content_type),
    )
