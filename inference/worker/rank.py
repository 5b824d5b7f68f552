"""`python -m inference.worker.rank MODULE:FUNCTION LAYOUT FOLDER SOCKET`: one rank of a group, started by the group.

It loads its share, greets, and obeys: prepare, denoise, decode. Whether to stop is voted on after each step, so that
all ranks stop at the same one, and none is left waiting in a collective. Clips are decoded on a thread of their own:
the next render is prepared and denoised meanwhile.
"""

from __future__ import annotations

import importlib
import logging
import os
import queue
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

import numpy as np
import torch
from safetensors.torch import save_file
from torch import distributed
from torch._C._distributed_c10d import FileStore, Store

from inference.catalogue import RequestRefused
from inference.exact.threads import fix_threads
from inference.parallel.command_pipe import Pipe, Words, connect
from inference.parallel.mesh import VOTING, Link, Mesh, backend_of, join, parse_layout
from inference.pipelines.checkpoints import Checkpoints
from inference.pipelines.contract import (
    CancelToken,
    HoldsWeights,
    KeepsCheckpoints,
    Pipeline,
    Prepared,
    RenderCancelled,
)
from inference.pipelines.rank_bundle import RankBundle, read_bundle
from inference.protocol import Tier
from inference.worker.child_process import die_with_parent, leave_interrupts_to_parent
from inference.worker.logs import log_as_json

log = logging.getLogger(__name__)

Load = Callable[[Mesh, Checkpoints], Mapping[str, Pipeline]]


class CancelVote(CancelToken):
    """A stop sign that goes up on every rank at once, or on none: whoever was told to stop votes for it."""

    def __init__(self, link: Link) -> None:
        super().__init__()
        self._link = link
        self.told = threading.Event()
        self._answer: Callable[[], bool] | None = None

    def open(self) -> None:
        """Begin a vote. All ranks call this, `close` and `settle` at the same points; at most one vote is open."""
        self.close()
        self._answer = self._link.ask_whether_any(self.told.is_set())

    def close(self) -> None:
        """Wait for the open vote's end; afterwards `check` raises on all ranks or on none."""
        if self._answer is not None and self._answer():
            self.cancel()
        self._answer = None

    def settle(self) -> None:
        self.close()
        self.check()

    def own(self) -> CancelToken:
        """A stop sign for what each rank does by itself: there one may stop before the others."""
        return _Own(self.told)


class _Own(CancelToken):
    def __init__(self, told: threading.Event) -> None:
        super().__init__()
        self._asked = told


class JobUnknown(LookupError):
    """This rank was never told to prepare the job: it is younger than that."""


@dataclass
class _Job:
    """A render on its way; `latents` once it is denoised."""

    bundle: RankBundle
    pipeline: Pipeline
    prepared: Prepared
    latents: torch.Tensor | None = None


_Commands = queue.SimpleQueue[tuple[Words, CancelVote] | None]


