"""What an operator does: with a reason, once for each key, written down in the unit that does it; or only shown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Header
from fastapi.responses import JSONResponse
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.accounts import get_organisation
from storage.queries.operator_acts import find_act, insert_act
from storage.queries.timestamps import read_clock
from storage.tables import OperatorAct
from storage.unit import Database
from studio.http.errors import NotFound
from studio.http.idempotency import KeyReused, StillRunning, request_digest
from studio.http.ids import new_id
from studio.operator.access import Operator, in_log
from studio.operator.schemas import Act, ActAsked, Action, Effect

Work = Callable[[AsyncSession], Awaitable[Effect]]
ActKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="An act is done once for each: asked again, the first reply comes back.",
    ),
]


class _TakenBack(Exception):
    """A dry run has seen what it would do."""

    def __init__(self, act: Act) -> None:
        super().__init__()
        self.act = act


async def perform(
    database: Database,
    operator: Operator,
    work: Work,
    *,
    action: Action,
    asked: ActAsked,
    key: str,
    org_id: str | None = None,
    subject: str | None = None,
) -> tuple[Act, bool]:
    """Do it and write it down, or give what it came to when it was done under this key before (True).

    With `dry_run` it is done, and taken back. Raises NotFound, KeyReused, StillRunning, and what `work` raises.
    """
    digest = request_digest(f"{action} {org_id} {subject}", asked)
    try:
        async with database.write(org_id=org_id) as session:
            before = None if asked.dry_run else await _find(session, operator, key, digest)
            if before is not None:
                return before, True
            if org_id is not None:
                await _require_organisation(session, org_id)
            effect = await work(session)
            act = Act(
                id=new_id("act"),
                at=await read_clock(session),
                action=action,
                operator=operator.name,
                organisation_id=org_id,
                subject=subject or effect.subject,
                reason=asked.reason,
                dry_run=asked.dry_run,
                effect=effect,
            )
            if asked.dry_run:
                raise _TakenBack(act)
            await _note(session, operator, act, key, digest)
            return act, False
    except _TakenBack as taken_back:
        return taken_back.act, False


def reply(performed: tuple[Act, bool]) -> JSONResponse:
    """What `perform` gave: 201 for what was done, 200 for what would be."""
    act, replayed = performed
    headers = {"Idempotent-Replayed": "true"} if replayed else {}
    return JSONResponse(act.model_dump(mode="json"), 200 if act.dry_run else 201, headers=headers)


async def _find(session: AsyncSession, operator: Operator, key: str, digest: str) -> Act | None:
    async with in_log(session, operator):
        before = await find_act(session, person_id=operator.person_id, key=key)
    if before is None:
        return None
    if before.asked_sha256 != digest:
        raise KeyReused("use a new Idempotency-Key for a new act")
    return Act.of(before)


async def _require_organisation(session: AsyncSession, org_id: str) -> None:
    """One that pays, and that is not going."""
    organisation = await get_organisation(session, org_id=org_id)
    if organisation is None or not organisation.livemode or organisation.deleted:
        raise NotFound(f"there is no organisation {org_id}")


async def _note(session: AsyncSession, operator: Operator, act: Act, key: str, digest: str) -> None:
    row = OperatorAct(
        id=act.id,
        at=act.at,
        person_id=operator.person_id,
        name=operator.name,
        address=operator.address,
        action=act.action,
        organisation_id=act.organisation_id,
        subject=act.subject,
        reason=act.reason,
        key=key,
        asked_sha256=digest,
        outcome=act.effect.model_dump(mode="json"),
    )
    try:
        async with in_log(session, operator):
            await insert_act(session, row)
    except IntegrityError as error:
        raise StillRunning("try again in a moment", headers={"Retry-After": "2"}) from error
