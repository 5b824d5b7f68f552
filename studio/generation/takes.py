"""Takes: submitted, looked at, cancelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy.ext.asyncio import AsyncSession

from inference.protocol import CharacterIdentity, RenderRequest
from storage.queries.assets import get_ready_assets
from storage.queries.listed_takes import ListedTake
from storage.queries.shot_takes import Slate, find_slates
from storage.queries.takes import get_take, insert_take, move_take
from storage.tables import Asset, Take
from storage.tables.takes import TERMINAL_STATES, TakeState
from studio.generation.admission import admit_take
from studio.generation.estimates import ENDED, Forecast, forecast_takes
from studio.generation.plan import plan_take, require_consent
from studio.generation.request import NONE, Opening
from studio.generation.schemas import (
    CastView,
    FailureView,
    FileView,
    IdentitySummary,
    SlateView,
    TakeCreate,
    TakeSummary,
    TakeView,
    Timings,
    Variant,
)
from studio.generation.slates import shot_number, take_file_name
from studio.generation.workflow import TakeQueue
from studio.http.errors import NotFound, StudioError
from studio.http.ids import new_id
from studio.progress.events import publish_event


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
    shot_id: str | None = None,
) -> Take:
    """Store a take and start its workflow, in the caller's transaction.

    Raises what `plan_take` and `admit_take` raise.

    `openings`: what each character goes on from, by id. `shot_id`: the shot that it is a take of.
    """
    await admit_take(session, org_id=org_id)
    models = queue.models
    request = await plan_take(session, models, org_id=org_id, asked=asked, openings=openings)
    take = Take(
        id=new_id("take"),
        org_id=org_id,
        shot_id=shot_id,
        request=request.model_dump(mode="json"),
        model=request.model,
        prompt=request.prompt,
        seed=request.seed,
        seconds=request.seconds,
        width=request.width,
        height=request.height,
        expected_ms=round(1000 * models[request.model].estimate_seconds(request)),
    )
    await insert_take(session, take, character_ids={character.id for character in request.characters})
    await queue.enqueue(session, org_id=org_id, take_id=take.id)
    await publish_event(session, org_id=org_id, take_id=take.id, event="take.queued", model=take.model, seed=take.seed)
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
    await publish_event(session, org_id=org_id, take_id=take_id, event="take.cancelled")
    return moved


async def view_takes(session: AsyncSession, *, org_id: str, takes: list[Take]) -> list[TakeView]:
    """Takes as clients see them."""
    told = await _tell_facts(session, org_id, takes)
    return [
        TakeView(**facts, identity=read_identity(take), receipt=take.receipt)
        for take, facts in zip(takes, told, strict=True)
    ]


async def summarise_takes(session: AsyncSession, *, org_id: str, listed: list[ListedTake]) -> list[TakeSummary]:
    """Takes as lists show them."""
    told = await _tell_facts(session, org_id, [each.take for each in listed])
    return [TakeSummary(**facts, identity=read_verdicts(each)) for each, facts in zip(listed, told, strict=True)]


async def _tell_facts(session: AsyncSession, org_id: str, takes: Sequence[Take]) -> list[dict[str, Any]]:
    """Fields of TakeFacts: one query for the files of all, and a look at the queue where one is unfinished."""
    wanted = {asset_id for take in takes for asset_id in _files(take).values()}
    assets = await get_ready_assets(session, org_id=org_id, asset_ids=wanted)
    waits = any(take.state not in TERMINAL_STATES for take in takes)
    forecasts = await forecast_takes(session, org_id=org_id) if waits else {}
    of_shots = [take.id for take in takes if take.shot_id is not None]
    slates = await find_slates(session, org_id=org_id, take_ids=of_shots) if of_shots else {}
    return [_facts(take, assets, forecasts.get(take.id, ENDED), slates.get(take.id)) for take in takes]


def _facts(take: Take, assets: Mapping[str, Asset], forecast: Forecast, slate: Slate | None) -> dict[str, Any]:
    request = RenderRequest.model_validate(take.request)
    return {
        "id": take.id,
        "shot_id": take.shot_id,
        "slate": _slate(slate) if slate is not None else None,
        "state": cast(TakeState, take.state),
        "model": take.model,
        "tier": request.tier,
        "prompt": take.prompt,
        "negative_prompt": request.negative_prompt,
        "characters": [
            CastView(
                character_id=one.id,
                name=one.name,
                placement=one.placement,
                expected=one.expected,
                look_id=one.look.id if one.look is not None else None,
                look_name=one.look.name if one.look is not None else None,
            )
            for one in request.characters
        ],
        "seconds": take.seconds,
        "size": f"{take.width}x{take.height}",
        "fps": request.fps,
        "frames": request.frames,
        "seed": take.seed,
        "steps": request.steps,
        "guidance_scale": request.guidance_scale,
        "shift": request.shift,
        "framing": request.framing,
        "progress": take.progress,
        "stage": take.stage,
        "queue_place": forecast.queue_place,
        "eta_s": forecast.eta_s,
        "attempt": take.attempt,
        "failure": FailureView(code=take.failure_code, message=take.failure_message or "")
        if take.failure_code
        else None,
        "receipt_sha256": take.receipt_sha256,
        "notes": take.notes,
        "files": {variant: _file(assets[asset_id]) for variant, asset_id in _files(take).items() if asset_id in assets},
        "timings": _timings(take),
        "created_at": take.created_at,
        "started_at": take.started_at,
        "finished_at": take.finished_at,
    }


def read_identity(take: Take) -> list[CharacterIdentity] | None:
    """How well each character kept the face; None before that was measured."""
    return None if take.identity is None else [CharacterIdentity.model_validate(one) for one in take.identity]


def read_verdicts(listed: ListedTake) -> list[IdentitySummary] | None:
    """The same of a take in a list."""
    return None if listed.verdicts is None else [IdentitySummary.model_validate(one) for one in listed.verdicts]


def _slate(slate: Slate) -> SlateView:
    return SlateView(
        project_id=slate.project_id,
        film=slate.film,
        shot_id=slate.shot_id,
        shot=shot_number(slate),
        take=f"T{slate.take}",
    )


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


async def find_asset(session: AsyncSession, *, org_id: str, take_id: str, variant: Variant) -> Asset:
    """One of a take's files, which is there. Raises NotFound, ConsentRequired."""
    take = await find_take(session, org_id=org_id, take_id=take_id)
    asset_id = _files(take).get(variant)
    if asset_id is None:
        raise NotFound(f"the take has no {variant}: it is {take.state}")
    await check_consent(session, org_id=org_id, take=take)
    assets = await get_ready_assets(session, org_id=org_id, asset_ids={asset_id})
    if asset_id not in assets or assets[asset_id].object_key is None:
        raise NotFound(f"the take's {variant} was deleted")
    return assets[asset_id]


async def find_file(session: AsyncSession, *, org_id: str, take_id: str, variant: Variant) -> tuple[str, str]:
    """Object key and content type of one of a take's files. Raises NotFound, ConsentRequired."""
    asset = await find_asset(session, org_id=org_id, take_id=take_id, variant=variant)
    return str(asset.object_key), asset.content_type


async def check_consent(session: AsyncSession, *, org_id: str, take: Take) -> None:
    """A revoked consent shuts what was made under it. Raises ConsentRequired."""
    await require_consent(session, org_id, {str(character["id"]) for character in take.request["characters"]})


async def name_file(session: AsyncSession, *, org_id: str, take_id: str, suffix: str) -> str:
    """What a file of the take is called when it is saved: by its film and shot where it has them."""
    slates = await find_slates(session, org_id=org_id, take_ids=[take_id])
    return take_file_name(slates[take_id], suffix) if take_id in slates else f"{take_id}.{suffix}"
