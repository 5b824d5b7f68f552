"""Deleting an organisation: marked, counted, its rows gone, its certificate kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Table as SqlTable
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.accounts import note_key_change
from storage.queries.film_erasure import LET_GO_WITHIN
from storage.queries.timestamps import instant_after
from storage.tables import (
    ApiKey,
    Asset,
    Attempt,
    Membership,
    Organisation,
    OrganisationDeletion,
    Table,
    Take,
    database_now,
)
from storage.tables.takes import TAKE_STATES, TERMINAL_STATES
from storage.tenant_scope import set_secret_scope, set_sweep_scope, set_tenant_scope

STAYS = frozenset({"organisation_deletions"})
WITH_ORGANISATION = frozenset({"audit_log"})  # nobody may delete from it: it goes with the organisation itself


def tenant_tables() -> list[SqlTable]:
    """Every table of a tenant's rows, those first that refer to others."""
    tables = [table for table in reversed(Table.metadata.sorted_tables) if "org_id" in table.columns]
    return [table for table in tables if table.name not in STAYS]


async def count_rows(session: AsyncSession, *, org_id: str) -> dict[str, int]:
    """How many rows of each table are the tenant's, of those that have any."""
    counts = {
        table.name: int(
            await session.scalar(select(func.count()).select_from(table).where(table.c.org_id == org_id)) or 0
        )
        for table in tenant_tables()
    }
    return {name: count for name, count in sorted(counts.items()) if count}


async def list_hashes(session: AsyncSession, *, org_id: str) -> list[tuple[str, str]]:
    """Kind and SHA-256 of everything that is kept of the tenant, in order."""
    query = select(Asset.kind, Asset.sha256).where(Asset.org_id == org_id, Asset.sha256.is_not(None))
    return [(kind, sha256 or "") for kind, sha256 in await session.execute(query.order_by(Asset.kind, Asset.sha256))]


async def mark_organisation_deleted(session: AsyncSession, *, org_id: str) -> None:
    """From here on nobody is let in: its keys are revoked, and its memberships count no more."""
    note_key_change(session)
    await session.execute(update(Organisation).where(Organisation.id == org_id).values(deleted=True))
    await session.execute(
        update(ApiKey).where(ApiKey.org_id == org_id, ApiKey.revoked_at.is_(None)).values(revoked_at=database_now())
    )


async def insert_organisation_deletion(
    session: AsyncSession, *, org_id: str, deletion_id: str, erased: dict[str, Any], erased_sha256: str
) -> OrganisationDeletion:
    deletion = OrganisationDeletion(id=deletion_id, org_id=org_id, erased=erased, erased_sha256=erased_sha256)
    session.add(deletion)
    await session.flush()
    return deletion


async def find_organisation_deletion(session: AsyncSession, *, deletion_id: str) -> OrganisationDeletion | None:
    """By its id, which only who was given it knows."""
    await set_secret_scope(session, deletion_id)
    return await session.get(OrganisationDeletion, deletion_id)


async def list_organisations_to_erase(session: AsyncSession) -> list[str]:
    """Those that are marked and not erased yet."""
    await set_sweep_scope(session)
    query = select(Organisation.id).where(Organisation.deleted.is_(True)).order_by(Organisation.id)
    return list(await session.scalars(query))


async def list_unemptied(session: AsyncSession, *, older_than: timedelta) -> list[str]:
    """Organisations whose place in the store is to be looked through once more."""
    await set_sweep_scope(session)
    before = await instant_after(session, -older_than)
    query = select(OrganisationDeletion.org_id).where(
        OrganisationDeletion.finished_at < before, OrganisationDeletion.emptied_at.is_(None)
    )
    return list(await session.scalars(query.order_by(OrganisationDeletion.org_id)))


async def is_engine_at_work(session: AsyncSession, *, org_id: str) -> bool:
    """Whether an engine may still write for one of the organisation's takes."""
    await set_tenant_scope(session, org_id)
    since = await instant_after(session, -LET_GO_WITHIN)
    unfinished = [state for state in TAKE_STATES if state not in TERMINAL_STATES]
    found = await session.scalar(
        select(Take.id)
        .outerjoin(Attempt, (Attempt.org_id == Take.org_id) & (Attempt.take_id == Take.id))
        .where(
            Take.org_id == org_id,
            Take.state.in_(unfinished) | ((Attempt.state == "RENDERING") & (Take.finished_at > since)),
        )
        .limit(1)
    )
    return found is not None


async def list_member_ids(session: AsyncSession, *, org_id: str) -> list[str]:
    return list(await session.scalars(select(Membership.person_id).where(Membership.org_id == org_id)))


async def delete_tenant_rows(session: AsyncSession, *, org_id: str) -> None:
    """Every row of the tenant, and the organisation itself."""
    unlocked = {"synchronize_session": False}
    for table in tenant_tables():
        if table.name not in WITH_ORGANISATION:
            await session.execute(delete(table).where(table.c.org_id == org_id))
    note_key_change(session)
    await session.execute(delete(Organisation).where(Organisation.id == org_id).execution_options(**unlocked))


async def mark_deletion(session: AsyncSession, *, org_id: str, finished: bool) -> None:
    """Finished, or its place in the store looked through for the last time."""
    column = "finished_at" if finished else "emptied_at"
    await session.execute(
        update(OrganisationDeletion).where(OrganisationDeletion.org_id == org_id).values({column: database_now()})
    )
