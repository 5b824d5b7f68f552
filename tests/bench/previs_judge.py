"""What counts as a hit: each direction's minimum, and every other direction under a third of its own.

Series are [T] arrays sampled RATE times a second, measured against the rest frame (`previs_measure`):
yaw (+ right), pitch (+ up), roll (+ clockwise) in degrees; smile as growth of the mouth's width; gap as the mouth's
opening over its width; eyes as the opening over that at rest; brows as rise over the distance of the eyes; scale as
ln of the person's size; pan as the picture's shift over its width, + when the camera pans right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

RATE = 12
Series = Mapping[str, npt.NDArray[np.float64]]
DIRECTIONS = (
    "turn_left", "turn_right", "look_up", "look_down", "nod", "shake_head", "tilt", "smile", "talk", "close_eyes",
    "raise_brows", "camera_in", "camera_out", "pan",
)  # fmt: skip

# The least that a direction must show, in its measure's own unit, and why that much.
MINIMUM: dict[str, float] = {
    "turn_left": 12.0,  # degrees
    "turn_right": 12.0,
    "look_up": 8.0,
    "look_down": 8.0,
    "nod": 6.0,  # degrees from crest to trough, in at least three swings: smaller is breathing
    "shake_head": 10.0,  # likewise; people shake wider than they nod
    "tilt": 7.0,  # degrees
    "smile": 0.08,  # growth of the mouth's width
    "talk": 0.25,  # gap over width
    "close_eyes": 0.5,  # share of the opening that is gone for at least 0.4 s
    "raise_brows": 0.05,  # of the distance of the eyes: 3 mm on an adult
    "camera_in": float(np.log(1.1)),
    "camera_out": float(-np.log(0.9)),
    "pan": 0.05,  # of the frame's width
}
# Two sides of one motion: when one is asked, these say nothing about obedience.
_SAME_MOTION: dict[str, tuple[str, ...]] = {
    "nod": ("look_up", "look_down"),
    "shake_head": ("turn_left", "turn_right"),
}
# Both sides of one motion, asked one after the other, swing by themselves.
_SWING_OF: dict[str, tuple[str, str]] = {"nod": ("look_up", "look_down"), "shake_head": ("turn_left", "turn_right")}
HOLD_S = 0.4  # shorter than this is a flicker (or, of the eyes, a blink)
SWINGS = 3
SWING_S = 0.6
SYLLABLE_SAMPLES = 3  # an open mouth is open for a quarter of a second in all, if not at a stretch: syllables are short


@dataclass(frozen=True)
class Judgement:
    """`amounts` in units of each direction's own minimum: the asked must reach 1, the others stay under 1/3."""

    asked: tuple[str, ...]
    amounts: dict[str, float]
    reached: bool
    strayed: tuple[str, ...]
    wrong_side: bool = False
    in_order: bool = True
    times_s: tuple[float, ...] = field(default=())
    lost: bool = False

    @property
    def hit(self) -> bool:
        return self.reached and not self.strayed and not self.wrong_side and self.in_order

    def why(self) -> str:
        """The miss in a word, for tables."""
        if self.hit:
            return "hit"
        if self.lost:
            return "face or background lost"
        if not self.reached:
            return "too little"
        if self.wrong_side:
            return "wrong side"
        return "wrong order" if not self.in_order else "strayed: " + ", ".join(self.strayed)


def held(signal: npt.NDArray[np.float64]) -> float:
    """The highest level that the signal keeps for HOLD_S at a stretch."""
    size = max(round(HOLD_S * RATE), 1)
    windows = np.lib.stride_tricks.sliding_window_view(signal, min(size, len(signal)))
    return float(windows.min(axis=1).max())


def swing(signal: npt.NDArray[np.float64]) -> float:
    """The largest amplitude (crest to trough) that SWINGS alternating swings in a row all reach."""
    extremes = _extremes(signal)
    best = 0.0
    while len(extremes) > SWINGS:
        steps = np.abs(np.diff(extremes))
        runs = np.lib.stride_tricks.sliding_window_view(steps, SWINGS).min(axis=1)
        best = max(best, float(runs.max()))
        weakest = int(steps.argmin())
        del extremes[weakest : weakest + 2]
    return best


def _extremes(signal: npt.NDArray[np.float64]) -> list[float]:
    turns = [float(signal[0])]
    for before, here, after in zip(signal[:-2], signal[1:-1], signal[2:], strict=True):
        if (here - before) * (after - here) < 0:
            turns.append(float(here))
    return [*turns, float(signal[-1])]


