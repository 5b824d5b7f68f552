"""Feelings acted: which channels each moves, when it comes, and how the photo's own expression gives way to it.

Joy, sorrow, anger, fear, surprise, disgust move the action units of Ekman & Friesen's table of prototypes (Facial
Action Coding System, 1978; as most people show them: Du, Tao & Martinez, PNAS 111 (2014) E1454), contempt a tightened
corner on one side (Ekman & Friesen, Motivation and Emotion 10 (1986) 159), pride a small smile under a head held back
(Tracy & Robins, Psychol. Sci. 15 (2004) 194). No prototype is published for worry, doubt, tiredness and tenderness:
these are ours, of the units that their neighbours have.
"""

from __future__ import annotations

import numpy as np

from inference.motion.direction.expression_words import Emotion, Expression
from inference.motion.models import Floats
from inference.motion.neutral import OwnExpression
from inference.motion.parameters import FPS, INDEX, Track

Look = dict[str, float]

PROTOTYPES: dict[Emotion, Look] = {
    "joy": {"smile": 0.95, "lid_lower": 0.55, "parted": 0.9},
    "sorrow": {
        "brow_inner": 1.0, "brow_lower": 0.15, "corner_droop": 1.0, "chin_raise": 0.45, "lid_upper": -0.35,
        "smile": -0.25, "pitch": -4.0,
    },
    "worry": {"brow_inner": 0.85, "brow_lower": 0.60, "lid_lower": 0.25, "lip_press": 0.45, "corner_droop": 0.30},
    "anger": {
        "brow_lower": 1.0, "lid_upper": 0.30, "lid_lower": 0.65, "lip_press": 0.85, "nose_wrinkle": 0.20,
        "corner_droop": 0.25, "pitch": -3.0,
    },
    "fear": {
        "brow_inner": 0.95, "brow_outer": 0.70, "brow_lower": 0.35, "lid_upper": 1.0, "mouth_wide": 0.35, "jaw": 0.25,
        "corner_droop": 0.45,
    },
    "surprise": {
        "brow_inner": 0.95, "brow_outer": 1.0, "lid_upper": 0.9, "jaw": 0.60, "mouth_wide": -0.60,
        "corner_droop": 0.20,
    },
    "disgust": {
        "nose_wrinkle": 1.0, "brow_lower": 0.50, "lid_lower": 0.60, "chin_raise": 0.40, "corner_droop": 0.55,
    },
    "contempt": {"corner_pull": 1.0, "one_sided": 1.0, "lid_upper": -0.25, "pitch": 3.0},
    "doubt": {
        "brow_outer": 1.0, "brow_lower": 0.55, "one_sided": 1.0, "lid_lower": 0.30, "chin_raise": 0.45,
        "lip_press": 0.25, "roll": 2.5,
    },
    "pride": {"smile": 0.45, "corner_pull": 0.40, "lid_upper": -0.15, "pitch": 6.0},
    "tiredness": {"lid_upper": -0.95, "brow_inner": 0.25, "corner_droop": 0.40, "pitch": -4.0},
    "tenderness": {"smile": 0.50, "brow_inner": 0.40, "lid_lower": 0.30, "lid_upper": -0.10, "roll": 2.0},
}  # fmt: skip
_UNASKED = 0.5  # of a grin is taken out where no face is asked for: with all of it gone the likeness would suffer
_BEGINS, _ONSET_S = 0.35, 0.9  # of a lone feeling is there from the first frame; the rest comes within
_CHANGE_S = 0.8
_SMILE_PARTS_FROM, _SMILE_PARTS_AT = 0.40, 0.85  # lips that the photo shows apart are apart in such a smile


