"""Sentences before the court: acted by the model (or its rival), drawn, watched, judged."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from inference.motion.parameters import FPS, Track
from tests.bench.outcome import Report
from tests.bench.previs_judge import DIRECTIONS, RATE, Judgement, Series, as_row, judge, judge_sequence
from tests.bench.previs_lookup import Lookup, hand_written
from tests.bench.previs_measure import CALIBRATION_FRAMES, FaceLost, Gauge
from tests.bench.previs_model import DirectedModel, PromptModel
from tests.bench.previs_scene import Scene

SentenceSet = Literal["development", "opened", "sealed", "fresh"]

# Tuned on freely | sealed until it was measured, on weights before the shipped ones | written before the shipped
# weights were trained, and measured only once they were; looked at since, for what direction does to them | written
# by somebody who saw neither rules nor other sentences, and measured once direction was mended.
SENTENCES: dict[SentenceSet, Path] = {
    "development": Path(__file__).with_name("directions_development.json"),
    "opened": Path(__file__).with_name("directions_opened.json"),
    "sealed": Path(__file__).with_name("directions_sealed.json"),
    "fresh": Path(__file__).with_name("directions_fresh.json"),
}
SECONDS, SEQUENCE_SECONDS = 3.0, 5.0


@dataclass(frozen=True)
class Sentence:
    """A sentence and what it asks for; `side` where tilt or pan name one. `second` makes it a sequence."""

    text: str
    first: str
    second: str | None = None
    side: str | None = None
    seed: int = 0

    @property
    def seconds(self) -> float:
        return SECONDS if self.second is None else SEQUENCE_SECONDS


def read_sentences(each: int | None = None, book_name: SentenceSet = "development") -> list[Sentence]:
    """All sentences of a set, or the first `each` of every direction and as many sequences."""
    book = json.loads(SENTENCES[book_name].read_text())
    asked = [
        (item["text"], direction, None, item.get("side"))
        for direction in DIRECTIONS
        for item in book["directions"][direction][:each]
    ]
    asked += [(s["text"], s["first"], s["second"], s.get("side")) for s in book["sequences"][:each]]
    return [Sentence(*words, seed=1000 + i) for i, words in enumerate(asked)]


class Court:
    """Draws motion on a stage whose gauge is calibrated, and judges what can be seen against the face at rest."""

    def __init__(self, scene: Scene, cache_dir: Path, calibration_frames: int = CALIBRATION_FRAMES) -> None:
        self._scene = scene
        self._gauge = Gauge(scene.draw_from_rest, cache_dir, calibration_frames)

    @property
    def errors(self) -> dict[str, float]:
        return {name: round(error, 4) for name, error in self._gauge.errors.items()}

    @property
    def direct(self) -> dict[str, list[float]]:
        return {name: [round(float(v), 3) for v in curve.shown] for name, curve in self._gauge.direct.items()}

    def watch(self, track_FP: Track, *, directed: bool = False) -> Series | None:
        """What is seen of one motion; None when the face is lost. Motion that nobody directed starts from the face at
        rest.
        """
        draw = self._scene.draw if directed else self._scene.draw_from_rest
        drawn = (draw(params_P) for params_P in track_FP[:: FPS // RATE])
        try:
            return self._gauge.measure(drawn, stride=1)
        except FaceLost:
            return None

    def try_motion(self, sentence: Sentence, track_FP: Track, *, directed: bool = False) -> Judgement:
        """The judgement of one motion."""
        return judge_sentence(sentence, self.watch(track_FP, directed=directed))


def judge_sentence(sentence: Sentence, seen: Series | None) -> Judgement:
    """A lost face is a miss."""
    if seen is None:
        return Judgement((sentence.first,), dict.fromkeys(DIRECTIONS, 0.0), False, (), lost=True)
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


def merged(parts: list[Verdicts]) -> Verdicts:
    """The parts as one."""
    return Verdicts([s for part in parts for s in part.sentences], [j for part in parts for j in part.judgements])


def hear(court: Court, model: DirectedModel, sentences: list[Sentence], report: Report) -> Verdicts:
    """Judge the directed model on every sentence."""
    judgements = []
    for i, sentence in enumerate(sentences, start=1):
        track_FP = model.act(sentence.text, sentence.seconds, sentence.seed)
        judgements.append(court.try_motion(sentence, track_FP, directed=True))
        if not judgements[-1].hit:
            report(f"directions: {sentence.first}: {sentence.text} {as_row(judgements[-1])}")
        if i % 40 == 0:
            report(f"directions: {i} of {len(sentences)} sentences")
    return Verdicts(sentences, judgements)


def hear_exchanged(court: Court, model: PromptModel, sentences: list[Sentence]) -> Verdicts:
    """The control: for each sentence the model reads the text states of another one, drawn at random.

    One in fourteen keeps its meaning by luck, as it should.
    """
    order = np.random.default_rng(7).permutation(len(sentences))
    judgements = []
    for sentence, other in zip(sentences, order, strict=True):
        instead = sentences[other].text
        track_FP = model.act(sentence.text, sentence.seconds, sentence.seed, text_states_of=instead)
        judgements.append(court.try_motion(sentence, track_FP))
    return Verdicts(sentences, judgements)


def look_up(court: Court, sentences: list[Sentence], cache_dir: Path) -> Verdicts:
    """The rival: each sentence gets the hand-written motion of its nearest paraphrase."""
    motions = Lookup(cache_dir).nearest([s.text for s in sentences])
    seen: dict[tuple[str, float], Series | None] = {}
    judgements = []
    for sentence, motion in zip(sentences, motions, strict=True):
        key = (motion, sentence.seconds)
        if key not in seen:
            seen[key] = court.watch(hand_written(motion, round(sentence.seconds * FPS)))
        judgements.append(judge_sentence(sentence, seen[key]))
    return Verdicts(sentences, judgements)
