"""How much an organisation may keep: counted from its assets, in the unit that adds to them."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.accounts import sum_stored_bytes
from studio.http.errors import StudioError
from studio.organisations.plans import GIB, plan_of


class StorageFull(StudioError):
    """The organisation keeps as much as its plan allows: delete takes or assets, or ask for a larger plan."""

    status = 429
    code = "storage_limit_reached"


async def check_storage(session: AsyncSession, *, org_id: str, adding_bytes: int = 0) -> None:
    """Raises StorageFull when `adding_bytes` more would be too many."""
    plan = await plan_of(session, org_id=org_id)
    if plan.storage_bytes is None:
        return
    used = await sum_stored_bytes(session, org_id=org_id)
    if used + adding_bytes > plan.storage_bytes or used >= plan.storage_bytes:
        words = f"{used / GIB:.2f} of {plan.storage_bytes / GIB:g} GiB are used (plan {plan.name})"
        raise StorageFull(words, headers={"Retry-After": "3600"}, used_bytes=used, limit_bytes=plan.storage_bytes)
