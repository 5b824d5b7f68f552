"""Ranks in processes of their own over gloo: `in_processes` renders on all of them."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

import torch
from torch import distributed, multiprocessing

from inference.parallel.mesh import Layout, Mesh, join
from tests.inference.parallel.acts import Acted, act, act_between
from tests.inference.parallel.shots import Configuration, Made, render, render_beside, render_between


@dataclass(frozen=True)
class Amid:
    """A request among others at the same loaded model: between two of them, or overlapped with them as engines do."""

    asked: Configuration | Acted
    how: Literal["between", "beside"] = "between"


Asked = Configuration | Acted | Amid
Work = list[tuple[Layout, list[Asked]]]


def make(asked: Asked, mesh: Mesh | None = None) -> Made:
    """The clip as this rank of `mesh` has it in the end."""
    match asked:
        case Amid(Acted() as acted):
            return act_between(acted, mesh)
        case Amid(Configuration() as configuration, how):
            return (render_beside if how == "beside" else render_between)(configuration, mesh)
        case Acted():
            return act(asked, mesh)
        case Configuration():
            return render(asked, mesh)


def in_processes(work: Work) -> list[list[Made]]:
    """For each rank what it made of all the work, in order. All layouts have one size; the processes serve them all."""
    size = work[0][0].size
    with tempfile.TemporaryDirectory() as folder:
        multiprocessing.start_processes(
            _run, args=(size, folder, work, torch.get_num_threads()), nprocs=size, start_method="spawn"
        )
        return [torch.load(Path(folder) / f"{rank}.pt", weights_only=False) for rank in range(size)]


def _run(rank: int, size: int, folder: str, work: Work, threads: int) -> None:
    torch.set_num_threads(threads)
    store = distributed.FileStore(f"{folder}/store", size)
    distributed.init_process_group("gloo", store=store, rank=rank, world_size=size, timeout=timedelta(minutes=10))
    made = []
    for layout, asked in work:
        mesh = join(layout)
        made += [make(one, mesh) for one in asked]
    torch.save(made, f"{folder}/{rank}.pt")
    distributed.destroy_process_group()
