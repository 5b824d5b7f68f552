"""What a take would render: everything that it names looked up, checked, and made one request. Nothing is stored."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from inference.catalogue import ModelCard, RequestRefused
from inference.protocol import Box, KeyframeInput, LookInput, RenderRequest, Source
from storage.queries.assets import get_ready_assets
from storage.queries.casting import CastPhoto, list_cast
from storage.queries.characters import find_forbidden, find_pictured
from storage.queries.looks import get_looks
from storage.queries.takes import get_take
from storage.tables import Asset, Look
from studio.characters.consent import ConsentRequired
from studio.generation.dialogue import plan_dialogue
from studio.generation.refusals import RequestUnrenderable
from studio.generation.request import NONE, CastCharacter, Opening, StoredPhoto, make_request
from studio.generation.schemas import CastEntry, KeyframeChoice, TakeCreate, UploadedPlate
from studio.http.errors import NotFound


@dataclass(frozen=True)
class PlannedTake:
    """`request`: what is stored; heard: whose recorded voices are in it."""

    request: RenderRequest
    heard: frozenset[str]


async def plan_take(
    session: AsyncSession,
    models: Mapping[str, ModelCard],
    *,
    org_id: str,
    asked: TakeCreate,
    openings: Mapping[str, Opening] = NONE,
) -> PlannedTake:
    """The request that a take of this would store. Raises RequestUnrenderable, ConsentRequired, NotFound.

    `openings`: what each character goes on from, by id.
    """
    cast = await _cast(session, org_id, asked.characters)
    plate = await _plate(session, org_id, asked)
    track = await _track(session, org_id, asked)
    keyframes = await _keyframes(session, org_id, asked)
    dialogue = await plan_dialogue(
        session,
        org_id=org_id,
        dialogue=asked.dialogue,
        cast_ids={character.id for character in cast},
        pronunciations=asked.pronunciations,
    )
    try:
        request = make_request(asked, cast, plate, track, models, openings, keyframes, dialogue)
        return PlannedTake(request, dialogue.heard)
    except RequestRefused as refusal:
        raise RequestUnrenderable(refusal.message, field=refusal.field, nearest=list(refusal.nearest)) from refusal


async def require_consent(session: AsyncSession, org_id: str, take_ids: Collection[str]) -> None:
    """Raises ConsentRequired, naming those who are seen or heard in these takes without an active consent."""
    _refuse_without_consent(await find_forbidden(session, org_id=org_id, take_ids=take_ids))


def _refuse_without_consent(character_ids: set[str]) -> None:
    if character_ids:
        missing = sorted(character_ids)
        raise ConsentRequired(f"no active consent for {', '.join(missing)}", character_ids=missing)


async def _cast(session: AsyncSession, org_id: str, entries: list[CastEntry]) -> list[CastCharacter]:
    character_ids = [entry.character_id for entry in entries]
    found = await list_cast(session, org_id=org_id, character_ids=set(character_ids))
    for character_id in character_ids:
        if character_id not in found:
            raise NotFound(f"there is no character {character_id}", field="characters")
    _refuse_without_consent({character_id for character_id, member in found.items() if not member.consented})
    looks = await _looks(session, org_id, entries)
    return [
        CastCharacter(
            id=character_id,
            name=found[character_id].name,
            photos=tuple(_reference(photo) for photo in found[character_id].photos),
            look=looks.get(character_id),
        )
        for character_id in character_ids
    ]


async def _looks(session: AsyncSession, org_id: str, entries: list[CastEntry]) -> dict[str, LookInput]:
    """What each character wears, by its id: a look of its own and no other's."""
    wanted = {entry.look_id: entry.character_id for entry in entries if entry.look_id is not None}
    found = await get_looks(session, org_id=org_id, look_ids=wanted.keys())
    shown = {look.picture_asset_id for look in found.values() if look.picture_asset_id is not None}
    pictures = await get_ready_assets(session, org_id=org_id, asset_ids=shown)
    for look_id, character_id in wanted.items():
        if look_id not in found or found[look_id].character_id != character_id:
            raise NotFound(f"character {character_id} has no look {look_id}", field="characters")
    return {look.character_id: _look(look, pictures.get(look.picture_asset_id or "")) for look in found.values()}


def _look(look: Look, picture: Asset | None) -> LookInput:
    return LookInput(
        id=look.id,
        name=look.name,
        wardrobe=look.wardrobe,
        hair=look.hair,
        props=look.props,
        picture=None if picture is None else _photo(picture).source,
    )


async def _plate(session: AsyncSession, org_id: str, asked: TakeCreate) -> StoredPhoto | None:
    if not isinstance(asked.plate, UploadedPlate):
        return None
    asset_id = asked.plate.asset_id
    assets = await get_ready_assets(session, org_id=org_id, asset_ids={asset_id})
    if asset_id not in assets or assets[asset_id].kind not in ("plate", "photo"):
        raise NotFound(f"there is no uploaded picture {asset_id}", field="plate")
    return _photo(assets[asset_id])


async def _keyframes(session: AsyncSession, org_id: str, asked: TakeCreate) -> list[KeyframeInput]:
    """The pictures with their sizes. A character's own picture wants that character, whose consent covers it."""
    wanted = {choice.asset_id for choice in asked.keyframes}
    assets = await get_ready_assets(session, org_id=org_id, asset_ids=wanted)
    for choice in asked.keyframes:
        if choice.asset_id not in assets or assets[choice.asset_id].kind not in ("plate", "photo"):
            raise NotFound(f"there is no uploaded picture {choice.asset_id}", field="keyframes")
    cast = {entry.character_id for entry in asked.characters}
    for name in await find_pictured(session, org_id=org_id, asset_ids=wanted, except_ids=cast):
        raise RequestUnrenderable(f"a keyframe is a picture of {name}, who is not in this take", field="keyframes")
    return [_keyframe(choice, assets[choice.asset_id]) for choice in asked.keyframes]


def _keyframe(choice: KeyframeChoice, picture: Asset) -> KeyframeInput:
    assert picture.width is not None and picture.height is not None  # noqa: S101, PT018 (of every kept picture)
    return KeyframeInput(source=_photo(picture).source, at=choice.at, width=picture.width, height=picture.height)


async def _track(session: AsyncSession, org_id: str, asked: TakeCreate) -> Source | None:
    """The motion of the take that is to drive this one."""
    if asked.control is None or asked.control.take_id is None:
        return None
    take = await get_take(session, org_id=org_id, take_id=asked.control.take_id)
    if take is None:
        raise NotFound(f"there is no take {asked.control.take_id}", field="control")
    if take.motion_asset_id is None:
        raise RequestUnrenderable(
            f"take {take.id} has no motion: only a finished take of the previs can drive another", field="control"
        )
    assets = await get_ready_assets(session, org_id=org_id, asset_ids={take.motion_asset_id})
    return _photo(assets[take.motion_asset_id]).source


def _reference(photo: CastPhoto) -> StoredPhoto:
    face = Box.model_validate(photo.face) if photo.face is not None else None
    return StoredPhoto(asset_id=photo.asset_id, sha256=photo.sha256, face=face, yaw_deg=photo.quality.get("yaw_deg"))


def _photo(asset: Asset) -> StoredPhoto:
    return StoredPhoto(asset_id=asset.id, sha256=asset.sha256 or "")
