"""Directions: does the character do what the sentence asks, in the pictures, and nothing else?

Every hand-written sentence of the sealed set goes through the whole previs (text encoder, motion model, direction), the
motion is drawn by the real renderer, and the frames are measured and judged (`previs_measure`, `previs_judge`). Beside
it stand a rival (nearest paraphrase and hand-written motion) and a control: the model with the text states of other
sentences, which must do no better than chance. Two photos share the sentences, each in a process of its own.
"""

from __future__ import annotations

import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import cv2
import torch

from inference.protocol import Framing
from inference.registry.packaged import default_cache_dir
from tests.bench.outcome import Outcome, Report
from tests.bench.previs_court import (
    Court,
    Sentence,
    SentenceSet,
    Verdicts,
    hear,
    hear_exchanged,
    look_up,
    merged,
    read_sentences,
)
from tests.bench.previs_model import DirectedModel, PromptModel
from tests.bench.previs_scene import photos, scene_of

SIZE = (512, 288)
FRAMING: Framing = "mcu"  # faces as large as those that the court's patches were made for
STAGES = ("astronaut", "person_b")  # the third photo is 204 px wide: too coarse for its eyes to be measured
CONTROL_EVERY = 3
SHUFFLED_AT_MOST = 0.15  # twice chance, for about a hundred sentences leave that much to luck


@dataclass(frozen=True)
class Hearing:
    """What one stage had to judge."""

    model: Verdicts
    fresh: Verdicts
    rival: Verdicts
    control: Verdicts
    errors: dict[str, float]
    direct: dict[str, list[float]]


def run(report: Report) -> Outcome:
    """`scripts/bench previs_directions`."""
    report(f"directions: {len(STAGES)} stages, calibrated first")
    with ProcessPoolExecutor(len(STAGES), multiprocessing.get_context("spawn")) as pool:
        hearings = list(pool.map(hold_hearing, STAGES))
    outcome = Outcome()
    model = merged([hearing.model for hearing in hearings])
    fresh = merged([hearing.fresh for hearing in hearings])
    rival = merged([hearing.rival for hearing in hearings])
    control = merged([hearing.control for hearing in hearings])
    hits = model.rate(sequences=False)
    outcome.note("sentences", sum(s.second is None for s in model.sentences))
    outcome.note("sequences", sum(s.second is not None for s in model.sentences))
    outcome.note("hits_by_direction", model.by_direction())
    outcome.note("lookup_by_direction", rival.by_direction())
    outcome.note("measure_error_rms", {stage: h.errors for stage, h in zip(STAGES, hearings, strict=True)})
    outcome.note("shown_by_channel_0_to_1", {stage: h.direct for stage, h in zip(STAGES, hearings, strict=True)})
    outcome.note("misses", model.misses())
    outcome.note("fresh_hits_by_direction", fresh.by_direction())
    outcome.note("fresh_misses", fresh.misses())
    for name, heard in (("", model), ("fresh_", fresh)):
        outcome.check(f"{name}hits", round(heard.rate(sequences=False), 3), ">=", 0.9)
        outcome.check(f"{name}sequence_hits", round(heard.rate(sequences=True), 3), ">=", 0.8)
    outcome.note("lookup_hits", round(rival.rate(sequences=False), 3))
    outcome.check("points_above_lookup", round(100 * (hits - rival.rate(sequences=False)), 1), ">=", 10.0)
    outcome.check("shuffled_hits", round(control.rate(sequences=False), 3), "<=", SHUFFLED_AT_MOST)
    return outcome


def hold_hearing(stage: str) -> Hearing:
    """Judge every len(STAGES)-th sentence on one stage. Runs in a process of its own, on one thread."""
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    cache_dir = default_cache_dir()
    court = Court(scene_of(photos()[stage], SIZE, framing=FRAMING), cache_dir)
    directed = DirectedModel(cache_dir, photos()[stage], SIZE, FRAMING)
    mine, fresh = _share_of(stage, "sealed"), _share_of(stage, "fresh")

    def report(words: str) -> None:
        print(f"{words} ({stage})", file=sys.stderr, flush=True)

    singles = [sentence for sentence in mine if sentence.second is None]
    return Hearing(
        model=hear(court, directed, mine, report),
        fresh=hear(court, directed, fresh, report),
        rival=look_up(court, singles, cache_dir),
        control=hear_exchanged(court, PromptModel(cache_dir), singles[::CONTROL_EVERY]),
        errors=court.errors,
        direct=court.direct,
    )


def _share_of(stage: str, book_name: SentenceSet) -> list[Sentence]:
    return read_sentences(book_name=book_name)[STAGES.index(stage) :: len(STAGES)]
