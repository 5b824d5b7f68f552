"""What moves in a shot that nobody is in: light that drifts, and rain, snow, dust or leaves where the prompt says so.

Everything is a function of the seed and the moment: a frame does not depend on those before it.
"""

from __future__ import annotations

import re
from typing import Literal

import cv2
import numpy as np

from inference.motion.models import Floats, Rgb

Weather = Literal["rain", "snow", "dust", "leaves"]
_SAID: dict[Weather, str] = {
    "rain": r"\b(?:rain\w*|drizzl\w*|downpour|thunderstorm|cloudburst)|[雨]",
    "snow": r"\b(?:snow\w*|blizzard|sleet)|[雪]",
    "dust": r"\b(?:dust\w*|sandstorm|ashes|motes)|[尘沙]",
    "leaves": r"\b(?:autumn|fallen|falling|dead|dry|golden|blowing|drifting) leaves\b"
    r"|\bleaves (?:fall|drift|blow|whirl|swirl|scatter|tumble)|落叶",
}
_NOT = re.compile(r"(?:\b(?:no|without|after the|never|isn't|not)\s+(?:any\s+)?|没有?|无|不|停了?)$", re.IGNORECASE)
_COUNT: dict[Weather, int] = {"rain": 240, "snow": 280, "dust": 140, "leaves": 26}
_FALLS: dict[Weather, tuple[float, float]] = {  # frame heights a second
    "rain": (1.5, 2.5), "snow": (0.07, 0.20), "dust": (0.004, 0.03), "leaves": (0.12, 0.26)
}  # fmt: skip
_DRIFTS: dict[Weather, float] = {"rain": -0.18, "snow": 0.03, "dust": 0.02, "leaves": 0.10}
_COLOURS: dict[Weather, tuple[tuple[int, int, int], ...]] = {
    "rain": ((206, 212, 222),),
    "snow": ((246, 248, 252),),
    "dust": ((248, 226, 186),),
    "leaves": ((168, 104, 44), (146, 60, 36), (190, 146, 56), (112, 92, 40)),
}
_LIGHT_SHARE, _LIGHT_HZ = 0.05, 0.07
_BITS = 4  # of a pixel's fraction
_RAIN_DARKENS = 0.9


def read_weather(prompt: str) -> Weather | None:
    """What the words say is in the air; None: nothing, or they say that it is not."""
    found = [
        (match.start(), kind)
        for kind, pattern in _SAID.items()
        for match in re.finditer(pattern, prompt, re.IGNORECASE)
        if not _NOT.search(prompt[: match.start()])
    ]
    return min(found)[1] if found else None


class Air:
    """The air of one shot."""

    def __init__(self, weather: Weather | None, seed: int) -> None:
        self._weather = weather
        rng = np.random.default_rng((seed, 65))
        self._phase = float(rng.uniform(0, 2 * np.pi))
        count = 0 if weather is None else _COUNT[weather]
        self._places_N2 = rng.uniform(0, 1, (count, 2))
        self._near_N = rng.uniform(0, 1, count) ** 2  # most are far
        self._turns_N = rng.uniform(0, 2 * np.pi, count)

    def lay(self, frame: Rgb, at_s: float) -> Rgb:
        """The frame with the light and the weather of that moment."""
        width = frame.shape[1]
        across = np.linspace(0, 1.3 * np.pi, width, dtype=np.float32)
        gain = 1 + _LIGHT_SHARE * np.sin(across + 2 * np.pi * _LIGHT_HZ * at_s + self._phase)
        if self._weather == "rain":
            gain *= _RAIN_DARKENS
        lit: Rgb = np.clip(frame * gain[None, :, None].astype(np.float32) + 0.5, 0, 255).astype(np.uint8)
        if self._weather is None:
            return lit
        colours = _COLOURS[self._weather]
        for i, colour in enumerate(colours):
            shown = self._shown(self._weather, frame.shape[0], width, at_s, slice(i, None, len(colours)))
            lit = cv2.blendLinear(np.full_like(lit, colour), lit, shown, 1 - shown)
        return lit

    def _shown(self, weather: Weather, height: int, width: int, at_s: float, which: slice) -> Floats:
        """How much of each pixel the particles cover, 0..1."""
        mask = np.zeros((height, width), np.uint8)
        near_N, turns_N = self._near_N[which], self._turns_N[which]
        slow, quick = _FALLS[weather]
        fall_N = slow + (quick - slow) * near_N
        sway_N = 0.0 if weather == "rain" else 0.02 * np.sin(1.1 * at_s + turns_N)
        drift_N = (
            _DRIFTS[weather] * fall_N * (height / width) if weather == "rain" else _DRIFTS[weather] * (0.4 + near_N)
        )
        x_N = (self._places_N2[which, 0] + drift_N * at_s + sway_N) % 1.1 - 0.05
        y_N = (self._places_N2[which, 1] + fall_N * at_s) % 1.2 - 0.1
        for x, y, near, turn in zip(x_N * width, y_N * height, near_N, turns_N + 1.4 * at_s, strict=True):
            _draw(mask, weather, np.array([x, y]), float(near), float(turn), height)
        soft = cv2.GaussianBlur(mask, (0, 0), max(0.4, 0.0011 * height))
        shown: Floats = soft.astype(np.float32) * np.float32(1 / 255)
        return shown


def _draw(mask: Rgb, weather: Weather, at_2: Floats, near: float, turn: float, height: int) -> None:
    """One drop, flake, mote or leaf."""
    x, y = (round(value * 2**_BITS) for value in at_2)
    if weather == "rain":
        tail = at_2 + np.array([_DRIFTS["rain"], 1.0]) * height * (0.025 + 0.05 * near)
        ends = np.round(np.array([at_2, tail]) * 2**_BITS).astype(np.int32)
        cv2.line(mask, ends[0].tolist(), ends[1].tolist(), round(60 + 70 * near), 1, cv2.LINE_AA, _BITS)
        return
    if weather == "leaves":
        size = height * (0.010 + 0.016 * near)
        axes = (round(size * 2**_BITS), round(size * (0.15 + 0.4 * abs(np.sin(0.7 * turn))) * 2**_BITS))
        cv2.ellipse(mask, (x, y), axes, float(np.degrees(turn)), 0, 360, 235, -1, cv2.LINE_AA, _BITS)
        return
    radius = height * ((0.0015 + 0.0055 * near) if weather == "snow" else (0.0012 + 0.003 * near))
    strength = 230 if weather == "snow" else 60 + round(90 * (0.5 + 0.5 * np.sin(turn)))
    cv2.circle(mask, (x, y), round(radius * 2**_BITS), strength, -1, cv2.LINE_AA, _BITS)
