"""Directions: does the character do what the sentence asks, in the pictures, and nothing else?

Every hand-written sentence of `directions.json` goes through the real pipeline (text → latents → motion), the motion
is drawn by the real renderer, and the frames are measured and judged (`previs_measure`, `previs_judge`). Beside it
stand a rival (nearest paraphrase and hand-written motion) and a control: the same model with the text states of other
sentences, which must do no better than chance.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from inference.motion.parameters import FPS, Track
from inference.registry.packaged import default_cache_dir
from tests.bench.outcome import Outcome, Report
from tests.bench.previs_judge import DIRECTIONS, RATE, Judgement, Series, as_row, judge, judge_sequence
from tests.bench.previs_lookup import Lookup, hand_written
from tests.bench.previs_measure import CALIBRATION_FRAMES, FaceLost, Gauge
from tests.bench.previs_model import PromptModel
from tests.bench.previs_scene import Scene, photos, scene_of

SENTENCES = Path(__file__).with_name("directions.json")
SIZE = (512, 288)
JUDGED_ON = 2  # photos, in turn; the third is 204 px wide, too coarse for its eyes to be measured
SECONDS, SEQUENCE_SECONDS = 3.0, 5.0
CHANCE = 1 / len(DIRECTIONS)
SHUFFLED_AT_MOST = 0.15  # twice chance: 22 sentences a direction leave that much to luck


@dataclass(frozen=True)
class Sentence:
    """A sentence and what it asks for; `side` where tilt or pan name one. `second` makes it a sequence."""

    text: str
    first: str
    second: str | None = None
    side: str | None = None

    @property
    def seconds(self) -> float:
        return SECONDS if self.second is None else SEQUENCE_SECONDS


def read_sentences(each: int | None = None) -> list[Sentence]:
    """All sentences, or the first `each` of every direction and as many sequences."""
    book = json.loads(SENTENCES.read_text())
    singles = [
        Sentence(item["text"], direction, side=item.get("side"))
        for direction in DIRECTIONS
        for item in book["directions"][direction][:each]
    ]
    pairs = [Sentence(s["text"], s["first"], s["second"], s.get("side")) for s in book["sequences"][:each]]
    return singles + pairs


class Court:
    """Draws motion on stages whose gauges are calibrated, and judges what can be seen."""

    def __init__(self, scenes: list[Scene], cache_dir: Path, calibration_frames: int = CALIBRATION_FRAMES) -> None:
        self._scenes = scenes
        self._gauges = [Gauge(scene.draw, cache_dir, calibration_frames) for scene in scenes]

    @property
    def errors(self) -> list[dict[str, float]]:
        return [{name: round(error, 4) for name, error in gauge.errors.items()} for gauge in self._gauges]

    @property
    def direct(self) -> list[dict[str, list[float]]]:
        return [{n: [round(float(v), 3) for v in c.shown] for n, c in gauge.direct.items()} for gauge in self._gauges]

    def watch(self, track_FP: Track, turn: int) -> Series | None:
        """What is seen of one motion, drawn on the stage whose turn it is; None when the face is lost."""
        i = turn % len(self._scenes)
        drawn = (self._scenes[i].draw(params_P) for params_P in track_FP[:: FPS // RATE])
        try:
            return self._gauges[i].measure(drawn, stride=1)
        except FaceLost:
            return None

    def try_motion(self, sentence: Sentence, track_FP: Track, turn: int) -> Judgement:
        """The judgement of one motion."""
        return judge_sentence(sentence, self.watch(track_FP, turn))

    @property
    def stages(self) -> int:
        return len(self._scenes)


def judge_sentence(sentence: Sentence, seen: Series | None) -> Judgement:
    """A lost face is a miss."""
    if seen is None:
        return Judgement((sentence.first,), dict.fromkeys(DIRECTIONS, 0.0), False, ())
    if sentence.second is None:
        return judge(seen, sentence.first, sentence.side)
    return judge_sequence(seen, sentence.first, sentence.second, sentence.side)


@dataclass(frozen=True)
class Verdicts:
    """Judgements in the order of their sentences."""

    sentences: list[Sentence]
    judgements: list[Judgement]

    def rate(self, sequences: bool) -> float:
        hits = [j.hit for s, j in self._pairs() if (s.second is not None) == sequences]
        return float(np.mean(hits)) if hits else float("nan")

    def by_direction(self) -> dict[str, float]:
        return {
            d: round(float(np.mean([j.hit for s, j in self._pairs() if s.second is None and s.first == d])), 3)
            for d in DIRECTIONS
        }

    def misses(self) -> list[dict[str, Any]]:
        return [
            {"text": s.text, "asked": [s.first, *([s.second] if s.second else [])], **as_row(j)}
            for s, j in self._pairs()
            if not j.hit
        ]

    def _pairs(self) -> Iterable[tuple[Sentence, Judgement]]:
        return zip(self.sentences, self.judgements, strict=True)


def hear(
    court: Court, model: PromptModel, sentences: list[Sentence], report: Report, shuffled: bool = False
) -> Verdicts:
    """Judge the model on every sentence; with `shuffled`, it reads the text states of some other sentence."""
    heard = [s.text for s in sentences] if not shuffled else [s.text for s in _exchanged(sentences)]
    judgements = []
    for i, (sentence, text) in enumerate(zip(sentences, heard, strict=True)):
        track_FP = model.act(sentence.text, sentence.seconds, seed=1000 + i, text_states_of=text)
        judgements.append(court.try_motion(sentence, track_FP, i))
        if i % 40 == 39:
            report(f"directions: {i + 1} of {len(sentences)} sentences")
    return Verdicts(sentences, judgements)


def _exchanged(sentences: list[Sentence]) -> list[Sentence]:
    """The sentences in random order; one in fourteen keeps its meaning by luck, as it should."""
    order = np.random.default_rng(7).permutation(len(sentences))
    return [sentences[i] for i in order]


def look_up(court: Court, sentences: list[Sentence], cache_dir: Path) -> Verdicts:
    """The rival: each sentence gets the hand-written motion of its nearest paraphrase."""
    seen: dict[tuple[str, float, int], Series | None] = {}
    judgements = []
    for i, (sentence, motion) in enumerate(
        zip(sentences, Lookup(cache_dir).nearest([s.text for s in sentences]), strict=True)
    ):
        key = (motion, sentence.seconds, i % court.stages)
        if key not in seen:
            seen[key] = court.watch(hand_written(motion, round(sentence.seconds * FPS)), i)
        judgements.append(judge_sentence(sentence, seen[key]))
    return Verdicts(sentences, judgements)


def hear_all(court: Court, report: Report, each: int | None = None) -> Verdicts:
    """The model's verdicts on all sentences, or on the first `each` of every kind: the short form for tests."""
    return hear(court, PromptModel(default_cache_dir()), read_sentences(each), report)


