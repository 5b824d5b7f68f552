"""Cuts: planned, asked for, looked at, cancelled, tried again, fetched."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, cast

from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.assets import get_ready_assets
from storage.queries.cuts import (
    get_cut,
    insert_cut,
    list_cuts,
    list_unfinished_cuts,
    move_cut,
)
from storage.tables import Asset, Cut
from storage.tables.cuts import CutState
from studio.billing.schemas import UsageView
from studio.billing.spending import hold_for_cut, settle_cut
from studio.cut.plan import CutEmpty, PlannedCut, plan_cut
from studio.cut.schemas import CutDetail, CutEntryView, CutPlanView, CutView, MissingShotView
from studio.cut.workflow import enqueue_cut
from studio.generation.admission import QueueLimitReached
from studio.generation.plan import require_consent
from studio.generation.schemas import FailureView, FileView
from studio.http.errors import NotFound, StudioError
from studio.http.ids import new_id
from studio.organisations.plans import plan_of
from studio.organisations.storage_limit import check_storage
from studio.progress.events import tell_cut
from studio.storyboard.board import open_board
from studio.storyboard.grading import Grade, filter_of

GIVEN_UP: tuple[CutState, ...] = ("FAILED", "CANCELLED", "CONSENT_BLOCKED")


class CutEnded(StudioError):
    """The cut has ended already."""

    status = 409
    code = "cut_ended"


class CutNotGivenUp(StudioError):
    """Only a cut that failed or was cancelled is tried again."""

    status = 409
    code = "cut_not_given_up"


async def view_plan(session: AsyncSession, *, org_id: str, project_id: str) -> CutPlanView:
    """What a cut made now would hold. Raises NotFound."""
    board = await open_board(session, org_id=org_id, project_id=project_id)
    planned = await plan_cut(session, board)
    same = await _find_same(session, org_id, planned)
    cut = (await view_cuts(session, org_id=org_id, cuts=[same]))[0] if same is not None else None
    return CutPlanView(
        project_id=project_id,
        name=planned.name,
        size=f"{planned.width}x{planned.height}",
        fps=planned.fps,
        title_frames=planned.title_frames,
        frames=planned.frames,
        entries=[_view_entry(asdict(entry)) for entry in planned.entries],
        missing=[MissingShotView(**asdict(shot)) for shot in planned.missing],
        cut=cut,
    )


async def submit_cut(session: AsyncSession, *, org_id: str, project_id: str) -> tuple[Cut, bool]:
    """The cut of the board as it stands, and whether it is a new one: what was made or is being made is not made again.

    Raises NotFound, CutEmpty, ConsentRequired, QueueLimitReached, StorageFull, SpendCapReached, InsufficientCredits.
    """
    board = await open_board(session, org_id=org_id, project_id=project_id)
    planned = await plan_cut(session, board)
    if not planned.entries:
        raise CutEmpty("no shot of this film has a take yet: render one first")
    await _check_cast(session, org_id, [entry.take_id for entry in planned.entries])
    same = await _find_same(session, org_id, planned)
    if same is not None:
        return same, False
    await _admit(session, org_id)
    cut = await insert_cut(session, _row(org_id, planned))
    await hold_for_cut(session, cut)
    await enqueue_cut(session, org_id=org_id, cut_id=cut.id, attempt=0)
    await tell_cut(session, cut)
    return cut, True


async def find_cut(session: AsyncSession, *, org_id: str, cut_id: str) -> Cut:
    """Raises NotFound."""
    cut = await get_cut(session, org_id=org_id, cut_id=cut_id)
    if cut is None:
        raise NotFound(f"there is no cut {cut_id}")
    return cut


async def cancel_cut(session: AsyncSession, *, org_id: str, cut_id: str) -> Cut:
    """End the cut now, queued or under way. Cancelling twice is fine. Raises NotFound, CutEnded."""
    cut = await find_cut(session, org_id=org_id, cut_id=cut_id)
    moved = await move_cut(session, org_id=org_id, cut_id=cut_id, to="CANCELLED")
    if moved is None:
        if cut.state == "CANCELLED":
            return cut
        raise CutEnded(f"the cut has ended: {cut.state}", state=cut.state)
    await settle_cut(session, moved)
    await tell_cut(session, moved)
    return moved


async def retry_cut(session: AsyncSession, *, org_id: str, cut_id: str) -> Cut:
    """Make the same cut after all, at today's price.

    Raises NotFound, CutNotGivenUp, ConsentRequired, QueueLimitReached, StorageFull, SpendCapReached,
    InsufficientCredits.
    """
    cut = await find_cut(session, org_id=org_id, cut_id=cut_id)
    await _check_cast(session, org_id, take_ids_of(cut))
    await _admit(session, org_id)
    afresh = {"progress": 0.0, "failure_code": None, "failure_message": None, "finished_at": None}
    moved = await move_cut(session, org_id=org_id, cut_id=cut_id, to="QUEUED", values=afresh)
    if moved is None:
        raise CutNotGivenUp(f"the cut was not given up: it is {cut.state}", state=cut.state)
    await hold_for_cut(session, moved)
    await enqueue_cut(session, org_id=org_id, cut_id=cut_id, attempt=moved.attempt)
    await tell_cut(session, moved)
    return moved


async def find_film(session: AsyncSession, *, org_id: str, cut_id: str) -> tuple[str, str]:
    """Object key of the cut's file, and the film's name. Raises NotFound, ConsentRequired."""
    cut = await find_cut(session, org_id=org_id, cut_id=cut_id)
    if cut.asset_id is None:
        raise NotFound(f"the cut has no file: it is {cut.state}")
    await _check_cast(session, org_id, take_ids_of(cut))
    assets = await get_ready_assets(session, org_id=org_id, asset_ids={cut.asset_id})
    object_key = assets[cut.asset_id].object_key if cut.asset_id in assets else None
    if object_key is None:
        raise NotFound("the cut's file was deleted")
    return object_key, cut.name


def take_ids_of(cut: Cut) -> list[str]:
    """In the order of the film."""
    return [str(entry["take_id"]) for entry in cut.entries]


async def view_cuts(session: AsyncSession, *, org_id: str, cuts: list[Cut]) -> list[CutView]:
    """With one query for the files of all."""
    wanted = {cut.asset_id for cut in cuts if cut.asset_id is not None}
    assets = await get_ready_assets(session, org_id=org_id, asset_ids=wanted)
    return [_view(cut, assets.get(cut.asset_id or "")) for cut in cuts]


async def view_cut(session: AsyncSession, *, org_id: str, cut: Cut) -> CutDetail:
    """The cut with every shot of it."""
    (view,) = await view_cuts(session, org_id=org_id, cuts=[cut])
    return CutDetail(
        **dict(view),
        entries=[_view_entry(entry) for entry in cut.entries],
        missing=[MissingShotView.model_validate(shot) for shot in cut.missing],
    )


async def _find_same(session: AsyncSession, org_id: str, planned: PlannedCut) -> Cut | None:
    """The film's newest cut, when it holds just what is planned and was not given up."""
    newest = await list_cuts(session, org_id=org_id, after=None, limit=1, project_id=planned.project_id)
    if not newest or newest[0].state in GIVEN_UP:
        return None
    cut = newest[0]
    then = (cut.name, cut.width, cut.height, cut.fps, [_same(each) for each in cut.entries])
    now = [_same(asdict(each)) for each in planned.entries]
    return cut if then == (planned.name, planned.width, planned.height, planned.fps, now) else None