class Rank:
    """Obeys one engine."""

    def __init__(self, pipe: Pipe, mesh: Mesh, pipelines: Mapping[str, Pipeline]) -> None:
        self._pipe, self._mesh, self._pipelines = pipe, mesh, pipelines
        self._commands: _Commands = queue.SimpleQueue()
        self._decodes: _Commands = queue.SimpleQueue()
        self._votes: dict[int, CancelVote] = {}
        self._jobs: dict[str, _Job] = {}  # by their parcels' folders

    def serve(self) -> None:
        """Until told to stop, or the engine is gone."""
        decoding = threading.Thread(target=self._decode_beside, args=(torch.get_num_threads(),), name="decode")
        for thread in (threading.Thread(target=self._listen, name="commands", daemon=True), decoding):
            thread.start()
        self._work_off(self._commands)
        decoding.join()

    def _decode_beside(self, threads: int) -> None:
        take_device()  # of this thread, which brings its own pool too
        torch.set_num_threads(threads)
        self._work_off(self._decodes)

    def _work_off(self, commands: _Commands) -> None:
        while (came := commands.get()) is not None:
            command, vote = came
            try:
                answer = self._obey(command, vote)
            except RenderCancelled:
                answer = {"cancelled": True}
            except BaseException as error:
                log.exception("command failed")
                kind = "MemoryError" if isinstance(error, torch.OutOfMemoryError) else type(error).__name__
                answer = {"failed": kind, "message": str(error)}
                if isinstance(error, RequestRefused):
                    answer |= {"field": error.field, "nearest": list(error.nearest)}
            self._votes.pop(command["number"])
            self._pipe.send(answer | {"number": command["number"], "resident": self._resident()})

    def _resident(self) -> Words:
        return {
            name: {"on_device": one.on_device, "adapters": list(one.loaded_adapters)}
            for name, one in self._pipelines.items()
            if isinstance(one, HoldsWeights)
        }

    def _listen(self) -> None:
        """A command waits with its own vote, so that a cancel which overtakes it is not lost."""
        while (command := self._pipe.receive()) is not None and command["do"] != "stop":
            if command["do"] == "cancel":
                vote = self._votes.get(command["number"])
                if vote is not None:
                    vote.told.set()
                continue
            vote = self._votes[command["number"]] = CancelVote(self._mesh.votes)
            (self._decodes if command["do"] == "decode" else self._commands).put((command, vote))
        self._commands.put(None)
        self._decodes.put(None)

    def _obey(self, command: Words, vote: CancelVote) -> Words:
        match command["do"]:
            case "ping":
                return {"done": "ping"}
            case "prepare":
                return self._prepare(command["folder"], vote)
            case "denoise":
                return self._denoise(command["folder"], command["number"], vote)
            case "decode":
                try:
                    return self._decode(command["folder"], vote)
                finally:  # whatever came of it, the job is over
                    self._jobs.pop(command["folder"], None)
            case other:
                raise ValueError(f"no rank can {other}")

    def _prepare(self, folder: str, vote: CancelVote) -> Words:
        self._forget_jobs()
        bundle = read_bundle(Path(folder))
        pipeline = self._pipelines[bundle.request.model]
        prepared = pipeline.prepare(
            bundle.request, bundle.cast, bundle.plate_rgb, vote.own(), bundle.driving, bundle.keyframes
        )
        self._jobs[folder] = _Job(bundle, pipeline, prepared)
        control = prepared.control
        place = pipeline.place_checkpoint(prepared) if isinstance(pipeline, KeepsCheckpoints) else None
        return {
            "notes": [[note.code, note.message, list(note.words)] for note in prepared.notes],
            "drawn": {character: list(photos) for character, photos in prepared.drawn.items()},
            "control": None if control is None else control.model_dump(mode="json"),
            "checkpoint": place and {"path": str(place.path), "digest": place.digest},
        }

    def _forget_jobs(self) -> None:
        """Those that the engine has given up: a bundle lies as long as somebody wants what comes of it."""
        for folder in [folder for folder in self._jobs if not Path(folder).is_dir()]:
            self._jobs.pop(folder, None)

    def _denoise(self, folder: str, number: int, vote: CancelVote) -> Words:
        job = self._job(folder)

        def on_step(done: int, total: int) -> None:
            vote.open()
            if self._mesh.rank == 0:
                self._pipe.send({"step": done, "total": total, "number": number})

        job.latents = job.pipeline.denoise(job.prepared, on_step, vote)
        vote.close()
        if self._mesh.rank == 0:
            save_file({"latents": job.latents}, job.bundle.folder / "latents.safetensors")
        return {"done": "denoise"}

    def _decode(self, folder: str, vote: CancelVote) -> Words:
        """Tiles are exchanged meanwhile, so it runs to its end; a cancelled clip is not written."""
        job = self._job(folder)
        assert job.latents is not None, "denoise comes before decode"
        frames = list(job.pipeline.decode(job.prepared, job.latents, vote))
        vote.own().check()
        if self._mesh.rank == 0:
            stacked = np.ascontiguousarray(np.stack(frames))
            save_file({"frames": torch.from_numpy(stacked)}, job.bundle.folder / "frames.safetensors")
        return {"done": "decode"}

    def _job(self, folder: str) -> _Job:
        if folder not in self._jobs:
            raise JobUnknown(folder)
        return self._jobs[folder]


def main(words: list[str]) -> int:
    """Returns the exit status."""
    loader, layout_words, folder, path = words
    die_with_parent()
    leave_interrupts_to_parent()
    log_as_json()
    fix_threads()
    device = take_device()
    store = _meet(Path(path).parent)
    rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    distributed.init_process_group(backend_of(device), store=store, rank=rank, world_size=size, timeout=VOTING)
    mesh = join(parse_layout(layout_words))
    module, _, function = loader.partition(":")
    load = cast("Load", getattr(importlib.import_module(module), function))
    pipelines = load(mesh, Checkpoints(Path(folder)))
    pipe = connect(path)
    loaded = {
        name: {
            "weights": one.weights,
            "revision": one.revision,
            "on": {tier: one.switched_on(tier) for tier in get_args(Tier)},
            "computed_on": {tier: one.computed_on(tier).model_dump(mode="json") for tier in get_args(Tier)},
            "overlaps": _agreed(mesh, one.overlaps),
        }
        for name, one in pipelines.items()
    }
    pipe.send({"rank": mesh.rank, "pid": os.getpid(), "loaded": loaded})
    Rank(pipe, mesh, pipelines).serve()
    distributed.destroy_process_group()
    return 0


def _agreed(mesh: Mesh, mine: bool) -> bool:
    """Whether every rank says so: they do not all have the same room."""
    return all(bool(one) for one in mesh.votes.all_gather(torch.tensor([mine])))


def _meet(folder: Path) -> Store:
    """Where the ranks find each other: a file for each start, so that nobody meets the address of one who died."""
    start = os.environ["TORCHELASTIC_RESTART_COUNT"]
    path, size = str(folder / f"meeting-{start}"), int(os.environ["WORLD_SIZE"])
    return FileStore(path, size)


def take_device() -> torch.device:
    """This rank's own accelerator, whatever kind the machine has; the CPU where there is none."""
    accelerator = torch.accelerator.current_accelerator(check_available=True)
    if accelerator is None:
        return torch.device("cpu")
    torch.accelerator.set_device_index(int(os.environ["LOCAL_RANK"]))
    return accelerator


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