def run(report: Report) -> Outcome:
    """`scripts/bench previs_directions`."""
    outcome = Outcome()
    cache_dir = default_cache_dir()
    report("directions: calibrating the measures")
    court = Court([scene_of(rgb, SIZE) for rgb in list(photos().values())[:JUDGED_ON]], cache_dir)
    verdicts = hear_all(court, report)
    singles = [s for s in verdicts.sentences if s.second is None]
    report("directions: the look-up")
    rival = look_up(court, singles, cache_dir)
    report("directions: the control, with other sentences' text")
    control = hear(court, PromptModel(cache_dir), singles[::3], report, shuffled=True)
    hits = verdicts.rate(sequences=False)
    outcome.note("sentences", len(singles))
    outcome.note("sequences", len(verdicts.sentences) - len(singles))
    outcome.note("hits_by_direction", verdicts.by_direction())
    outcome.note("lookup_by_direction", rival.by_direction())
    outcome.note("measure_error_rms", court.errors)
    outcome.note("measure_at_full_channel", court.direct)
    outcome.note("misses", verdicts.misses())
    outcome.check("hits", round(hits, 3), ">=", 0.9)
    outcome.check("sequence_hits", round(verdicts.rate(sequences=True), 3), ">=", 0.8)
    outcome.note("lookup_hits", round(rival.rate(sequences=False), 3))
    outcome.check("points_above_lookup", round(100 * (hits - rival.rate(sequences=False)), 1), ">=", 10.0)
    outcome.check("shuffled_hits", round(control.rate(sequences=False), 3), "<=", SHUFFLED_AT_MOST)
    return outcome