def express(
    track_FP: Track, asked: Expression, own: OwnExpression, rng: np.random.Generator, gain: float = 1.0
) -> None:
    """The track with its face as it is asked for, in place.

    rng: of the take's seed: when, and on which side. gain: how many times as large feelings are acted, faces and heads.
    """
    taken = 1.0 if asked.anything else _UNASKED
    track_FP[:, INDEX["neutral"]] = taken
    side = 1.0 if rng.random() < 0.5 else -1.0
    begins = asked.feelings[0].begins if asked.feelings else 0.0
    weights_KF = _when(len(track_FP), len(asked.feelings), begins, rng)
    felt_F = np.zeros(len(track_FP))
    sums: dict[str, Floats] = {}
    for feeling, weight_F in zip(asked.feelings, weights_KF, strict=True):
        felt_F += weight_F
        for name, value in PROTOTYPES[feeling.emotion].items():
            amount = side * value if name == "one_sided" else gain * feeling.strength * value
            amount *= side if name == "roll" else 1.0
            sums[name] = sums.get(name, 0.0) + weight_F * amount
    parted_F = sums.pop("parted", np.zeros(len(track_FP)))
    _mix(track_FP, sums, felt_F)
    if asked.unsmiling or asked.shut:
        smile = track_FP[:, INDEX["smile"]]
        np.minimum(smile, 0.0 if asked.unsmiling else _SMILE_PARTS_FROM, out=smile)
    if asked.shut:
        track_FP[:, INDEX["jaw"]] = 0  # the motion model hears of a mouth, and talks
    _close_lips(track_FP, asked, own, parted_F, taken)


def _when(frames: int, count: int, begins: float, rng: np.random.Generator) -> Floats:
    """How much of each feeling is there, [K, F]: a lone one swells at the start, of several one passes to the next.

    begins: when, of the clip, the first one does; what the prompt asks for later is not there from the first frame.
    """
    at_F = np.arange(frames) / FPS - begins * frames / FPS
    length_s = (1 - begins) * frames / FPS
    if count == 0:
        return np.zeros((0, frames))
    if count == 1:
        onset_s = min(_ONSET_S * rng.uniform(0.75, 1.3), 0.5 * length_s)
        from_start = 0.0 if begins else _BEGINS
        return (from_start + (1 - from_start) * _smooth(at_F / onset_s))[None]
    over_s = min(_CHANGE_S * rng.uniform(0.8, 1.25), 0.6 * length_s / count)
    passed_KF = [
        _smooth((at_F - (k + 1 + rng.uniform(-0.08, 0.08)) * length_s / count + 0.6 * over_s) / over_s)
        for k in range(count - 1)
    ]
    first_F = _smooth(at_F / over_s) if begins else np.ones(frames)
    rises_KF = np.stack([first_F, *passed_KF, np.zeros(frames)])
    weights: Floats = np.clip(rises_KF[:-1] - rises_KF[1:], 0, 1)
    return weights


def _mix(track_FP: Track, sums: dict[str, Floats], felt_F: Floats) -> None:
    """What the model drew for mouth and brows stands where it goes the same way, else the feeling does."""
    for name in ("smile", "brows", "jaw", "mouth_wide"):
        drawn_F, felt = track_FP[:, INDEX[name]], sums.pop(name, np.zeros(len(track_FP)))
        blended = drawn_F * (1 - felt_F) + felt
        alike = np.where(np.abs(drawn_F) > np.abs(felt), drawn_F, felt)
        track_FP[:, INDEX[name]] = np.where(drawn_F * felt > 0, alike, blended)
    for name, felt in sums.items():
        track_FP[:, INDEX[name]] += felt.astype(np.float32)


def _close_lips(track_FP: Track, asked: Expression, own: OwnExpression, parted_F: Floats, taken: float) -> None:
    """Lips that the photo shows apart rest closed; a broad smile shows its teeth again, a jaw that drops opens them.

    A grin that is taken out in part is a smaller one, whose lips are still apart: lips that close over teeth cost more
    likeness than corners that come down.
    """
    if not own.shows_teeth:
        return
    smile_F = track_FP[:, INDEX["smile"]]
    broad_F = _smooth((smile_F - _SMILE_PARTS_FROM) / (_SMILE_PARTS_AT - _SMILE_PARTS_FROM))
    smiling_F = np.zeros_like(broad_F) if asked.shut or asked.unsmiling else np.maximum(broad_F, parted_F)
    open_F = np.maximum(smiling_F, track_FP[:, INDEX["jaw"]])
    track_FP[:, INDEX["lip_close"]] = np.clip(taken**2 - open_F, 0, 1)


def _smooth(t: Floats) -> Floats:
    t = np.clip(t, 0, 1)
    smooth: Floats = t * t * (3 - 2 * t)
    return smooth