def _travel(signal: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Away from where the clip began: a camera move may start anywhere."""
    return signal - np.median(signal[: RATE // 4 + 1])


# How much of a direction a clip shows, in the unit of its minimum; each returns a signal whose held level counts.
_SIGNAL: dict[str, Callable[[Series], npt.NDArray[np.float64]]] = {
    "turn_left": lambda s: -s["yaw"],
    "turn_right": lambda s: s["yaw"],
    "look_up": lambda s: s["pitch"],
    "look_down": lambda s: -s["pitch"],
    "tilt": lambda s: np.abs(s["roll"]),
    "smile": lambda s: s["smile"],
    "talk": lambda s: s["gap"],
    "close_eyes": lambda s: 1 - s["eyes"],
    "raise_brows": lambda s: s["brows"],
    "camera_in": lambda s: _travel(s["scale"]),
    "camera_out": lambda s: -_travel(s["scale"]),
    "pan": lambda s: np.abs(_travel(s["pan"])),
}


def amount(direction: str, series: Series) -> float:
    """How much of the direction the clip shows, over its minimum."""
    if direction == "nod":
        return swing(_smooth(series["pitch"], 3)) / MINIMUM["nod"]
    if direction == "shake_head":
        return swing(_smooth(series["yaw"], 3)) / MINIMUM["shake_head"]
    signal = _SIGNAL[direction](series)
    shown = float(np.sort(signal)[-SYLLABLE_SAMPLES]) if direction == "talk" else held(signal)
    return max(shown, 0.0) / MINIMUM[direction]


def judge(series: Series, asked: str, side: str | None = None) -> Judgement:
    """Whether a clip did what one direction asked, and nothing else."""
    amounts = {direction: amount(direction, series) for direction in DIRECTIONS}
    wrong = side is not None and _side(asked, series) != side
    return Judgement((asked,), amounts, amounts[asked] >= 1, _strayed(amounts, (asked,)), wrong)


def judge_sequence(series: Series, first: str, second: str, side: str | None = None) -> Judgement:
    """Whether both actions are there, the first before the second, and nothing else."""
    amounts = {direction: amount(direction, series) for direction in DIRECTIONS}
    asked = (first, second)
    times = (moment(first, series), moment(second, series))
    sided = [direction for direction in asked if direction in ("pan", "tilt")]
    wrong = side is not None and _side(sided[0], series) != side
    reached = all(amounts[direction] >= 1 for direction in asked)
    return Judgement(asked, amounts, reached, _strayed(amounts, asked), wrong, times[0] < times[1], times)


def _strayed(amounts: Mapping[str, float], asked: tuple[str, ...]) -> tuple[str, ...]:
    excused = set(asked) | {other for direction in asked for other in _SAME_MOTION.get(direction, ())}
    excused |= {swung for swung, sides in _SWING_OF.items() if set(sides) <= set(asked)}
    return tuple(d for d in DIRECTIONS if d not in excused and amounts[d] >= 1 / 3)


def _side(direction: str, series: Series) -> str:
    signal = series["roll"] if direction == "tilt" else _travel(series["pan"])
    return "right" if held(signal) > held(-signal) else "left"


def moment(direction: str, series: Series) -> float:
    """When the action happens, in seconds: the middle of its swings, or when half of its held peak is first held.

    Held for longer than a swing takes, so that the dips of a nod are not taken for the look down that comes after it.
    """
    if direction in ("nod", "shake_head"):
        signal = series["pitch" if direction == "nod" else "yaw"]
        rest = _smooth(signal, 7)
        energy = (signal - rest) ** 2
        return float((energy * np.arange(len(signal))).sum() / max(float(energy.sum()), 1e-9)) / RATE
    signal = _SIGNAL[direction](series)
    if direction == "talk":
        level = _smooth(signal, 3)
    else:
        size = min(round(SWING_S * RATE), len(signal))
        level = np.lib.stride_tricks.sliding_window_view(signal, size).min(axis=1)
    return float(np.argmax(level >= 0.5 * level.max())) / RATE


def _smooth(signal: npt.NDArray[np.float64], width: int) -> npt.NDArray[np.float64]:
    padded = np.pad(signal, width // 2, mode="edge")
    return np.convolve(padded, np.ones(width) / width, "valid")


def as_row(judgement: Judgement) -> dict[str, Any]:
    """For reports."""
    shown = {d: round(v, 2) for d, v in judgement.amounts.items() if v >= 0.2}
    return {"hit": judgement.hit, "why": judgement.why(), "amounts": shown}
