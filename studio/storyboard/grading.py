"""A grade: exposure, temperature, contrast and a named style, as numbers that a browser and an encoder apply alike.

On sRGB values 0..1, in this order: a curve a channel (exposure and temperature, in linear light: IEC 61966-2-1), a
matrix (saturation and tint, weights of BT.709), a curve a channel (contrast and the style's toe). Curves are sampled
evenly and read by straight lines between the samples, as SVG's `feComponentTransfer type="table"` reads them.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from studio.http.examples import with_examples

Style = Literal["none", "warm", "cool", "noir", "faded", "vivid"]
_SAMPLES = 33
_MIDDLE = 0.46  # sRGB of an 18% grey: contrast leaves it where it is
_REDDER = 0.35  # stops between red and the middle at a temperature of 1, and between the middle and blue
_LUMA = (0.2126, 0.7152, 0.0722)


class Grade(BaseModel):
    """Neutral unless told otherwise."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    style: Style = "none"
    exposure: float = Field(default=0, ge=-2, le=2, description="Stops.")
    temperature: float = Field(default=0, ge=-1, le=1, description="-1 cold, blue … 1 warm, orange.")
    contrast: float = Field(default=0, ge=-1, le=1, description="-1 flat … 1 hard.")


class ColourFilter(BaseModel):
    """The grade as three steps on sRGB values 0..1; each result is clipped to 0..1.

    before, after: a curve for red, green and blue, sampled evenly. matrix: three rows of red, green, blue and offset.
    """

    model_config = with_examples(
        {
            "before": [[0.0, 0.5, 1.0]] * 3,
            "matrix": [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]],
            "after": [[0.0, 0.46, 1.0]] * 3,
        }
    )

    before: list[list[float]]
    matrix: list[list[float]]
    after: list[list[float]]


@dataclass(frozen=True)
class _Style:
    """saturation 0 grey … 1 as it is. tint: gains of red, green, blue. black, white: where they end up. contrast: joins
    the grade's own."""

    saturation: float = 1.0
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    black: tuple[float, float, float] = (0.0, 0.0, 0.0)
    white: float = 1.0
    contrast: float = 0.0


_STYLES: dict[Style, _Style] = {
    "none": _Style(),
    "warm": _Style(saturation=1.05, tint=(1.06, 1.0, 0.88), contrast=0.1),
    "cool": _Style(saturation=0.88, tint=(0.9, 1.0, 1.08), contrast=0.15),
    "noir": _Style(saturation=0.0, contrast=0.55),
    "faded": _Style(saturation=0.72, black=(0.09, 0.085, 0.1), white=0.95, contrast=-0.15),
    "vivid": _Style(saturation=1.35, contrast=0.25),
}


def filter_of(grade: Grade) -> ColourFilter | None:
    """None where nothing changes."""
    return None if grade == Grade() else _filter_of(grade)


@functools.lru_cache(512)
def _filter_of(grade: Grade) -> ColourFilter:
    style = _STYLES[grade.style]
    contrast = max(-1.0, min(1.0, grade.contrast + style.contrast))
    return ColourFilter(
        before=[_sample(partial(_expose, gain=gain)) for gain in _gains(grade)],
        matrix=_saturate(style.saturation, style.tint),
        after=[_sample(partial(_print, contrast=contrast, black=black, white=style.white)) for black in style.black],
    )


def _sample(curve: Callable[[float], float]) -> list[float]:
    return [round(min(1.0, max(0.0, curve(place / (_SAMPLES - 1)))), 5) for place in range(_SAMPLES)]


def _gains(grade: Grade) -> tuple[float, float, float]:
    """Of linear light. A temperature leaves the luminance of a grey as it is."""
    red, blue = 2 ** (_REDDER * grade.temperature), 2 ** (-_REDDER * grade.temperature)
    bright = 2**grade.exposure / (_LUMA[0] * red + _LUMA[1] + _LUMA[2] * blue)
    return red * bright, bright, blue * bright


def _expose(value: float, gain: float) -> float:
    """In linear light, with a shoulder that lets what is brightened beyond white come near it without a hard edge."""
    linear = gain * (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)
    if gain > 1:
        linear = linear * (1 + linear / gain**2) / (1 + linear)  # Reinhard et al. 2002, equation 4: white stays white
    return 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055


def _print(value: float, contrast: float, black: float, white: float) -> float:
    """Contrast as a power on either side of the middle, which meet there with one slope: 0, the middle and 1 stay."""
    power = math.pow(2, contrast)
    if value <= _MIDDLE:
        hard = _MIDDLE * math.pow(value / _MIDDLE, power)
    else:
        hard = 1 - (1 - _MIDDLE) * math.pow((1 - value) / (1 - _MIDDLE), power)
    return black + (white - black) * hard


def _saturate(saturation: float, tint: tuple[float, float, float]) -> list[list[float]]:
    luma = math.fsum(weight * gain for weight, gain in zip(_LUMA, tint, strict=True))
    rows = []
    for row, gain in enumerate(tint):
        weights = [(1 - saturation) * _LUMA[column] + saturation * (column == row) for column in range(3)]
        rows.append([round(weight * gain / luma, 5) for weight in weights] + [0.0])
    return rows
