"""Credits: a hundred thousand operations from many sessions on PostgreSQL, whose connections and server are killed."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from storage.migrate import migrate
from tests.bench.outcome import Outcome, Report
from tests.faults.ledger import ORGANISATIONS, WORKERS, Campaign
from tests.postgres import OWNER_ROLE, running_cluster

OPERATIONS = 100_000
CRASHES = 10


def run(report: Report) -> Outcome:
    """Targets: nothing drifts, nothing is below zero, nothing is resolved twice."""
    outcome = Outcome()
    with running_cluster() as cluster, tempfile.TemporaryDirectory(prefix="dramatis-ledger-") as folder:
        migrate(cluster.create("campaign"), backups=Path(folder), owner_url=cluster.url("campaign", OWNER_ROLE))
        started = time.monotonic()
        books = asyncio.run(Campaign(cluster, "campaign", OPERATIONS, CRASHES, seed=7).rage(report))
        wall_s = time.monotonic() - started
    for line in books.wrong[:20]:
        report(line)
    outcome.note("sessions", WORKERS)
    outcome.note("organisations", ORGANISATIONS)
    outcome.check("operations", books.done, ">=", OPERATIONS)
    outcome.note("operations_by_kind", dict(books.operations))
    outcome.note("entries", books.entries)
    outcome.check("server_crashes", books.crashes, ">=", CRASHES)
    outcome.note("connections_killed", books.connections_killed)
    outcome.note("units_interrupted", books.interrupted)
    outcome.check("drift_micro_credits", books.drift, "==", 0)
    outcome.check("negative_accounts", books.negative, "==", 0)
    outcome.check("holds_resolved_twice", books.resolved_twice, "==", 0)
    outcome.check("verify_problems", len(books.wrong), "==", 0)
    outcome.note("operations_a_second", round(books.done / wall_s))
    return outcome
