"""Erasing a film for good: its takes and cuts with their files, its notes, its board, the log of its edits.

It is out of sight at once. What still renders is cancelled first, and the rest waits until its engine has let go, so
that nothing is written for a film that is gone. Characters and uploaded plates are not the film's and stay.
"""

from __future__ import annotations

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from storage.objects import Objects, StoreError
from storage.queries.assets import mark_assets_deleted
from storage.queries.cuts import move_cut
from storage.queries.film_erasure import (
    delete_film_rows,
    is_rendering,
    list_film_holdings,
    list_projects_to_erase,
)
from storage.queries.storyboard import get_project
from storage.queries.tenants import each_tenant
from storage.tables.takes import TERMINAL_STATES
from storage.unit import Database
from studio.assets.retention import erase_assets
from studio.billing.spending import settle_cut
from studio.generation.takes import cancel_take
from studio.http.errors import NotFound
from studio.storyboard.editing import tell_change
from studio.storyboard.schemas import ProjectErased

log = structlog.get_logger(__name__)


async def erase_project(database: Database, objects: Objects, *, org_id: str, project_id: str) -> ProjectErased:
    """Says what goes. When the object store is away or an engine still writes, the sweeper goes on. Raises NotFound."""
    async with database.write(org_id=org_id) as session:
        erased = await _doom(session, org_id, project_id)
    try:
        await _finish(database, objects, org_id, project_id)
    except StoreError:
        log.warning("erasure_postponed", project_id=project_id)
    return erased


async def finish_erasures(database: Database, objects: Objects) -> int:
    """Go on with every film that is marked; returns how many are gone now. Raises StoreError."""
    doomed = []
    async with database.read() as session:
        async for org_id in each_tenant(session):
            doomed += [(org_id, each) for each in await list_projects_to_erase(session, org_id=org_id)]
    return sum([await _finish(database, objects, org_id, project_id) for org_id, project_id in doomed])


async def _doom(session: AsyncSession, org_id: str, project_id: str) -> ProjectErased:
    project = await get_project(session, org_id=org_id, project_id=project_id)
    if project is None:
        raise NotFound(f"there is no project {project_id}")
    project.deleted = True
    holdings = await list_film_holdings(session, org_id=org_id, project_id=project_id)
    for take in holdings.takes:
        if take.state not in TERMINAL_STATES:
            await cancel_take(session, org_id=org_id, take_id=take.id)
    for cut in holdings.cuts:
        ended = await move_cut(session, org_id=org_id, cut_id=cut.id, to="CANCELLED")
        if ended is not None:
            await settle_cut(session, ended)
    await tell_change(session, project)
    return ProjectErased(
        project_id=project_id,
        scenes=holdings.scenes,
        shots=holdings.shots,
        takes=len(holdings.takes),
        notes=holdings.notes,
        files=len(holdings.asset_ids),
    )


async def _finish(database: Database, objects: Objects, org_id: str, project_id: str) -> bool:
    """Objects first, rows after, so that a crash leaves rows to try again by. False while something still renders."""
    async with database.read(org_id=org_id) as session:
        if await is_rendering(session, org_id=org_id, project_id=project_id):
            return False
        holdings = await list_film_holdings(session, org_id=org_id, project_id=project_id)
    for take in holdings.takes:
        await objects.delete_prefix(f"orgs/{org_id}/takes/{take.id}/")
    for cut in holdings.cuts:
        await objects.delete_prefix(f"orgs/{org_id}/cuts/{cut.id}/")
    async with database.write(org_id=org_id) as session:
        await delete_film_rows(session, org_id=org_id, project_id=project_id)
        marked = await mark_assets_deleted(session, org_id=org_id, asset_ids=holdings.asset_ids)
    await erase_assets(database, objects, marked)
    return True
