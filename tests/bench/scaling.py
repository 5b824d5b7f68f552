"""Scaling on the CPU over gloo: seconds a step and the share of them spent in exchanges, by number of ranks.

Two cores carry all ranks, so the figures show what sharing costs, not what devices of their own would gain.
"""

from __future__ import annotations

import itertools
import tempfile
import time
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import torch
from torch import distributed, multiprocessing

from inference.parallel.mesh import Layout, Link, Mesh, join
from inference.pipelines.contract import CancelToken, CastPhoto
from inference.pipelines.wan_vace import WanVacePipeline
from inference.registry.tiny import build_tiny_wan_vace
from tests.bench.outcome import Outcome, Report
from tests.inference.pipelines.tiny import CARD, noise_photo, request_of

LAYOUTS = (Layout(1, 1), Layout(1, 2), Layout(2, 1), Layout(1, 4), Layout(2, 2))
STEPS = 6


def run(report: Report) -> Outcome:
    """`scripts/bench scaling`."""
    outcome = Outcome()
    alone_s = 0.0
    for layout in LAYOUTS:
        step_s, share = _measure(layout)
        alone_s = alone_s or step_s
        name = f"guidance_{layout.guidance}_sequence_{layout.sequence}"
        outcome.note(f"{name}_step_s", round(step_s, 4))
        outcome.note(f"{name}_times_of_one_rank", round(step_s / alone_s, 2))
        outcome.check(f"{name}_communication_share", round(share, 3), "<=", 0.9)
        report(f"scaling: {layout}")
    return outcome


@dataclass
class Timed:
    """A link that adds up the seconds spent in it."""

    link: Link
    spent_s: list[float] = field(default_factory=list)

    @property
    def rank(self) -> int:
        return self.link.rank

    @property
    def size(self) -> int:
        return self.link.size

    def all_gather(self, tensor: torch.Tensor) -> list[torch.Tensor]:
        return self._time(self.link.all_gather, tensor)

    def all_to_all(self, parts: list[torch.Tensor]) -> list[torch.Tensor]:
        return self._time(self.link.all_to_all, parts)

    def _time(self, exchange: object, sent: object) -> list[torch.Tensor]:
        began = time.perf_counter()
        received = exchange(sent)
        self.spent_s.append(time.perf_counter() - began)
        return received


def _measure(layout: Layout) -> tuple[float, float]:
    """Rank 0's median seconds a step, and the share of all steps that went to exchanges."""
    with tempfile.TemporaryDirectory() as folder:
        multiprocessing.start_processes(_work, args=(layout, folder), nprocs=layout.size, start_method="spawn")
        step_s, share = torch.load(Path(folder) / "0.pt", weights_only=True).tolist()
    return step_s, share


def _work(rank: int, layout: Layout, folder: str) -> None:
    torch.set_num_threads(1)
    store = distributed.FileStore(f"{folder}/store", layout.size)
    distributed.init_process_group("gloo", store=store, rank=rank, world_size=layout.size, timeout=timedelta(minutes=5))
    mesh = join(layout)
    sequence, guidance = Timed(mesh.sequence), Timed(mesh.guidance)
    timed = replace(mesh, sequence=sequence, guidance=guidance) if layout.size > 1 else Mesh()
    vace = WanVacePipeline(CARD, build_tiny_wan_vace(), {}, timed)
    cast = (CastPhoto("chr_1", "Ada", "centre", (noise_photo(1),)),)
    request, cancel = request_of(cast, steps=STEPS, width=128, height=64, seconds=33 / 16), CancelToken()
    shot = vace.prepare(request, cast, None, cancel)
    marks = [time.perf_counter()]
    sequence.spent_s.clear()
    vace.denoise(shot, lambda *_: marks.append(time.perf_counter()), cancel)
    steps_s = sorted(after - before for before, after in itertools.pairwise(marks))
    share = sum(sequence.spent_s + guidance.spent_s) / (marks[-1] - marks[0])
    torch.save(torch.tensor([steps_s[len(steps_s) // 2], share]), f"{folder}/{rank}.pt")
    distributed.destroy_process_group()
