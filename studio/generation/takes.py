"""Takes: submitted, looked at, cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy.ext.asyncio import AsyncSession

from inference.catalogue import RequestRefused
from inference.protocol import Box, CharacterIdentity, RenderRequest, Source
from storage.queries.assets import get_ready_assets
from storage.queries.characters import find_without_consent, get_characters, list_references
from storage.queries.takes import get_take, insert_take, move_take
from storage.tables import Asset, Take
from storage.tables.takes import TakeState
from studio.characters.consent import ConsentRequired
from studio.generation.request import NONE, CastCharacter, Opening, StoredPhoto, make_request
from studio.generation.schemas import (
    CastView,
    FailureView,
    FileView,
    TakeCreate,
    TakeView,
    Timings,
    UploadedPlate,
    Variant,
)
from studio.generation.workflow import TakeQueue
from studio.kit.errors import NotFound, StudioError
from studio.kit.ids import new_id
from studio.progress.events import tell


class RequestUnrenderable(StudioError):
    """The model cannot render this; `nearest` names legal values."""

    status = 422
    code = "request_refused"


class TakeEnded(StudioError):
    """The take has ended already."""

    status = 409
    code = "take_ended"


async def submit_take(
    session: AsyncSession,
    queue: TakeQueue,
    *,
    org_id: str,
    asked: TakeCreate,
    openings: Mapping[str, Opening] = NONE,
) -> Take:
    """Store a take and start its workflow, in the caller's transaction. Raises RequestUnrenderable, ConsentRequired.

    `openings`: what each character goes on from, by id.
    """
    cast = await _cast(session, org_id, [entry.character_id for entry in asked.characters])
    plate = await _plate(session, org_id, asked)
    track = await _track(session, org_id, asked)
    try:
        request = make_request(asked, cast, plate, track, queue.models, openings)
    except RequestRefused as refusal:
        raise RequestUnrenderable(refusal.message, field=refusal.field, nearest=list(refusal.nearest)) from refusal
    take = Take(
        id=new_id("take"),
        org_id=org_id,
        request=request.model_dump(mode="json"),
        model=request.model,
        prompt=request.prompt,
        seed=request.seed,
        seconds=request.seconds,
        width=request.width,
        height=request.height,
    )
    await insert_take(session, take, character_ids={character.id for character in cast})
    await queue.enqueue(session, org_id=org_id, take_id=take.id)
    await tell(session, org_id=org_id, take_id=take.id, event="take.queued", model=take.model, seed=take.seed)
    return take


async def find_take(session: AsyncSession, *, org_id: str, take_id: str) -> Take:
    """Raises NotFound."""
    take = await get_take(session, org_id=org_id, take_id=take_id)
    if take is None:
        raise NotFound(f"there is no take {take_id}")
    return take


async def cancel_take(session: AsyncSession, *, org_id: str, take_id: str) -> Take:
    """End the take now, queued or rendering; its engine stops within a step. Raises NotFound, TakeEnded."""
    moved = await move_take(session, org_id=org_id, take_id=take_id, to="CANCELLED", stage=None)
    if moved is None:
        take = await find_take(session, org_id=org_id, take_id=take_id)
        if take.state == "CANCELLED":
            return take
        raise TakeEnded(f"the take has ended: {take.state}", state=take.state)
    await tell(session, org_id=org_id, take_id=take_id, event="take.cancelled")
    return moved


async def view_takes(session: AsyncSession, *, org_id: str, takes: list[Take]) -> list[TakeView]:
    """Takes as clients see them, their files with one query for all."""
    wanted = {asset_id for take in takes for asset_id in _files(take).values()}
    assets = await get_ready_assets(session, org_id=org_id, asset_ids=wanted)
    return [_view(take, assets) for take in takes]


def _view(take: Take, assets: Mapping[str, Asset]) -> TakeView:
    request = RenderRequest.model_validate(take.request)
    return TakeView(
        id=take.id,
        state=cast(TakeState, take.state),
        model=take.model,
        tier=request.tier,
        prompt=take.prompt,
        negative_prompt=request.negative_prompt,
        characters=[
            CastView(character_id=one.id, name=one.name, placement=one.placement, expected=one.expected)
            for one in request.characters
        ],
        seconds=take.seconds,
        size=f"{take.width}x{take.height}",
        fps=request.fps,
        frames=request.frames,
        seed=take.seed,
        steps=request.steps,
        guidance_scale=request.guidance_scale,
        framing=request.framing,
        progress=take.progress,
        stage=take.stage,
        attempt=take.attempt,
        failure=FailureView(code=take.failure_code, message=take.failure_message or "") if take.failure_code else None,
        identity=_identity(take),
        receipt=take.receipt,
        receipt_sha256=take.receipt_sha256,
        notes=take.notes,
        files={variant: _file(assets[asset_id]) for variant, asset_id in _files(take).items() if asset_id in assets},
        timings=_timings(take),
        created_at=take.created_at,
        started_at=take.started_at,
        finished_at=take.finished_at,
    )


def _identity(take: Take) -> list[CharacterIdentity] | None:
    return None if take.identity is None else [CharacterIdentity.model_validate(one) for one in take.identity]


def _file(asset: Asset) -> FileView:
    return FileView(sha256=asset.sha256 or "", size_bytes=asset.size_bytes, content_type=asset.content_type)


def _files(take: Take) -> dict[Variant, str]:
    """Asset ids by variant."""
    found: dict[Variant, str | None] = {
        "video": take.clip_asset_id,
        "thumbnail": take.thumbnail_asset_id,
        "sprite": take.sprite_asset_id,
        "motion": take.motion_asset_id,
    }
    return {variant: asset_id for variant, asset_id in found.items() if asset_id is not None}


def _timings(take: Take) -> Timings:
    return Timings(
        queue_s=(take.started_at - take.created_at).total_seconds() if take.started_at else None,
        render_s=take.render_ms / 1000 if take.render_ms is not None else None,
        total_s=(take.finished_at - take.created_at).total_seconds() if take.finished_at else None,
    )


async def find_file(session: AsyncSession, *, org_id: str, take_id: str, variant: Variant) -> tuple[str, str]:
    """Object key and content type of one of a take's files. Raises NotFound, ConsentRequired."""
    take = await find_take(session, org_id=org_id, take_id=take_id)
    asset_id = _files(take).get(variant)
    if asset_id is None:
        raise NotFound(f"the take has no {variant}: it is {take.state}")
    await check_consent(session, org_id=org_id, take=take)
    assets = await get_ready_assets(session, org_id=org_id, asset_ids={asset_id})
    object_key = assets[asset_id].object_key if asset_id in assets else None
    if object_key is None:
        raise NotFound(f"the take's {variant} was deleted")
    return object_key, assets[asset_id].content_type