def _same(entry: dict[str, Any]) -> tuple[str, str, Grade, str | None]:
    """What of an entry makes another film when it changes."""
    return entry["take_id"], entry["number"], Grade.model_validate(entry.get("grade", {})), entry.get("ambience")


async def _admit(session: AsyncSession, org_id: str) -> None:
    plan = await plan_of(session, org_id=org_id)
    if len(await list_unfinished_cuts(session, org_id=org_id)) >= plan.queued_jobs:
        words = f"{plan.queued_jobs} cuts wait already (plan {plan.name}): wait for one to end, or cancel some"
        raise QueueLimitReached(words, headers={"Retry-After": "15"}, limit=plan.queued_jobs)
    await check_storage(session, org_id=org_id)


async def _check_cast(session: AsyncSession, org_id: str, take_ids: list[str]) -> None:
    """A revoked consent shuts every film that shows the character. Raises ConsentRequired."""
    await require_consent(session, org_id, take_ids)


def _row(org_id: str, planned: PlannedCut) -> Cut:
    return Cut(
        id=new_id("cut"),
        org_id=org_id,
        project_id=planned.project_id,
        name=planned.name,
        width=planned.width,
        height=planned.height,
        fps=planned.fps,
        title_frames=planned.title_frames,
        frames=planned.frames,
        entries=[asdict(entry) for entry in planned.entries],
        missing=[asdict(shot) for shot in planned.missing],
    )


def _view_entry(entry: dict[str, Any]) -> CutEntryView:
    grade = Grade.model_validate(entry.get("grade", {}))
    of_old = {"scene_id": None, "ambience": None}  # an entry of before there were settings
    return CutEntryView.model_validate({**of_old, **entry, "grade": grade, "colours": filter_of(grade)})


def _view(cut: Cut, asset: Asset | None) -> CutView:
    failure = FailureView(code=cut.failure_code, message=cut.failure_message or "") if cut.failure_code else None
    file = (
        FileView(sha256=asset.sha256 or "", size_bytes=asset.size_bytes, content_type=asset.content_type)
        if asset
        else None
    )
    return CutView(
        id=cut.id,
        project_id=cut.project_id,
        state=cast(CutState, cut.state),
        name=cut.name,
        size=f"{cut.width}x{cut.height}",
        fps=cut.fps,
        title_frames=cut.title_frames,
        frames=cut.frames,
        shots=len(cut.entries),
        left_out=len(cut.missing),
        titled=cut.titled,
        progress=cut.progress,
        attempt=cut.attempt,
        usage=UsageView.of_cut(cut),
        failure=failure,
        file=file,
        created_at=cut.created_at,
        started_at=cut.started_at,
        finished_at=cut.finished_at,
    )
