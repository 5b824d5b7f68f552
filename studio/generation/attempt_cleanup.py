"""What attempts leave behind in the object store is removed: everything of a lost one, the previews of a kept one."""

from __future__ import annotations

import structlog

from storage.objects import Objects, StoreError
from storage.queries.attempt_cleanup import list_uncollected_attempts, mark_collected
from storage.queries.tenants import each_tenant
from storage.unit import Database
from studio.generation.settlement import PREVIEWS

log = structlog.get_logger(__name__)

BATCH = 50  # of an organisation


async def clean_up_attempts(database: Database, objects: Objects) -> int:
    """Remove what ended attempts left; returns how many attempts were cleaned up. A store that fails is tried later."""
    attempts = []
    async with database.read() as session:
        async for org_id in each_tenant(session):
            attempts += await list_uncollected_attempts(session, org_id=org_id, limit=BATCH)
    collected = 0
    for attempt in attempts:
        prefix = attempt.key_prefix + (PREVIEWS if attempt.state == "SUCCEEDED" else "")
        try:
            await objects.delete_prefix(prefix)
        except StoreError as error:
            log.warning("leftovers_stay", prefix=prefix, why=str(error))
            continue
        async with database.write(org_id=attempt.org_id) as session:
            await mark_collected(session, org_id=attempt.org_id, take_id=attempt.take_id, number=attempt.number)
        collected += 1
    return collected
