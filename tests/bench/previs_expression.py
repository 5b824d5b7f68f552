"""Expression: is the photo's own grin taken out, and does a face show the feeling that a sentence asks for?

Read: sealed sentences, written before any rule, through the real text encoder. Seen: every feeling at three strengths
on four faces, drawn by the real renderer, measured by points that did not drive the mesh, and named by a classifier
that must choose one of six. The classifier knows the face: what rose most over the same face at rest is its choice.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from inference.motion.direction.acting import FaceReader
from inference.motion.direction.expression import express
from inference.motion.direction.expression_words import PLAIN, SLIGHT, STRONG, Emotion, Expression, Feeling
from inference.motion.parameters import NAMES, Track
from inference.motion.text import TextEncoder
from inference.registry.packaged import TEXT, default_cache_dir, require
from tests.bench.expression_judges import CLASSES, Classifier, Points, measures_of
from tests.bench.outcome import Outcome, Report
from tests.bench.previs_scene import Rgb, Scene, scene_of
from tests.photos import astronaut, photo

SEALED = Path(__file__).with_name("expression_sealed.json")
SIZE = (768, 432)
GRINNING, AT_REST = ("astronaut", "person_b_1", "impostor_2"), ("person_a_2",)
# What each feeling must move, and which way; a face's own measure at rest is taken off. In eye distances.
EXPECTED: dict[Emotion, dict[str, int]] = {
    "joy": {"corner_lift": 1, "mouth_width": 1},
    "sorrow": {"inner_brow": 1, "corner_lift": -1, "eye_opening": -1},
    "worry": {"inner_brow": 1, "corner_lift": -1},
    "anger": {"inner_brow": -1, "outer_brow": -1, "lips_thick": -1},
    "fear": {"inner_brow": 1, "outer_brow": 1, "eye_opening": 1, "lips_apart": 1},
    "surprise": {"inner_brow": 1, "outer_brow": 1, "eye_opening": 1, "lips_apart": 1},
    "disgust": {"nose_to_lip": -1, "inner_brow": -1, "corner_lift": -1},
    "contempt": {"one_corner": 1},
    "doubt": {"one_brow": 1},
    "pride": {"corner_lift": 1},
    "tiredness": {"eye_opening": -1, "corner_lift": -1},
    "tenderness": {"corner_lift": 1, "inner_brow": 1},
}
SIX: dict[Emotion, str] = {
    "joy": "happy", "sorrow": "sad", "anger": "angry", "fear": "fear", "surprise": "surprise", "disgust": "disgust",
}  # fmt: skip
_SEEN = 0.004  # of the eye distance: less is what the points tremble by


def run(report: Report) -> Outcome:
    """`scripts/bench previs_expression`."""
    outcome = Outcome()
    report("expression: the sealed sentences")
    _read_sealed(outcome)
    _look(outcome, report)
    return outcome


def _read_sealed(outcome: Outcome) -> None:
    reader = FaceReader(TextEncoder(require(TEXT, default_cache_dir())))
    book = json.loads(SEALED.read_text())

    def feelings(text: str) -> list[Feeling]:
        return list(reader.read([text])[0].expression.feelings)

    asked = [(text, emotion) for emotion, texts in book["emotions"].items() for text in texts]
    understood = {text: [feeling.emotion for feeling in feelings(text)] for text, _ in asked}
    missed = [f"{emotion}: {text} → {understood[text]}" for text, emotion in asked if understood[text] != [emotion]]
    outcome.note("sentences", len(asked))
    outcome.note("sentences_misread", missed)
    outcome.note("sentences_understood", round(1 - len(missed) / len(asked), 3))
    rising = [[max((f.strength for f in feelings(text)), default=0) for text in three] for three in book["strengths"]]
    outcome.note("strengths_in_order", sum(a < b < c for a, b, c in rising))
    changes = [[f.emotion for f in feelings(one["text"])] == [one["first"], one["second"]] for one in book["changes"]]
    outcome.note("changes_understood", f"{sum(changes)} of {len(changes)}")
    outcome.check("feelings_in_plain_sentences", sum(bool(feelings(text)) for text in book["plain"]), "<=", 0)


def _look(outcome: Outcome, report: Report) -> None:
    points, judge = Points(), Classifier()
    right: list[bool] = []
    rising: list[bool] = []
    chosen: list[tuple[str, str, str]] = []
    lost: list[str] = []
    for name in (*GRINNING, *AT_REST):
        report(f"expression: {name}")
        scene = scene_of(astronaut() if name == "astronaut" else photo(name), SIZE)
        rest_rgb = draw(scene, None, 0)
        rest, said = measures_of(points.read(rest_rgb)), judge.judge(rest_rgb)
        if name in GRINNING:
            outcome.note(f"{name}_serious", _serious(scene, points))
        for emotion, moves in EXPECTED.items():
            drawn = [draw(scene, emotion, strength) for strength in (SLIGHT, PLAIN, STRONG)]
            seen = [_changes(points, rgb, rest) for rgb in drawn]
            for measure, sign in moves.items():
                amounts = [sign * change[measure] for change in seen]
                right.append(amounts[-1] > _SEEN)
                rising.append(amounts[0] < amounts[-1])
                lost += [] if right[-1] else [f"{name} {emotion} {measure} {amounts[-1]:+.3f}"]
            if emotion in SIX:
                chosen.append((name, SIX[emotion], _choice(judge.judge(drawn[-1]), said)))
    outcome.note("measures_not_seen", lost)
    outcome.check("measures_that_move_their_way", round(float(np.mean(right)), 3), ">=", 0.9)
    outcome.check("stronger_is_larger", round(float(np.mean(rising)), 3), ">=", 0.9)
    outcome.note("classifier", [f"{who}: {asked} → {said}" for who, asked, said in chosen])
    outcome.check("classifier_hits", round(float(np.mean([a == s for _, a, s in chosen])), 3), ">=", 0.5)


def _serious(scene: Scene, points: Points) -> dict[str, float]:
    """The mouth of "serious, lips closed, no smile" over the photo's: its width, and what is left of its gap."""
    photo_, acted = (measures_of(points.read(rgb)) for rgb in (_frame(scene, _zeros()), draw(scene, None, 0)))
    return {
        "width": round(acted["mouth_width"] / photo_["mouth_width"], 3),
        "gap": round(max(0.0, acted["lips_apart"]) / photo_["lips_apart"], 3),
    }


def draw(scene: Scene, emotion: Emotion | None, strength: float) -> Rgb:
    """The face two seconds into a feeling; None: at rest, its own expression taken out."""
    track_FP = np.repeat(_zeros()[None], 48, axis=0)
    feelings = () if emotion is None else (Feeling(emotion, strength, ""),)
    asked = Expression(feelings, unsmiling=emotion is None, shut=emotion is None)
    express(track_FP, asked, scene.actor.rig.own, np.random.default_rng(3))
    return _frame(scene, track_FP[-1])


def _zeros() -> Track:
    return np.zeros(len(NAMES), np.float32)


def _frame(scene: Scene, params_P: Track) -> Rgb:
    return scene.draw(params_P)


def _changes(points: Points, rgb: Rgb, rest: dict[str, float]) -> dict[str, float]:
    return {name: value - rest[name] for name, value in measures_of(points.read(rgb)).items()}


def _choice(said: Any, at_rest: Any) -> str:  # noqa: ANN401 - arrays of CLASSES
    six = [CLASSES.index(name) for name in SIX.values()]
    rose = np.log(said[six] + 1e-4) - np.log(at_rest[six] + 1e-4)
    return CLASSES[six[int(np.argmax(rose))]]
