"""Control plane: what votes, step messages and commands cost beside the work that they steer, at two and four ranks.

Measured apart from the model: each step is a short sleep, as a host sleeps while its device computes, between the
opening of a vote and its end. At two ranks every process has a core of this machine, at four they share: what is more
there is the wait for a core. For comparison, what the same vote costs where it is waited for at once.
"""

from __future__ import annotations

import asyncio
import socket
import tempfile
import threading
import time
from datetime import timedelta
from pathlib import Path

import numpy as np
import torch
from torch import distributed, multiprocessing

from inference import cost
from inference.catalogue import PULLED
from inference.cost import ASSUMED_FLOP_PER_S, WAN_14B, count_tokens
from inference.parallel.command_pipe import Pipe
from inference.parallel.mesh import GroupLink, Layout
from inference.pipelines.contract import CancelToken, RenderCancelled
from inference.pipelines.ranked import RankedPipeline
from inference.worker.rank import CancelVote
from tests.bench.outcome import Outcome, Report
from tests.inference.engine.turns import take_turns
from tests.inference.parallel.test_group import render, request
from tests.inference.pipelines.tiny import CARD
from tests.inference.ranked import start_group
from tests.studio.engines.turns import open_studio, rests_s

RANKS = (2, 4)
STEPS = 2000
COMPUTE_S = 0.005  # a true step takes a hundred times as long
PINGS = 200
TURNS = 6
DECODE_S = 2.0
TRUE_STEPS = 6


def run(report: Report) -> Outcome:
    """`scripts/bench control-plane`."""
    outcome = Outcome()
    for ranks in RANKS:
        overlapped_s, waited_s = (_time_votes(ranks, overlapped) for overlapped in (True, False))
        name = f"step_overhead_ms_{ranks}_ranks"
        outcome.note(f"{name}_median", _ms(overlapped_s, 50))
        outcome.check(f"{name}_p99", _ms(overlapped_s, 99), "<=", 1.0)
        outcome.note(f"{name}_waited_for_at_once_median", _ms(waited_s, 50))
        outcome.note(f"{name}_waited_for_at_once_p99", _ms(waited_s, 99))
    ranks = RANKS[-1]
    true_step_s = 2 * WAN_14B.forward_flop(count_tokens(832, 480, 81), 81) / (ASSUMED_FLOP_PER_S * ranks)
    outcome.note("a_true_480p_step_on_four_devices_s", round(true_step_s, 2))
    share = 100 * float(np.median(overlapped_s)) / true_step_s
    outcome.check("overhead_of_a_true_step_percent", round(share, 4), "<=", 0.5)
    report("control plane: votes")
    with tempfile.TemporaryDirectory() as folder:
        group = start_group(Layout(1, 2), Path(folder) / "checkpoints")
        ranked = RankedPipeline(CARD, group, Path(folder) / "jobs")
        pings_s = [_timed(group.ping) for _ in range(PINGS)]
        idle_s = float(np.median(pings_s))
        outcome.note("command_round_trip_ms_median", round(1e3 * idle_s, 3))
        over_s, free_s = _time_cancel(ranked)
        outcome.check("cancel_beyond_a_step_ms", round(1e3 * over_s, 1), "<=", 50.0)
        outcome.check("ranks_free_after_a_cancel_beyond_a_step_ms", round(1e3 * free_s, 1), "<=", 50.0)
        group.close()
    _measure_turns(outcome, report)
    _measure_true_turns(outcome, report)
    for ranks in ("1x1", "1x2"):
        asyncio.run(_measure_child(ranks, outcome))
        report(f"control plane: renders in a row by a child process, {ranks}")
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


