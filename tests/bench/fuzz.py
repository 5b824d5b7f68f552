"""Hostile requests made from the OpenAPI document by a seed: 20,000 on SQLite, 4,000 on PostgreSQL, without a fault.

`DRAMATIS_FUZZ_SEED` chooses another campaign, `DRAMATIS_FUZZ_REQUESTS` its length on SQLite. What finds something is
printed as a curl command, its body kept in the folder that is named.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from tests.bench.outcome import Outcome, Report
from tests.fuzz.campaign import Target, run_campaign
from tests.fuzz.targets import on_postgresql, on_sqlite

SEED = int(os.environ.get("DRAMATIS_FUZZ_SEED", "20261129"))
REQUESTS = int(os.environ.get("DRAMATIS_FUZZ_REQUESTS", "20000"))
Start = Callable[[Path], AbstractContextManager[Target]]
CAMPAIGNS: dict[str, tuple[Start, int]] = {
    "sqlite": (on_sqlite, REQUESTS),
    "postgresql": (on_postgresql, REQUESTS // 5),
}


def run(report: Report) -> Outcome:
    """`scripts/bench fuzz`."""
    outcome = Outcome()
    kept = Path(tempfile.mkdtemp(prefix="dramatis-fuzz-"))
    for database, (start, requests) in CAMPAIGNS.items():
        with tempfile.TemporaryDirectory() as folder, start(Path(folder)) as target:
            report(f"{database}: bodies of what finds something go to {kept}")
            found = run_campaign(target, kept, seed=SEED, requests=requests, report=report)
        report(str(found))
        outcome.note(f"statuses_{database}", {str(status): count for status, count in sorted(found.statuses.items())})
        outcome.note(f"requests_a_second_{database}", round(found.requests / found.seconds, 1))
        outcome.check(f"requests_{database}", found.requests, ">=", requests)
        outcome.check(f"faults_{database}", len(found.faults), "==", 0)
    return outcome
