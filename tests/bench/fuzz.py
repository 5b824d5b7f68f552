"""Hostile requests: 20,000 of them on SQLite and 4,000 on PostgreSQL, by seed; no fault of any kind.

`DRAMATIS_FUZZ_SEED` and `DRAMATIS_FUZZ_REQUESTS` choose another campaign.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from tests.bench.outcome import Outcome, Report
from tests.faults.server import Server
from tests.fuzz.campaign import run_campaign
from tests.fuzz.targets import embedded

SEED = int(os.environ.get("DRAMATIS_FUZZ_SEED", "20261129"))
REQUESTS = int(os.environ.get("DRAMATIS_FUZZ_REQUESTS", "20000"))


def run(report: Report) -> Outcome:
    """`scripts/bench fuzz`."""
    outcome = Outcome()
    with tempfile.TemporaryDirectory(delete=False) as folder:
        server = Server(Path(folder) / "data", DRAMATIS_ENGINE_MODULE="tests.inference.panning")
        server.start()
        try:
            found = run_campaign(embedded(server), Path(folder), seed=SEED, requests=REQUESTS, report=report)
        finally:
            server.stop()
    report(str(found))
    outcome.note("statuses", {str(status): count for status, count in sorted(found.statuses.items())})
    outcome.note("requests_a_second", round(found.requests / found.seconds, 1))
    outcome.check("requests", found.requests, ">=", REQUESTS)
    outcome.check("faults", len(found.faults), "==", 0)
    return outcome
