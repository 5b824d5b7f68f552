"""Speed, memory and cancelling of the previs: through the real worker process and the real command line."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import torch

from inference.engine.load import THREADS
from inference.protocol import ArtifactsReady, Cancel, Cancelled, Failed, Finished, Reference, Render, Stage
from tests.bench.outcome import Outcome, Report
from tests.bench.previs_picture import acting
from tests.bench.previs_scene import photos, scene_of
from tests.inference.worker_client import PRODUCT, Worker, request_of, save_photo, start_worker

PROMPT = "She smiles, then turns to the left."
CLIP = {"prompt": PROMPT, "seconds": 5.0, "width": 768, "height": 432, "steps": 20}
RENDERS = 3
CANCELLED_STAGES = ("identity", "prepare", "denoise", "decode", "mux", "upload")
SETTLE_S = 1.0


def run(report: Report) -> Outcome:
    """`scripts/bench previs_speed`."""
    outcome = Outcome()
    report("speed: the renderer")
    outcome.check("renderer_ms_a_frame_512x512", round(renderer_ms(), 2), "<=", 20.0)
    with tempfile.TemporaryDirectory(prefix="previs-speed-") as folder, start_worker(Path(folder), PRODUCT) as worker:
        _measure_worker(worker, outcome, report)
    report("speed: the command line")
    outcome.check("clip_from_cold_command_line_s", round(cold_s(), 2), "<=", 25.0)
    return outcome


def renderer_ms() -> float:
    """Median milliseconds for a 512 × 512 frame in which everything moves, with the engine's number of threads."""
    torch.set_num_threads(THREADS)
    cv2.setNumThreads(THREADS)
    scene = scene_of(photos()["astronaut"], (512, 512))
    took = []
    for params_P in acting():
        began = time.perf_counter()
        scene.draw(params_P)
        took.append(time.perf_counter() - began)
    return 1000 * median(took)


def _measure_worker(worker: Worker, outcome: Outcome, report: Report) -> None:
    worker.greet()
    reference = save_photo(worker.folder, photos()["astronaut"], "astronaut")
    report("speed: warm renders")
    _render(worker, "first", reference)
    warm_mb = _settled_mb(worker)
    took, left = [], []
    for i in range(RENDERS):
        took.append(_render(worker, f"warm-{i}", reference, seed=i))
        left.append(_settled_mb(worker) - warm_mb)
    outcome.note("clip_from_warm_engine_s_all", [round(t, 2) for t in took])
    outcome.check("clip_from_warm_engine_s", round(median(took), 2), "<=", 10.0)
    outcome.note("rss_warm_mb", round(warm_mb))
    outcome.check("rss_peak_mb", round(worker.peak_rss_mb()), "<=", 2500)
    outcome.check("rss_kept_after_a_render_mb", round(max(left)), "<=", 150)
    report("speed: cancelling")
    cancels = {f"{stage}+{after}": cancel_s(worker, stage, after, reference) for stage, after in _moments()}
    outcome.note("cancel_s_by_stage", {name: round(took, 3) for name, took in cancels.items()})
    outcome.check("cancel_s_worst", round(max(cancels.values()), 3), "<=", 0.5)


def _moments() -> list[tuple[str, float]]:
    """At the very start of each stage, and a little inside."""
    return [(stage, after) for stage in CANCELLED_STAGES for after in (0.0, 0.15)]


def _render(worker: Worker, name: str, reference: Reference, **changes: Any) -> float:  # noqa: ANN401 - request fields
    began = time.perf_counter()
    last = worker.render(name, request_of(reference, **CLIP, **changes))[-1]
    if not isinstance(last, Finished):
        raise TypeError(f"the render did not finish: {last}")
    return time.perf_counter() - began


def _settled_mb(worker: Worker) -> float:
    time.sleep(SETTLE_S)
    return worker.rss_mb()


def cancel_s(worker: Worker, stage: str, after_s: float, reference: Reference) -> float:
    """Seconds from the cancel to the end of a render that was cancelled `after_s` into a stage.

    A fresh crop of the photo is sent each time, so that nothing of the preparation is remembered.
    """
    name = f"cancel-{stage}-{after_s}"
    fresh = photos()["astronaut"][: -1 - CANCELLED_STAGES.index(stage), : -1 - round(after_s * 20)].copy()
    worker.send(Render(id=name, request=request_of(save_photo(worker.folder, fresh, name), reference, **CLIP)))
    while not _is_there(event := worker.receive(), stage):
        if event is None or isinstance(event, Finished | Failed):
            raise RuntimeError(f"no stage {stage} came before {event}")
        if isinstance(event, ArtifactsReady):
            worker.send(worker.sinks_for(name, event))
    time.sleep(after_s)
    worker.send(Cancel(id=name))
    began = time.perf_counter()
    while True:
        event = worker.receive()
        if isinstance(event, Cancelled | Finished):  # a stage that ends at once may be the last of a finished render
            return time.perf_counter() - began
        if event is None or isinstance(event, Failed):
            raise RuntimeError(f"cancelled in {stage}, the worker answered {event}")
        if isinstance(event, ArtifactsReady):
            worker.send(worker.sinks_for(name, event))


def _is_there(event: object, stage: str) -> bool:
    return isinstance(event, Stage) and event.name == stage


def cold_s() -> float:
    """Wall seconds of `dramatis generate` with the shipped example, from nothing running to the clip on disk."""
    with tempfile.TemporaryDirectory(prefix="previs-cold-") as folder:
        target = Path(folder) / "clip.mp4"
        command = [
            sys.executable, "-m", "studio.cli", "generate", "--prompt", PROMPT, "--seconds", "5", "--size", "768x432",
            "--seed", "1", "--out", str(target), "--json",
        ]  # fmt: skip
        began = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True)
        took = time.perf_counter() - began
        if done.returncode != 0 or json.loads(done.stdout)["frames"] != 120:
            raise RuntimeError(f"dramatis generate failed: {done.stderr[-2000:]}")
        return took
