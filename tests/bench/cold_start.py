"""Cold start: a first `dramatis generate` until its first frame, the renders of a warm engine, and its memory.

BENCH_AGAINST=TREE measures another checkout beside this one, by turns, and tells ratios: what a busy machine does to
the one it does to the other. Processor time is that of the whole tree of processes; pixels are compared by their hash
in the receipts,
`media_sha256`.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

PROMPT = "She smiles, then turns to the left."
SECONDS = 5.0
SIZES = {"768x432": 2.0, "1280x720": 1.0}  # times as fast as the clip plays
ROUNDS = 5
HERE = Path(__file__).parents[2]


def run(report: Any) -> Any:  # noqa: ANN401 (this file also runs in trees whose benches it does not know)
    """`scripts/bench cold_start`."""
    from tests.bench.outcome import Outcome

    outcome = Outcome()
    trees = [HERE, *(Path(tree) for tree in [os.environ.get("BENCH_AGAINST")] if tree)]
    cold: list[list[dict[str, Any]]] = [[] for _ in trees]
    warm: list[list[dict[str, Any]]] = [[] for _ in trees]
    for number in range(ROUNDS):
        for tree, colds, warms in zip(trees, cold, warm, strict=True):
            report(f"cold start: round {number + 1} of {ROUNDS}, {tree.name}")
            colds.append(first_frame(tree))
            warms.append(warm_renders(tree))
    ours, *others = (_summarise(*figures) for figures in zip(cold, warm, strict=True))
    theirs = others[0] if others else None
    if theirs is not None:
        outcome.check("pixels_of_the_other_tree", ours["pixels"] == theirs["pixels"], "==", True)
    limits = {"first_frame_s": 5.0} | {f"clip_{size}_s": SECONDS / times for size, times in SIZES.items()}
    for name, value in ours.items():
        if name != "pixels":
            if name in limits or name == "peak_rss_mb":
                outcome.check(name, value, "<=", limits.get(name, 900.0))
            else:
                outcome.note(name, value)
            if theirs is not None:
                outcome.note(f"{name}_there", theirs[name])
                outcome.note(f"{name}_ratio", round(value / theirs[name], 2))
    return outcome


def _summarise(cold: list[dict[str, Any]], warm: list[dict[str, Any]]) -> dict[str, Any]:
    """Medians over the rounds, by name; `pixels`: every clip's hash."""
    rounds = [one | other for one, other in zip(cold, warm, strict=True)]
    figures = {name: round(median(one[name] for one in rounds), 2) for name in rounds[0] if name != "pixels"}
    return figures | {"pixels": sorted({sha256 for one in (*cold, *warm) for sha256 in one["pixels"]})}


def first_frame(tree: Path) -> dict[str, Any]:
    """Seconds from the command until the first frame is begun (it takes 20 ms), and until the clip is there."""
    with tempfile.TemporaryDirectory(prefix="cold-start-") as folder:
        target = Path(folder) / "clip.mp4"
        command = [sys.executable, "-m", "studio.cli", "generate", "--prompt", PROMPT, "--seconds", str(SECONDS)]
        command += ["--size", "768x432", "--seed", "1", "--out", str(target), "--json"]
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=tree, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stderr is not None
        drawing_s = cpu_s = 0.0
        said = []
        for line in process.stderr:
            said.append(line)
            if line.startswith("decode") and not drawing_s:
                drawing_s, cpu_s = time.perf_counter() - began, processor_s(process.pid)
        words = process.stdout.read()
        if process.wait() != 0:
            raise RuntimeError(f"dramatis generate failed: {''.join(said)[-2000:]}")
        took = time.perf_counter() - began
    receipt = json.loads(words)["receipt"]
    return {
        "first_frame_s": drawing_s,
        "first_frame_cpu_s": cpu_s,
        "cold_clip_s": took,
        "pixels": [receipt["media_sha256"]],
    }


def warm_renders(tree: Path) -> dict[str, Any]:
    """What `_render_warm` says of an engine of that tree."""
    environment = os.environ | {"PYTHONPATH": str(tree)}
    done = subprocess.run([sys.executable, "-P", __file__], cwd=tree, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"an engine of {tree} failed: {done.stderr[-2000:]}")
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def _render_warm() -> dict[str, Any]:
    """Of one engine process: the second clip of each size, its processor time; the peak over all of them."""
    from tests.bench.previs_scene import photos
    from tests.inference.worker_client import PRODUCT, request_of, save_photo, start_worker

    figures: dict[str, Any] = {"pixels": []}
    with tempfile.TemporaryDirectory(prefix="warm-") as folder, start_worker(Path(folder), PRODUCT) as worker:
        worker.greet()
        reference = save_photo(worker.folder, photos()["astronaut"], "astronaut")
        for size in SIZES:
            width, height = (int(side) for side in size.split("x"))
            shot = {"prompt": PROMPT, "seconds": SECONDS, "width": width, "height": height, "steps": 20, "seed": 1}
            for turn in ("first", "second"):
                began, cpu_s = time.perf_counter(), processor_s(worker.process.pid)
                last = worker.render(f"{size}-{turn}", request_of(reference, **shot))[-1]
                figures[f"clip_{size}_s"] = time.perf_counter() - began
                figures[f"clip_{size}_cpu_s"] = processor_s(worker.process.pid) - cpu_s
                figures["pixels"].append(last.receipt.media_sha256)
        figures["peak_rss_mb"] = worker.peak_rss_mb()
    return figures


def processor_s(pid: int) -> float:
    """Seconds of processor time of a process and everything below it, those that have ended too."""
    pids, ticks = [pid], 0
    for one in pids:
        account = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        ticks += sum(int(field) for field in account[11:15])
        for children in Path(f"/proc/{one}/task").glob("*/children"):
            with contextlib.suppress(FileNotFoundError):  # a thread that has ended since
                pids += [int(child) for child in children.read_text().split()]
    return ticks / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    print(json.dumps(_render_warm()))