def _measure_true_turns(outcome: Outcome, report: Report) -> None:
    """The same without a decode that waits: what encoding, decoding, scoring and muxing beside the steps gain here.

    One thread for each of the two, so that they share no core.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        take_turns(Path(folder) / "warm", 1, 0.0)
        overlapped = take_turns(Path(folder) / "overlapped", TURNS, 0.0, steps=TRUE_STEPS)
        in_turn = take_turns(Path(folder) / "in-turn", TURNS, 0.0, overlaps=False, steps=TRUE_STEPS)
    torch.set_num_threads(threads)
    outcome.note("renders_in_a_row_over_in_turn", round(overlapped.wall_s / in_turn.wall_s, 2))
    outcome.check("renders_in_a_row_changed", overlapped.latents != in_turn.latents, "==", False)
    report("control plane: renders in a row, with the decodes that they have")


async def _measure_child(ranks: str, outcome: Outcome) -> None:
    """The same as the product sees it: renders of about 2.4 s of steps and a decode of 2 s, by one engine process."""
    with tempfile.TemporaryDirectory() as folder:
        async with open_studio(Path(folder), ranks) as studio:
            requests = [studio.request(seed, "slowly she lingers", steps=6) for seed in range(TURNS)]
            await studio.render("warm", requests[0])
            overlapped = await studio.render_together(requests, "overlapped")
            in_turn = await studio.render_in_turn(requests, "in-turn")
    hidden_s, waited_s = (float(np.median(rests_s(stories))) for stories in (overlapped, in_turn))
    name = f"child_process_{ranks}"
    outcome.note(f"{name}_idle_between_denoises_s_overlapped", round(hidden_s, 3))
    outcome.note(f"{name}_idle_between_denoises_s_in_turn", round(waited_s, 3))
    outcome.check(f"{name}_decode_hidden_s", round(waited_s - hidden_s, 2), ">=", 0.8 * DECODE_S)
    changed = [one.hashes() for one in overlapped] != [one.hashes() for one in in_turn]
    outcome.check(f"{name}_renders_changed", changed, "==", False)
    spans_s = (max(one.ended for one in stories) - stories[0].denoised[0] for stories in (overlapped, in_turn))
    outcome.note(f"{name}_renders_s_overlapped_and_in_turn", [round(span_s, 1) for span_s in spans_s])


def _timed(work: object) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def _time_cancel(ranked: RankedPipeline) -> tuple[float, float]:
    """Seconds from a cancel just after a step until the render is over, and until the ranks obey again; less a step."""
    cancel, seen_at = CancelToken(), []

    def stop() -> None:
        seen_at.append(time.monotonic())
        cancel.cancel()

    try:
        render(
            ranked, request("slowly she turns", steps=20), cancel,
            at_step={1: lambda: seen_at.append(time.monotonic()), 2: stop},
        )  # fmt: skip
    except RenderCancelled:
        over_at = time.monotonic()
        ranked._group.ping()
        step_s = seen_at[1] - seen_at[0]
        return over_at - seen_at[1] - step_s, time.monotonic() - seen_at[1] - step_s
    raise AssertionError("the cancel was not heard")


def _ms(times_s: list[float], percentile: float) -> float:
    return round(1e3 * float(np.percentile(times_s, percentile)), 3)


def _time_votes(ranks: int, overlapped: bool) -> list[float]:
    """Seconds of rank 0's steps that vote and report, without what they compute."""
    with tempfile.TemporaryDirectory() as folder:
        multiprocessing.start_processes(_vote, args=(ranks, overlapped, folder), nprocs=ranks, start_method="spawn")
        return list(np.load(Path(folder) / "0.npy"))


def _vote(rank: int, ranks: int, overlapped: bool, folder: str) -> None:
    store = distributed.FileStore(f"{folder}/store", ranks)
    distributed.init_process_group("gloo", store=store, rank=rank, world_size=ranks, timeout=timedelta(minutes=2))
    ballot = CancelVote(GroupLink(distributed.group.WORLD))
    ours, theirs = socket.socketpair()
    pipe, reader = Pipe(ours), Pipe(theirs)
    threading.Thread(target=lambda: all(reader.receive() for _ in range(STEPS)), daemon=True).start()
    times_s = []
    for step in range(STEPS):
        began = time.perf_counter()
        ballot.open()
        if not overlapped:
            ballot.close()
        if rank == 0:
            pipe.send({"step": step, "total": STEPS, "number": 1})
        opened = time.perf_counter()
        time.sleep(COMPUTE_S)
        computed = time.perf_counter()
        ballot.close()
        times_s.append(opened - began + time.perf_counter() - computed)
    np.save(f"{folder}/{rank}.npy", np.array(times_s[100:]))
    distributed.barrier()
    distributed.destroy_process_group()
