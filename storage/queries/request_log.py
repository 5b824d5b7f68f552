"""The request log: written many rows at a time, searched, and forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.tenants import delete_idle
from storage.tables import LoggedRequest, Organisation
from storage.tenant_scope import set_tenant_scope


@dataclass(frozen=True)
class LogSearch:
    """What is looked for; what is None does not matter. status: one (404) or a class of them (4). first, last: ids."""

    method: str | None = None
    status: int | None = None
    route: str | None = None
    path: str | None = None
    key_id: str | None = None
    code: str | None = None
    text: str | None = None
    first: str | None = None
    last: str | None = None


async def insert_logged_requests(session: AsyncSession, *, org_id: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows of the organisation, whose the unit is from then on; none where it is gone."""
    await set_tenant_scope(session, org_id)
    if await session.scalar(select(Organisation.id).where(Organisation.id == org_id)) is not None:
        await session.execute(insert(LoggedRequest), [{**row, "org_id": org_id} for row in rows])


async def list_logged_requests(
    session: AsyncSession, *, org_id: str, search: LogSearch, after: str | None, limit: int
) -> list[LoggedRequest]:
    """Newest first, whole rows."""
    query = select(LoggedRequest).where(LoggedRequest.org_id == org_id, *_conditions(search))
    if after is not None:
        query = query.where(LoggedRequest.id < after)
    return list(await session.scalars(query.order_by(LoggedRequest.id.desc()).limit(limit)))


async def get_logged_request(session: AsyncSession, *, org_id: str, request_id: str) -> LoggedRequest | None:
    return await session.get(LoggedRequest, (org_id, request_id))


async def delete_old_logged_requests(session: AsyncSession, *, org_id: str, before: str, most: int) -> None:
    """Drop those before this id, and all but the newest `most`."""
    mine = LoggedRequest.org_id == org_id
    newest = select(LoggedRequest.id).where(mine).order_by(LoggedRequest.id.desc()).offset(most - 1).limit(1)
    horizon = max(before, await session.scalar(newest) or "")
    await delete_idle(session, LoggedRequest.id, mine & (LoggedRequest.id < horizon))


def _conditions(search: LogSearch) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    equal = {"method": search.method, "route": search.route, "key_id": search.key_id, "code": search.code}
    found += [getattr(LoggedRequest, name) == wanted for name, wanted in equal.items() if wanted is not None]
    if search.status is not None:
        is_class = search.status < 100
        found.append(
            LoggedRequest.status // 100 == search.status if is_class else LoggedRequest.status == search.status
        )
    if search.path is not None:
        found.append(LoggedRequest.path.contains(search.path, autoescape=True))
    if search.text is not None:
        columns = (LoggedRequest.id, LoggedRequest.path, LoggedRequest.request_body, LoggedRequest.response_body)
        words = [cast(column, Text).icontains(search.text, autoescape=True) for column in columns]
        found.append(words[0] | words[1] | words[2] | words[3])
    if search.first is not None:
        found.append(LoggedRequest.id >= search.first)
    if search.last is not None:
        found.append(LoggedRequest.id < search.last)
    return found
