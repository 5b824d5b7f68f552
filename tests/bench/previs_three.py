"""Three people at 1280×720 for ten seconds, through the engine: what it takes of time, of a processor and of memory.

The heaviest shot that the previs has: everybody acts, before a layered backdrop, under a camera that travels.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from inference.protocol import BackdropPlate, CharacterInput, Finished, Placement, Reference
from tests.bench.cold_start import processor_s
from tests.bench.outcome import Outcome, Report
from tests.inference.worker_client import PRODUCT, request_of, save_photo, start_worker
from tests.photos import photo

PEOPLE: tuple[tuple[str, str, Placement], ...] = (
    ("Ada", "person_b_1", "left"), ("Ben", "person_a_1", "centre"), ("Cem", "impostor_1", "right")
)  # fmt: skip
PROMPT = "Ada smiles while Ben nods and Cem turns his head to the left. The camera slowly pushes in."
CORES = 2


def run(report: Report) -> Outcome:
    """`scripts/bench previs_three`."""
    outcome = Outcome()
    with tempfile.TemporaryDirectory(prefix="three-") as folder, start_worker(Path(folder), PRODUCT) as worker:
        worker.greet()
        cast = tuple(
            CharacterInput(id=f"chr_{name}", name=name, references=(saved(worker.folder, shown),), placement=place)
            for name, shown, place in PEOPLE
        )
        request = request_of(
            *cast[0].references, characters=cast, prompt=PROMPT, seconds=10.0, width=1280, height=720, steps=20,
            framing="mcu", plate=BackdropPlate(name="street"),
        )  # fmt: skip
        for name in ("first", "second"):
            report(f"three people: the {name} clip")
            began, cpu_s = time.perf_counter(), processor_s(worker.process.pid)
            last = worker.render(name, request)[-1]
            if not isinstance(last, Finished):
                raise TypeError(f"the render did not finish: {last}")
            outcome.note(f"{name}_wall_s", round(time.perf_counter() - began, 1))
            outcome.note(f"{name}_processor_s", round(processor_s(worker.process.pid) - cpu_s, 1))
        outcome.check("wall_s", outcome.figures["second_wall_s"], "<=", 20.0)
        outcome.check("processor_s", outcome.figures["second_processor_s"], "<=", 20.0 * CORES)
        outcome.check("rss_peak_mb", round(worker.peak_rss_mb()), "<=", 1100)
    return outcome


def saved(folder: Path, name: str) -> Reference:
    return save_photo(folder, photo(name), name)
