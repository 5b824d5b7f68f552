"""Hostile requests made from the OpenAPI document by a seed: 20,000 on SQLite, 4,000 on PostgreSQL, without a fault.

Four campaigns at once, each with organisations and a seed of its own. `DRAMATIS_FUZZ_SEED` chooses other ones,
`DRAMATIS_FUZZ_REQUESTS` their length on SQLite. What finds something is printed as a curl command, its body kept in
the folder that is named.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

from tests.bench.outcome import Outcome, Report
from tests.fuzz.campaign import Findings, Target, run_campaign
from tests.fuzz.targets import on_postgresql, on_sqlite

SEED = int(os.environ.get("DRAMATIS_FUZZ_SEED", "20261129"))
REQUESTS = int(os.environ.get("DRAMATIS_FUZZ_REQUESTS", "20000"))
AT_ONCE = 4
Start = Callable[[Path], AbstractContextManager[Target]]
DATABASES: dict[str, tuple[Start, int]] = {
    "sqlite": (on_sqlite, REQUESTS),
    "postgresql": (on_postgresql, REQUESTS // 5),
}


def run(report: Report) -> Outcome:
    """`scripts/bench fuzz`."""
    outcome = Outcome()
    for database in DATABASES:
        attack(database, outcome, report)
    return outcome


def attack(database: str, outcome: Outcome, report: Report) -> None:
    """All campaigns against a studio on one database."""
    start, requests = DATABASES[database]
    kept = Path(tempfile.mkdtemp(prefix=f"dramatis-fuzz-{database}-"))
    with tempfile.TemporaryDirectory() as folder, start(Path(folder)) as target:
        report(f"{database}: bodies of what finds something go to {kept}")

        def campaign(number: int) -> Findings:
            def tell(words: str) -> None:
                report(f"{database}, seed {SEED + number}: {words}")

            return run_campaign(target, kept, seed=SEED + number, requests=requests // AT_ONCE, report=tell)

        with ThreadPoolExecutor(AT_ONCE) as threads:
            findings = list(threads.map(campaign, range(AT_ONCE)))
    statuses = sum((found.statuses for found in findings), Counter[int]())
    faults = {fault for found in findings for fault in found.faults}
    for found in findings:
        report(str(found))
    outcome.note(f"statuses_{database}", {str(status): count for status, count in sorted(statuses.items())})
    outcome.note(f"seconds_{database}", max(found.seconds for found in findings))
    outcome.check(f"requests_{database}", statuses.total(), ">=", requests)
    outcome.check(f"faults_{database}", len(faults), "==", 0)
