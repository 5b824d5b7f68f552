"""Rank faults: kill -9 of a random rank at a random step, again and again; the render must come out the same.

The group is started anew by itself and goes on from the last step, so no kill may cost more than one step.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import tempfile
import time
from pathlib import Path

import torch

from inference.parallel.mesh import Layout
from inference.pipelines.checkpoints import Checkpoints
from inference.pipelines.ranked import RankedPipeline
from inference.pipelines.wan_vace import WanVacePipeline
from inference.protocol import RenderRequest
from inference.registry.tiny import build_tiny_wan_vace
from tests.bench.outcome import Outcome, Report
from tests.inference.parallel.test_group import render, request, same
from tests.inference.pipelines.tiny import CARD
from tests.inference.ranked import WEIGHTS, start_group

KILLS = 50
TAKEN_OVER = 5  # of them
STEPS = 6


def run(report: Report) -> Outcome:
    """`scripts/bench rank_faults`."""
    outcome = Outcome()
    kill_ranks(outcome, report, KILLS)
    return outcome


class _Given(Exception):
    """The engine that had asked is gone with its ranks."""


def _take_over(ranked: RankedPipeline, checkpoints_dir: Path, asked: RenderRequest, rng: random.Random) -> bool:
    """Kill both ranks for good after a random step; whether one rank here goes on to the same latents and frames."""

    def give_up() -> None:
        ranked._group.kill()
        raise _Given

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    step = rng.randrange(1, STEPS)
    fresh = WanVacePipeline(CARD, build_tiny_wan_vace(), WEIGHTS)
    undisturbed, _ = render(fresh, asked)
    with contextlib.suppress(_Given):
        render(ranked, asked, at_step={step: give_up})
    single = WanVacePipeline(CARD, build_tiny_wan_vace(), WEIGHTS, None, Checkpoints(checkpoints_dir))
    made, steps = render(single, asked)
    torch.set_num_threads(threads)
    return same(made, undisturbed) and steps[0] >= step


def kill_ranks(outcome: Outcome, report: Report, kills: int) -> None:
    """Figures under names that begin with `rank_`."""
    rng = random.Random(11)  # noqa: S311 (dice)
    lost_steps, recoveries_s, changed = [], [], 0
    with tempfile.TemporaryDirectory(prefix="dramatis-ranks-") as folder:
        group = start_group(Layout(1, 2), Path(folder) / "checkpoints", silence_s=30.0)
        ranked = RankedPipeline(CARD, group, Path(folder) / "jobs")
        asked = request("slowly she turns")
        undisturbed, _ = render(ranked, asked)
        for number in range(1, kills - TAKEN_OVER + 1):
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
        taken_over = [_take_over(ranked, Path(folder) / "checkpoints", asked, rng) for _ in range(TAKEN_OVER)]
        group.close()
    outcome.check("rank_kills", len(lost_steps) + TAKEN_OVER, ">=", kills)
    outcome.check("rank_renders_finished_by_another_number_of_ranks", sum(taken_over), "==", TAKEN_OVER)
    outcome.check("rank_renders_changed", changed, "==", 0)
    outcome.check("rank_steps_lost_most", max(lost_steps), "<=", 1)
    outcome.note("rank_finished_after_kill_s_median", round(sorted(recoveries_s)[len(recoveries_s) // 2], 1))
