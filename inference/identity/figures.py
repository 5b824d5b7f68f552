"""The identity figures of one character over a clip, and the verdict that follows from them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from inference.protocol import Expectation, Verdict

MIN_VISIBLE_FRAMES = 8
MIN_PRESENCE = 0.8


@dataclass(frozen=True)
class Figures:
    """score: mean cosine over the frames where the face is visible. worst_decile: mean of the lowest tenth of them.

    drift: cosine per second, least squares. These three are None under MIN_VISIBLE_FRAMES: too few to mean anything.
    presence: visible frames over all frames, 0–1.
    """

    score: float | None
    worst_decile: float | None
    presence: float
    drift: float | None


def figures_of(series: tuple[float | None, ...], fps: float) -> Figures:
    """series: cosine of every frame, None where the face is not visible."""
    frames = [i for i, cosine in enumerate(series) if cosine is not None]
    cosines = np.array([cosine for cosine in series if cosine is not None])
    presence = len(frames) / len(series) if series else 0.0
    if len(frames) < MIN_VISIBLE_FRAMES:
        return Figures(None, None, presence, None)
    lowest = np.sort(cosines)[: math.ceil(len(cosines) / 10)]
    seconds = np.array(frames) / fps
    away = seconds - seconds.mean()
    drift = float(away @ (cosines - cosines.mean()) / (away @ away))
    return Figures(float(cosines.mean()), float(lowest.mean()), presence, drift)


def verdict_of(figures: Figures, expected: Expectation, threshold: float) -> Verdict:
    """`fail`: the face is missing where it was always expected, or it is not the character's. Else `pass`.

    `unscored`, which is never a pass: too few visible frames to say. A face always expected but seen in 3 of 32 frames
    fails: that much is known without a score.
    """
    if expected == "always" and figures.presence < MIN_PRESENCE:
        return "fail"
    if figures.score is None:
        return "unscored"
    return "pass" if figures.score >= threshold else "fail"
