"""Faults: kills of API and engine, and of ranks; the storm that the tests raise, and what it costs."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.bench.outcome import Outcome, Report
from tests.bench.rank_faults import kill_ranks
from tests.faults.storm import Storm

KILLS = 60
RANK_KILLS = 50
ANSWERS_WITHIN_S = 8.0


def run(report: Report) -> Outcome:
    """Targets: nothing wrong in the books, and the API back within 8 s after each of its deaths (the median)."""
    outcome = Outcome()
    with tempfile.TemporaryDirectory(prefix="dramatis-storm-") as folder:
        storm = Storm(Path(folder) / "data", seed=1, report=report)
        books = storm.rage(KILLS)
    for line in books.wrong:
        report(line)
    recoveries_s = sorted(storm.recoveries_s)
    outcome.check("kills", sum(storm.kills.values()), ">=", KILLS)
    outcome.note("kills_by_victim", dict(storm.kills))
    outcome.note("takes", books.takes)
    outcome.note("attempts", books.attempts)
    outcome.note("states", dict(books.states))
    outcome.check("promises_broken", len(books.wrong), "==", 0)
    outcome.check("recovery_median_s", round(recoveries_s[len(recoveries_s) // 2], 2), "<=", ANSWERS_WITHIN_S)
    outcome.note("recovery_longest_s", round(recoveries_s[-1], 2))
    kill_ranks(outcome, report, RANK_KILLS)
    return outcome