async def check_consent(session: AsyncSession, *, org_id: str, take: Take) -> None:
    """A revoked consent shuts what was made under it. Raises ConsentRequired."""
    await _require_consent(session, org_id, {str(character["id"]) for character in take.request["characters"]})


async def _require_consent(session: AsyncSession, org_id: str, character_ids: set[str]) -> None:
    missing = sorted(await find_without_consent(session, org_id=org_id, character_ids=character_ids))
    if missing:
        raise ConsentRequired(f"no active consent for {', '.join(missing)}", character_ids=missing)


async def _cast(session: AsyncSession, org_id: str, character_ids: list[str]) -> list[CastCharacter]:
    found = await get_characters(session, org_id=org_id, character_ids=set(character_ids))
    for character_id in character_ids:
        if character_id not in found:
            raise NotFound(f"there is no character {character_id}")
    await _require_consent(session, org_id, set(character_ids))
    kept = await list_references(session, org_id=org_id, character_ids=set(character_ids))
    return [
        CastCharacter(
            id=character_id,
            name=found[character_id].name,
            photos=tuple(_photo(one.asset, one.reference.face) for one in kept[character_id]),
        )
        for character_id in character_ids
    ]


async def _plate(session: AsyncSession, org_id: str, asked: TakeCreate) -> StoredPhoto | None:
    if not isinstance(asked.plate, UploadedPlate):
        return None
    asset_id = asked.plate.asset_id
    assets = await get_ready_assets(session, org_id=org_id, asset_ids={asset_id})
    if asset_id not in assets or assets[asset_id].kind not in ("plate", "photo"):
        raise NotFound(f"there is no uploaded picture {asset_id}")
    return _photo(assets[asset_id], None)


async def _track(session: AsyncSession, org_id: str, asked: TakeCreate) -> Source | None:
    """The motion of the take that is to drive this one."""
    if asked.control is None or asked.control.take_id is None:
        return None
    take = await find_take(session, org_id=org_id, take_id=asked.control.take_id)
    if take.motion_asset_id is None:
        raise RequestUnrenderable(
            f"take {take.id} has no motion: only a finished take of the previs can drive another", field="control"
        )
    assets = await get_ready_assets(session, org_id=org_id, asset_ids={take.motion_asset_id})
    return _photo(assets[take.motion_asset_id], None).source


def _photo(asset: Asset, face: dict[str, Any] | None) -> StoredPhoto:
    return StoredPhoto(
        asset_id=asset.id, sha256=asset.sha256 or "", face=Box.model_validate(face) if face is not None else None
    )
