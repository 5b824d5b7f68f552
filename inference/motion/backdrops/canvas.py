"""What backdrops are painted on and with: soft gradients, haze, pools of light, and shapes with clean edges.

Units: the frame's height is 1, (0, 0) its middle, y goes down. A canvas reaches past the frame on every side, and a
scene is composed in units, so that every aspect shows the same place, more or less of it.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from inference.motion.models import Floats, Rgb

MARGIN = 0.6  # of the frame's size, on every side
_MOST_PX = 2_400_000  # of a canvas: what lies behind a person is a little out of focus anyway
_REACH = 4.0  # units that noise covers to every side of the middle
_SHIFT = 4  # binary digits of a pixel that polygons are drawn with
Stops = Sequence[tuple[float, str]]


@dataclass(frozen=True)
class Layer:
    """One sheet of a scene. depth: 0 is infinitely far, 1 where the person stands. No alpha: it covers everything."""

    depth: float
    rgb_HW3: Floats
    alpha_HW: Floats | None = None


@dataclass(frozen=True)
class Skyline:
    """Over x, [1, W]: the house's number, its middle, how far across it 0..1, its own height by chance 0..1."""

    number_W: Floats
    middle_W: Floats
    along_W: Floats
    height_W: Floats


class Canvas:
    """Paints sheets of one size. Colours are sRGB in 0..1; whatever is drawn by chance is drawn alike for one name."""

    def __init__(self, name: str, width: int, height: int) -> None:
        """`width`, `height`: of the frame, pixels."""
        self.name = name
        self.scale = min(1.0, (_MOST_PX / (width * height * (1 + 2 * MARGIN) ** 2)) ** 0.5)
        self.unit_px = height * self.scale
        self.aspect = width / height
        self.width = round(width * self.scale * (1 + 2 * MARGIN))
        self.height = round(height * self.scale * (1 + 2 * MARGIN))
        self.x_W = ((np.arange(self.width, dtype=np.float32) + 0.5 - self.width / 2) / self.unit_px)[None, :]
        self.y_H = ((np.arange(self.height, dtype=np.float32) + 0.5 - self.height / 2) / self.unit_px)[:, None]

    def chance(self, key: str) -> np.random.Generator:
        """Its own random numbers for every use."""
        return np.random.default_rng(zlib.crc32(f"{self.name}/{key}".encode()))

    def gradient(self, *stops: tuple[float, str]) -> Floats:
        """Colours down the picture: each at its y, smooth between them."""
        column_H3 = ramp(self.y_H[:, 0], stops)
        return np.repeat(column_H3[:, None, :], self.width, axis=1)

    def plain(self, colour: str) -> Floats:
        """One colour everywhere."""
        return np.full((self.height, self.width, 3), rgb(colour), np.float32)

    def noise(self, key: str, cell: float, octaves: int = 4, stretch: float = 1.0) -> Floats:
        """Clouds in 0..1, about 0.5: `cell` units across, `stretch` times as wide as high."""
        total, weight, sum_HW = 0.0, 1.0, np.zeros((self.height, self.width), np.float32)
        for octave in range(octaves):
            size = cell / 2**octave
            columns, rows = (int(2 * _REACH / (size * wide)) + 4 for wide in (stretch, 1.0))
            lattice = self.chance(f"{key}{octave}").random((min(rows, 900), min(columns, 900)), np.float32)
            step_x, step_y = self.unit_px * size * stretch, self.unit_px * size
            to_lattice = np.array([
                [1 / step_x, 0, (_REACH * self.unit_px - self.width / 2) / step_x],
                [0, 1 / step_y, (_REACH * self.unit_px - self.height / 2) / step_y],
            ])  # fmt: skip
            flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
            sum_HW += weight * cv2.warpAffine(
                lattice, to_lattice, (self.width, self.height), flags=flags, borderMode=cv2.BORDER_REFLECT
            )
            total, weight = total + weight, weight / 2
        return np.clip(sum_HW / total, 0, 1)

    def line(self, key: str, height: float, cell: float, octaves: int = 5, rough: float = 0.5) -> Floats:
        """The outline of a ridge over x: [1, W], 0 in the middle, of about ±height; `rough` 0.5 is a mountain's."""
        chance = self.chance(key)
        outline = np.zeros_like(self.x_W)
        for octave in range(octaves):
            knots = chance.uniform(-1, 1, 64).astype(np.float32)
            at = (self.x_W + _REACH) / (cell / 2**octave)
            low = np.floor(at).astype(int)
            part = (at - low).astype(np.float32)
            part = part * part * (3 - 2 * part)
            outline += rough**octave * (knots[low % 64] * (1 - part) + knots[(low + 1) % 64] * part)
        ridge: Floats = (height * outline).astype(np.float32)
        return ridge

    def skyline(self, key: str, narrow: float, wide: float) -> Skyline:
        """Houses side by side over all x, each `narrow` to `wide` units across."""
        chance = self.chance(key)
        widths = chance.uniform(narrow, wide, int(2 * _REACH / narrow))
        starts = np.cumsum(widths) - widths - _REACH
        number_W = np.clip(np.searchsorted(starts, self.x_W[0], side="right") - 1, 0, len(widths) - 1)
        heights_N = chance.random(len(widths)).astype(np.float32)
        along_W = ((self.x_W[0] - starts[number_W]) / widths[number_W]).astype(np.float32)
        middles_N = (starts + widths / 2).astype(np.float32)
        return Skyline(number_W[None], middles_N[number_W][None], along_W[None], heights_N[number_W][None])

    def under(self, line_W: Floats | float, soft: float = 0.0) -> Floats:
        """1 under a line over x (of y in units), 0 above it, with an edge of one pixel or `soft` units."""
        edge = max(soft * self.unit_px, 1.0)
        below: Floats = np.clip((self.y_H - line_W) * self.unit_px / edge + 0.5, 0, 1) + 0 * self.x_W
        return below

    def box(self, left: float, top: float, right: float, bottom: float) -> Floats:
        """A rectangle."""
        return self.polygon([(left, top), (right, top), (right, bottom), (left, bottom)])

    def polygon(self, *outlines: Sequence[tuple[float, float]]) -> Floats:
        """Filled shapes."""
        mask = np.zeros((self.height, self.width), np.uint8)
        for outline in outlines:
            points = (np.array(outline) * self.unit_px + [self.width / 2 - 0.5, self.height / 2 - 0.5]) * 2**_SHIFT
            cv2.fillPoly(mask, [np.round(points).astype(np.int32)], 255, cv2.LINE_AA, _SHIFT)
        filled: Floats = mask.astype(np.float32) * np.float32(1 / 255)
        return filled

    def disc(self, x: float, y: float, radius: float, soft: float = 0.0) -> Floats:
        """A disc whose edge is `soft` units wide."""
        away = np.hypot(self.x_W - x, self.y_H - y)
        disc: Floats = np.clip((radius - away) / max(soft, 1.5 / self.unit_px) + 0.5, 0, 1).astype(np.float32)
        return disc

    def glow(self, x: float, y: float, wide: float, high: float | None = None) -> Floats:
        """Light that falls off from 1 at its middle, to a third at the given distances."""
        across = ((self.x_W - x) / wide) ** 2
        down = ((self.y_H - y) / (high or wide)) ** 2
        light: Floats = np.exp(-across) * np.exp(-down)
        return light

    def spots(self, points: Sequence[tuple[float, float, float, str]], soft: float) -> tuple[Floats, Floats]:
        """Many discs (x, y, radius, colour), the later over the earlier: their colours and where they are."""
        colours_HW3 = np.zeros((self.height, self.width, 3), np.float32)
        shown_HW = np.zeros((self.height, self.width), np.float32)
        for x, y, radius, colour in points:
            rows, columns = self._window(x, y, radius + soft + 2 / self.unit_px)
            away = np.hypot(self.x_W[:, columns] - x, self.y_H[rows] - y)
            disc = np.clip((radius - away) / max(soft, 1.5 / self.unit_px) + 0.5, 0, 1)
            part = colours_HW3[rows, columns]
            part += (rgb(colour) - part) * (disc > 0)[..., None]
            shown_HW[rows, columns] = np.maximum(shown_HW[rows, columns], disc)
        return colours_HW3, shown_HW

    def blur(self, sheet: Floats, sigma: float) -> Floats:
        """Gaussian, `sigma` in units; on a smaller sheet where that shows no difference."""
        sigma_px = sigma * self.unit_px
        shrink = max(1.0, sigma_px / 3)
        small = (max(2, round(self.width / shrink)), max(2, round(self.height / shrink)))
        soft = cv2.resize(sheet, small, interpolation=cv2.INTER_AREA) if shrink > 1 else sheet
        soft = cv2.GaussianBlur(soft, (0, 0), max(sigma_px / shrink, 0.3), borderType=cv2.BORDER_REPLICATE)
        blurred: Floats = cv2.resize(soft, (self.width, self.height), interpolation=cv2.INTER_LINEAR)
        return blurred

    def _window(self, x: float, y: float, reach: float) -> tuple[slice, slice]:
        column, row, by = x * self.unit_px + self.width / 2, y * self.unit_px + self.height / 2, reach * self.unit_px
        return (
            slice(max(0, int(row - by)), min(self.height, int(row + by) + 1)),
            slice(max(0, int(column - by)), min(self.width, int(column + by) + 1)),
        )


def rgb(colour: str) -> Floats:
    """`#rrggbb` as three numbers in 0..1."""
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], np.float32) / 255


def ramp(values: Floats, stops: Stops) -> Floats:
    """Colours [..., 3] of values between stops, in rising order."""
    known = [value for value, _ in stops]
    colours = np.stack([rgb(colour) for _, colour in stops])
    return np.stack([np.interp(values, known, colours[:, i]) for i in range(3)], axis=-1).astype(np.float32)


def lay(below_HW3: Floats, colour: Floats | str, share_HW: Floats) -> Floats:
    """`colour` over `below` where `share` is 1."""
    over = rgb(colour) if isinstance(colour, str) else colour
    return (below_HW3 + (over - below_HW3) * share_HW[..., None]).astype(np.float32)


def shine(below_HW3: Floats, colour: str, light_HW: Floats) -> Floats:
    """Light added as a screen: never past white."""
    return (1 - (1 - below_HW3) * (1 - rgb(colour) * np.clip(light_HW, 0, 1)[..., None])).astype(np.float32)


def to_rgb8(sheet_HW3: Floats) -> Rgb:
    return np.clip(np.round(sheet_HW3 * 255), 0, 255).astype(np.uint8)
