"""What is cleaned up in the background, and how often: soon after something has happened, seldom while nothing does."""

from __future__ import annotations

import asyncio
import time

import structlog

from storage.objects import Objects
from storage.unit import Database
from studio.assets.retention import forget_old_requests, schedule_unused_uploads_erasure, sweep
from studio.auth.sign_in_limits import sweep_sessions
from studio.billing.holds import release_stranded
from studio.billing.ledger import sweep_lots
from studio.billing.verify import measure_drift
from studio.generation.attempt_cleanup import clean_up_attempts
from studio.generation.checkpoints import clean_up_checkpoints
from studio.generation.prompt_readings import forget_old_readings
from studio.generation.workflow import leave_former_queues
from studio.mail.outbox import forget_old_mail
from studio.observability.fleet import SWEEPER_LEADER
from studio.organisations.erasure import finish_organisation_deletions
from studio.organisations.request_limits import sweep_request_buckets
from studio.queue.release import repair_queues
from studio.request_log.writing import sweep_request_log
from studio.storyboard.erasure import finish_erasures
from studio.test_mode.sweep import sweep_test_mode
from studio.webhooks.outbox import adopt_orphaned_deliveries, forget_old_deliveries

log = structlog.get_logger(__name__)

EVERY_S = 15.0
AT_REST_S = 45.0  # what other processes did, and what only time brings about: within a minute, with all that it takes
FORGET_EVERY_S = 600.0  # what has expired, and is no longer good for anything already
UNUSED_EVERY_S = 3600.0  # looks through every document


async def sweep_now_and_then(database: Database, objects: Objects) -> None:
    """Never ends. What failed is tried again; the studio goes on."""
    with SWEEPER_LEADER.track_inprogress():
        await _sweep_for_ever(database, objects)


async def _sweep_for_ever(database: Database, objects: Objects) -> None:
    forget_at = unused_at = time.monotonic()
    while True:
        commits = database.committed.total
        failed = False
        try:
            if time.monotonic() >= unused_at:
                await schedule_unused_uploads_erasure(database)
                await measure_drift(database)
                unused_at = time.monotonic() + UNUSED_EVERY_S
            if time.monotonic() >= forget_at:
                await forget_old_requests(database)
                await sweep_sessions(database)
                await sweep_request_buckets(database)
                await sweep_request_log(database)
                await sweep_test_mode(database, objects)
                await release_stranded(database)
                await adopt_orphaned_deliveries(database)
                await forget_old_deliveries(database)
                await forget_old_mail(database)
                await forget_old_readings(database)
                forget_at = time.monotonic() + FORGET_EVERY_S
            await leave_former_queues(database)
            await repair_queues(database)
            await sweep_lots(database)
            await clean_up_attempts(database, objects)
            await clean_up_checkpoints(database, objects)
            await finish_erasures(database, objects)
            await finish_organisation_deletions(database, objects)
            await sweep(database, objects)
        except Exception:
            failed = True
            log.exception("collecting_failed")
        await _rest(database, commits, EVERY_S if failed else AT_REST_S)


async def _rest(database: Database, commits: int, most_s: float) -> None:
    """Until something was committed that the last sweep may not have seen, or for `most_s`."""
    until = time.monotonic() + most_s
    await asyncio.sleep(EVERY_S)
    while database.committed.total == commits and time.monotonic() < until:
        await asyncio.sleep(EVERY_S)
