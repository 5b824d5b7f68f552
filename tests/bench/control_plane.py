"""Control plane: what votes, step messages and commands cost beside the work that they steer, at four ranks.

Measured apart from the model: four processes vote and report as fast as they can, so what is seen is the cost of a step
that computes nothing.
"""

from __future__ import annotations

import socket
import tempfile
import threading
import time
from datetime import timedelta
from pathlib import Path

import numpy as np
from torch import distributed, multiprocessing

from inference import cost
from inference.catalogue import PULLED
from inference.cost import ASSUMED_FLOP_PER_S, WAN_14B, count_tokens
from inference.parallel.mesh import GroupLink, Layout
from inference.parallel.wire import Pipe
from inference.pipelines.contract import CancelToken, RenderCancelled
from inference.pipelines.ranked import RankedPipeline
from inference.worker.rank import Ballot
from tests.bench.outcome import Outcome, Report
from tests.inference.engine.turns import take_turns
from tests.inference.parallel.test_group import render, request
from tests.inference.pipelines.tiny import CARD
from tests.inference.ranked import start_group

RANKS = 4
STEPS = 2000
PINGS = 200
TURNS = 6
DECODE_S = 2.0
SLOW_STEP_S = 0.4  # two forwards of "slowly", 0.2 s each


def run(report: Report) -> Outcome:
    """`scripts/bench control-plane`."""
    outcome = Outcome()
    steps_s = _time_votes()
    true_step_s = 2 * WAN_14B.forward_flop(count_tokens(832, 480, 81), 81) / (ASSUMED_FLOP_PER_S * RANKS)
    outcome.note("step_overhead_ms_median", round(1e3 * float(np.median(steps_s)), 3))
    outcome.check("step_overhead_ms_p99", round(1e3 * float(np.percentile(steps_s, 99)), 3), "<=", 1.0)
    outcome.note("a_true_480p_step_on_four_devices_s", round(true_step_s, 2))
    outcome.check("overhead_of_a_true_step_percent", round(100 * float(np.median(steps_s)) / true_step_s, 4), "<=", 0.5)
    report("control plane: votes")
    with tempfile.TemporaryDirectory() as folder:
        group = start_group(Layout(1, 2), Path(folder) / "checkpoints")
        ranked = RankedPipeline(CARD, group, Path(folder) / "jobs")
        pings_s = [_timed(group.ping) for _ in range(PINGS)]
        idle_s = float(np.median(pings_s))
        outcome.note("command_round_trip_ms_median", round(1e3 * idle_s, 3))
        outcome.check("cancel_beyond_a_step_ms", round(1e3 * (_time_cancel(ranked) - SLOW_STEP_S), 1), "<=", 50.0)
        group.close()
    _measure_turns(outcome, report)
    return outcome


def _measure_turns(outcome: Outcome, report: Report) -> None:
    """Renders queued at one engine: how long the device waits between two, and what decoding beside it gains."""
    with tempfile.TemporaryDirectory() as folder:
        overlapped = take_turns(Path(folder) / "overlapped", TURNS, DECODE_S)
        in_turn = take_turns(Path(folder) / "in-turn", TURNS, DECODE_S, overlaps=False)
    idle_s, waited_s = (float(np.median(turns.idle_s())) for turns in (overlapped, in_turn))
    shortest_s = min(
        cost.estimate_render_s(
            cost.render_flop(
                card.shape, cost.count_tokens(832, 480, 77, 1), 77, card.default_steps, card.default_guidance_scale
            ),
            ASSUMED_FLOP_PER_S,
        )
        for card in PULLED.values()
    )
    outcome.note("idle_between_denoises_s_overlapped", round(idle_s, 3))
    outcome.note(f"idle_between_denoises_s_in_turn_with_decodes_of_{DECODE_S:.0f}_s", round(waited_s, 3))
    outcome.note("shortest_true_render_s", round(shortest_s, 1))
    outcome.check("idle_between_jobs_percent", round(100 * idle_s / (idle_s + shortest_s), 3), "<=", 2.0)
    outcome.check("decode_hidden_s", round(waited_s - idle_s, 2), ">=", 0.8 * DECODE_S)
    outcome.check("overlapped_renders_changed", overlapped.latents != in_turn.latents, "==", False)
    report("control plane: renders in a row")


def _timed(work: object) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def _time_cancel(ranked: RankedPipeline) -> float:
    """Seconds from a cancel just after a step until the render is over."""
    cancel, cancelled_at = CancelToken(), []

    def stop() -> None:
        cancelled_at.append(time.monotonic())
        cancel.cancel()

    try:
        render(ranked, request("slowly she turns", steps=20), cancel, at_step={2: stop})
    except RenderCancelled:
        return time.monotonic() - cancelled_at[0]
    raise AssertionError("the cancel was not heard")


def _time_votes() -> list[float]:
    """Seconds of each step of rank 0 that only votes and reports."""
    with tempfile.TemporaryDirectory() as folder:
        multiprocessing.start_processes(_vote, args=(folder,), nprocs=RANKS, start_method="spawn")
        return list(np.load(Path(folder) / "0.npy"))


def _vote(rank: int, folder: str) -> None:
    store = distributed.FileStore(f"{folder}/store", RANKS)
    distributed.init_process_group("gloo", store=store, rank=rank, world_size=RANKS, timeout=timedelta(minutes=2))
    ballot = Ballot(GroupLink(distributed.group.WORLD))
    ours, theirs = socket.socketpair()
    pipe, reader = Pipe(ours), Pipe(theirs)
    threading.Thread(target=lambda: all(reader.receive() for _ in range(STEPS)), daemon=True).start()
    times_s = []
    for step in range(STEPS):
        began = time.perf_counter()
        ballot.vote()
        pipe.send({"step": step, "total": STEPS, "number": 1})
        times_s.append(time.perf_counter() - began)
    np.save(f"{folder}/{rank}.npy", np.array(times_s[100:]))
    distributed.barrier()
    distributed.destroy_process_group()
