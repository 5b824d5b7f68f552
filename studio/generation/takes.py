"""Takes: submitted, looked at, cancelled."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.assets import get_ready_assets
from storage.queries.shown_takes import FILES, ShownTake, find_beside, get_shown_take
from storage.queries.standing import get_standing
from storage.queries.takes import get_take, insert_take
from storage.tables import Asset, Take
from studio.auth.actor import who_acts
from studio.billing.prices import quote_take
from studio.billing.spending import hold_for
from studio.generation.admission import admit_take
from studio.generation.plan import plan_take, require_consent
from studio.generation.request import NONE, Opening
from studio.generation.schemas import TakeCreate, Variant
from studio.generation.slates import take_file_name
from studio.generation.take_queue import TakeQueue
from studio.http.errors import NotFound, StudioError
from studio.http.ids import new_id
from studio.observability.traces import current_traceparent, span
from studio.progress.events import publish_event
from studio.queue.ending import end_take
from studio.queue.release import release_takes
from studio.queue.schedule import rank_of, usual_priority


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
    project_id: str | None = None,
) -> Take:
    """Store a take, and release it if it may begin soon, in the caller's transaction.

    Raises what `plan_take`, `admit_take` and `hold_for` raise.

    `openings`: what each character goes on from, by id. `shot_id`: the shot that it is a take of; `project_id`: the
    film that pays for it.
    """
    with span("submit"):
        return await _submit(
            session, queue, org_id=org_id, asked=asked, openings=openings, shot_id=shot_id, project_id=project_id
        )


async def _submit(
    session: AsyncSession,
    queue: TakeQueue,
    *,
    org_id: str,
    asked: TakeCreate,
    openings: Mapping[str, Opening],
    shot_id: str | None,
    project_id: str | None,
) -> Take:
    await admit_take(session, org_id=org_id)
    models = (await queue.models(org_id)).within(asked.pool)
    planned = await plan_take(session, models, org_id=org_id, asked=asked, openings=openings)
    request = planned.request
    expected_s = models[request.model].estimate_seconds(request)
    priority = asked.priority or usual_priority(expected_s)
    take_id = new_id("take")
    quote = await quote_take(session, model=request.model, expected_s=expected_s)
    hold_id = await hold_for(
        session, org_id=org_id, subject="take", subject_id=take_id, quote=quote, project_id=project_id
    )
    standing = await get_standing(session, org_id=org_id)
    take = Take(
        id=take_id,
        org_id=org_id,
        shot_id=shot_id,
        request=request.model_dump(mode="json"),
        model=request.model,
        prompt=request.prompt,
        seed=request.seed,
        seconds=request.seconds,
        width=request.width,
        height=request.height,
        expected_ms=round(1000 * expected_s),
        priority=priority,
        rank=rank_of(standing.now.timestamp(), priority),
        pool=models.pool_for(request.model, standing.choice.pool),
        traceparent=current_traceparent(),
        asked_by=who_acts().id,
        guarantee=None if asked.identity is None else asked.identity.model_dump(),
        hold_id=hold_id,
        usage=None if hold_id is None else {"held": quote.micro_credits, "micro_credits": 0, "lots": []},
    )
    seen = {character.id for character in request.characters}
    await insert_take(session, take, character_ids=seen, heard_ids=planned.heard)
    await release_takes(session, org_id=org_id)
    await publish_event(session, org_id=org_id, take_id=take.id, event="take.queued", model=take.model, seed=take.seed)
    return take


async def find_take(session: AsyncSession, *, org_id: str, take_id: str) -> Take:
    """Raises NotFound."""
    take = await get_take(session, org_id=org_id, take_id=take_id)
    if take is None:
        raise _no_take(take_id)
    return take


async def find_shown_take(session: AsyncSession, *, org_id: str, take_id: str) -> ShownTake:
    """The take with what is shown beside it. Raises NotFound."""
    shown = await get_shown_take(session, org_id=org_id, take_id=take_id)
    if shown is None:
        raise _no_take(take_id)
    return shown


async def cancel_take(session: AsyncSession, *, org_id: str, take_id: str) -> Take:
    """End the take now, queued or rendering; its engine stops within a step. Raises NotFound, TakeEnded."""
    moved = await end_take(session, org_id=org_id, take_id=take_id, to="CANCELLED")
    if moved is None:
        take = await find_take(session, org_id=org_id, take_id=take_id)
        if take.state == "CANCELLED":
            return take
        raise TakeEnded(f"the take has ended: {take.state}", state=take.state)
    await publish_event(session, org_id=org_id, take_id=take_id, event="take.cancelled")
    await release_takes(session, org_id=org_id)
    return moved


async def find_asset(session: AsyncSession, *, org_id: str, take_id: str, variant: Variant) -> Asset:
    """One of a take's files, which is there. Raises NotFound, ConsentRequired."""
    take = await find_take(session, org_id=org_id, take_id=take_id)
    asset_id: str | None = getattr(take, FILES[variant].key)
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
    await require_consent(session, org_id, [take.id])


async def name_file(session: AsyncSession, *, org_id: str, take_id: str, suffix: str) -> str:
    """What a file of the take is called when it is saved: by its film and shot where it has them."""
    beside = (await find_beside(session, org_id=org_id, take_ids=[take_id])).get(take_id)
    if beside is None or beside.slate is None:
        return f"{take_id}.{suffix}"
    return take_file_name(beside.slate, suffix)


def _no_take(take_id: str) -> NotFound:
    return NotFound(f"there is no take {take_id}")
