"""Rank faults: kill -9 of a random rank at a random step, again and again; the render must come out the same.

The group is started anew by itself and goes on from the last step, so no kill may cost more than one step.
"""

from __future__ import annotations

import os
import random
import signal
import tempfile
import time
from pathlib import Path

from inference.parallel.mesh import Layout
from inference.pipelines.ranked import RankedPipeline
from tests.bench.outcome import Outcome, Report
from tests.inference.parallel.test_group import render, request, same
from tests.inference.pipelines.tiny import CARD
from tests.inference.ranked import start_group

KILLS = 50
STEPS = 6


def run(report: Report) -> Outcome:
    """`scripts/bench rank_faults`."""
    outcome = Outcome()
    kill_ranks(outcome, report, KILLS)
    return outcome


def kill_ranks(outcome: Outcome, report: Report, kills: int) -> None:
    """Figures under names that begin with `rank_`."""
    rng = random.Random(11)  # noqa: S311 (dice)
    lost_steps, recoveries_s, changed = [], [], 0
    with tempfile.TemporaryDirectory(prefix="dramatis-ranks-") as folder:
        group = start_group(Layout(1, 2), Path(folder) / "checkpoints", silence_s=30.0)
        ranked = RankedPipeline(CARD, group, Path(folder) / "jobs")
        asked = request("slowly she turns")
        undisturbed, _ = render(ranked, asked)
        for number in range(1, kills + 1):
            step, rank = rng.randrange(1, STEPS), rng.randrange(2)
            killed_at: list[float] = []

            def kill(rank: int = rank, killed_at: list[float] = killed_at) -> None:
                killed_at.append(time.monotonic())
                os.kill(group.pids[rank], signal.SIGKILL)

            made, steps = render(ranked, asked, at_step={step: kill})
            recoveries_s.append(time.monotonic() - killed_at[0])
            lost_steps.append(len(steps) - STEPS)
            changed += not same(made, undisturbed)
            if number % 10 == 0:
                report(f"ranks: {number} of {kills} kills")
        group.close()
    outcome.check("rank_kills", len(lost_steps), ">=", kills)
    outcome.check("rank_renders_changed", changed, "==", 0)
    outcome.check("rank_steps_lost_most", max(lost_steps), "<=", 1)
    outcome.note("rank_finished_after_kill_s_median", round(sorted(recoveries_s)[len(recoveries_s) // 2], 1))
