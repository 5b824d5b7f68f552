"""Backdrops in town: a street by day, the city at night."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from inference.motion.backdrops.canvas import Canvas, Layer, lay, ramp, rgb, shine
from inference.motion.models import Floats

_PLASTER = ("#d9b48a", "#c98f6b", "#e3cfae", "#a9b5a2", "#c7a5a0", "#8fa3b0", "#dcc07e")
_VANISHING = (0.0, 0.04)  # where the street's lines meet
_PAVEMENT = 0.3


def paint_street(canvas: Canvas) -> Iterator[Layer]:
    """An old street in morning sun, houses receding to a bright end."""
    sky = canvas.gradient((-0.7, "#6fa4d0"), (-0.2, "#bcd9e8"), (0.06, "#fff1d6"))
    sky = lay(sky, "#ffffff", 0.6 * np.clip(canvas.noise("clouds", 0.3, 5, 2.2) * 3 - 1.4, 0, 1))
    sky = shine(sky, "#fff0c8", 0.9 * canvas.glow(0.08, 0.0, 0.22, 0.2))
    yield Layer(0.04, sky)
    yield _far_houses(canvas)
    yield from _houses(canvas)
    yield _tree_over(canvas)


def _far_houses(canvas: Canvas) -> Layer:
    shape = np.zeros((canvas.height, canvas.width), np.float32)
    chance = canvas.chance("far")
    x = -1.0
    while x < 1.0:
        wide, top = chance.uniform(0.05, 0.09), 0.04 - chance.uniform(0.03, 0.1)
        shape = np.maximum(
            shape, canvas.polygon([(x, 0.12), (x, top), (x + wide / 2, top - 0.025), (x + wide, top), (x + wide, 0.12)])
        )
        x += wide
    tower = canvas.polygon([(-0.075, 0.1), (-0.075, -0.15), (-0.055, -0.22), (-0.035, -0.15), (-0.035, 0.1)])
    road = ramp(canvas.y_H + 0 * canvas.x_W, ((0.06, "#ead9bb"), (0.5, "#a59a90"), (0.9, "#77706c")))
    cobbles = canvas.noise("cobbles", 0.02, 3, 3.0)
    road = lay(road, "#6b6259", np.clip(cobbles * 2 - 0.8, 0, 1) * np.clip((canvas.y_H - 0.06) * 2, 0, 0.6))
    road = shine(road, "#fff0cd", 0.55 * canvas.glow(0.05, 0.16, 0.2, 0.16))
    sheet = lay(lay(canvas.plain("#c5c2c2"), "#aab0bb", tower), "#fff0d6", 0.45 + 0 * shape)
    floor = canvas.under(0.085)
    return Layer(0.14, lay(sheet, road, floor), np.maximum(np.maximum(shape, tower), floor))


def _houses(canvas: Canvas) -> Iterator[Layer]:
    """Both sides of the street, each a plane that runs to the vanishing point, cut into rows by their distance.

    A row goes on behind the one before it, so that no gap opens when the camera moves.
    """
    across = np.abs(canvas.x_W - _VANISHING[0]) * np.ones_like(canvas.y_H)
    reach = np.maximum(across, 1e-3)
    height = (canvas.y_H - _VANISHING[1]) / reach  # 0 at eye level, constant along a horizontal edge of the wall
    right: Floats = (canvas.x_W > 0).astype(np.float32)
    along = 1.15 / reach + 0.3 * right  # grows evenly with the distance walked into the picture
    house = np.floor(along).astype(int) % 64 + (64 * right).astype(int)
    chance = canvas.chance("houses")
    plaster = np.stack([rgb(colour) for colour in _PLASTER])[chance.integers(len(_PLASTER), size=128)]
    roof = -chance.uniform(0.92, 1.3, 128).astype(np.float32)[house]
    wall = lay(plaster[house], "#5b4a4a", 0.34 * right * np.ones_like(reach))
    wall = lay(wall, "#fff3da", 0.12 * (1 - right) * np.ones_like(reach))
    wall = _openings(wall, along, height, right)
    wall = lay(wall, "#7d5a48", np.exp(-(((height - roof - 0.02) / 0.02) ** 2)))
    awning = (height > 0.0) & (height < 0.13) & (house % 3 == 0)
    wall = lay(wall, "#b5483c", awning * 0.9)
    wall = lay(wall, "#f3e6d0", (awning & (np.mod(along * 8, 1) < 0.5)) * 0.9)
    wall = lay(wall, "#2e2a2b", np.clip((height - 0.15) * 2.2, 0, 0.42))
    wall = lay(wall, "#473f44", np.clip((across - 0.5) * 0.45, 0, 0.5))
    stands = np.clip((_PAVEMENT / 0.44 - height) * 200, 0, 1) * (height > roof)
    for depth, begins, ends, haze in ((0.25, 0.13, 0.4, 0.5), (0.42, 0.24, 0.8, 0.22), (0.66, 0.44, 9.0, 0.0)):
        shown = (((across >= begins) & (across < ends)) * stands).astype(np.float32)
        yield Layer(depth, lay(wall, "#ffedd0", np.full_like(reach, haze)), shown)


def _openings(wall: Floats, along: Floats, height: Floats, right: Floats) -> Floats:
    column, row = np.mod(along * 2.6, 1), np.mod((height + 0.06) / 0.27, 1)
    storeys = height < -0.08
    aside, above = np.abs(column - 0.5), np.abs(row - 0.46)
    glass = (aside < 0.2) & (above < 0.27) & storeys
    wall = lay(wall, "#f4ead8", ((aside < 0.27) & (above < 0.33) & storeys) * 0.85)
    wall = lay(wall, "#55708a", glass * (1 - right) * 0.95)
    wall = lay(wall, "#33475c", glass * right * 0.95)
    wall = lay(wall, "#cfe3ee", (glass & (row + column < 0.85)) * 0.5)
    wall = lay(wall, "#4d6b5e", ((np.abs(aside - 0.32) < 0.07) & (above < 0.29) & storeys) * 0.8)
    shop = np.abs(np.mod(along * 1.75, 1) - 0.5)
    wall = lay(wall, "#3a3230", ((shop < 0.36) & (height > 0.13) & (height < 0.5)) * 0.9)
    return lay(wall, "#ffcf8f", ((shop < 0.31) & (height > 0.13) & (height < 0.44)) * 0.55)


def _tree_over(canvas: Canvas) -> Layer:
    leaves = canvas.noise("leaves", 0.05, 4) - 1.02 + 0.95 * canvas.glow(-1.05, -0.62, 0.62, 0.34)
    shape = np.clip(leaves * 14, 0, 1)
    light = canvas.noise("light", 0.04, 3)
    sheet = ramp(light, ((0.3, "#2f4a2c"), (0.55, "#5d8040"), (0.8, "#c3cf6d")))
    lamp = canvas.box(0.93, -0.24, 0.942, 0.9)
    head = canvas.polygon([(0.9, -0.24), (0.97, -0.24), (0.958, -0.32), (0.912, -0.32)])
    sheet = lay(lay(sheet, "#23262b", lamp), "#fff1cc", head)
    sheet = lay(sheet, "#23262b", canvas.polygon([(0.905, -0.318), (0.965, -0.318), (0.935, -0.35)]))
    return Layer(
        0.85,
        sheet,
        np.maximum(
            np.maximum(shape, lamp),
            np.maximum(head, canvas.polygon([(0.905, -0.318), (0.965, -0.318), (0.935, -0.35)])),
        ),
    )


def paint_night_city(canvas: Canvas) -> Iterator[Layer]:
    """Towers of lit windows over a wet street, lamps out of focus."""
    sky = canvas.gradient((-0.7, "#070b1d"), (-0.2, "#15204a"), (0.03, "#4f3a78"), (0.16, "#b8657a"))
    sky = shine(sky, "#ff9f6b", 0.4 * canvas.glow(0.0, 0.14, 1.3, 0.1))
    yield Layer(0.03, shine(sky, "#ffffff", 0.1 * np.clip(canvas.noise("cloud", 0.4, 5, 2.5) * 2 - 0.9, 0, 1)))
    yield _towers(canvas, 0.12, 0.16, 0.3, "#232a55", 0.0085, 0.35)
    yield _towers(canvas, 0.28, 0.2, 0.52, "#141a38", 0.013, 0.42)
    yield _wet_street(canvas)
    yield _lamps(canvas)


def _towers(canvas: Canvas, depth: float, foot: float, tall: float, colour: str, cell: float, lit: float) -> Layer:
    chance = canvas.chance(f"towers {depth}")
    sheet = lay(canvas.plain(colour), "#7a5a92", np.clip((canvas.y_H + 0.05) * 2.0, 0, 0.55) + 0 * canvas.x_W)
    windows = chance.random((400, 700)).astype(np.float32)
    tints = chance.integers(4, size=(400, 700))
    floor = ((canvas.y_H + 2) / (cell * 1.35)).astype(int) % 400 + 0 * canvas.x_W.astype(int)
    column = ((canvas.x_W + 4) / cell).astype(int) % 700 + 0 * floor
    inside = (np.mod((canvas.y_H + 2) / (cell * 1.35), 1) < 0.58) * (np.mod((canvas.x_W + 4) / cell, 1) < 0.6)
    glow = inside * (windows[floor, column] < lit) * (0.45 + 0.55 * windows[floor, column] / lit)
    tint = np.stack([ramp(np.zeros(1), ((0, one),))[0] for one in ("#ffd38a", "#ffe9c4", "#ffb36b", "#a9d4ff")])
    sheet = lay(sheet, tint[tints[floor, column]].astype(np.float32), glow.astype(np.float32))
    row = canvas.skyline(f"row {depth}", 0.09 * (0.7 + depth), 0.24 * (0.7 + depth))
    behind = np.clip(0.35 + np.abs(row.middle_W) * 1.1, 0, 1)  # a gap of sky behind the person
    top = foot - tall * (0.3 + 0.7 * row.height_W) * behind
    mast = 0.11 * (np.abs(row.along_W - 0.5) < 0.02) * (row.height_W > 0.55)
    hut = 0.04 * (np.abs(row.along_W - 0.5) < 0.22) * (row.height_W > 0.35)
    step = np.where(np.mod(row.number_W, 3) == 0, 0.03 * (row.along_W < 0.3), 0)
    sheet = lay(sheet, "#05070f", 0.3 * (row.along_W < 0.35) + 0 * canvas.y_H)
    solid = canvas.under(top + step)
    roof = np.maximum(canvas.under(top - np.maximum(mast, hut)) - solid, 0)
    return Layer(depth, lay(sheet, colour, roof), np.maximum(solid, roof))


def _wet_street(canvas: Canvas) -> Layer:
    road = canvas.gradient((0.2, "#2b2447"), (0.5, "#12142a"), (0.9, "#0a0c18"))
    chance = canvas.chance("reflections")
    far = np.clip((canvas.y_H - 0.2) / 0.4, 0, 1)
    ripple = canvas.noise("ripple", 0.02, 3, 6.0)
    for _ in range(34):
        x, wide = chance.uniform(-2.2, 2.2), chance.uniform(0.008, 0.035)
        colour = ("#ffb45e", "#ff6f61", "#6fd0ff", "#ffe0a0", "#b48cff")[chance.integers(5)]
        streak = np.exp(-(((canvas.x_W * (1 - 0.25 * far) - x) / (wide * (1 + far))) ** 2)) * np.exp(
            -far / chance.uniform(0.2, 0.6)
        )
        road = shine(road, colour, 0.75 * streak * np.clip(ripple * 2.2 - 0.5, 0, 1) * (far > 0))
    return Layer(0.5, road, canvas.under(0.205))


def _lamps(canvas: Canvas) -> Layer:
    chance = canvas.chance("lamps")
    points = []
    for _ in range(46):
        x = chance.uniform(0.34, 2.4) * (-1) ** int(chance.integers(2))
        colour = ("#ffb45e", "#ffd9a0", "#ff7a6b", "#7fd6ff", "#c6a0ff")[chance.integers(5)]
        points.append((x, 0.17 - 0.26 * chance.random() ** 2, chance.uniform(0.012, 0.042), colour))
    colours, shown = canvas.spots(points, 0.006)
    ring = np.clip(shown - 0.55 * canvas.blur(shown, 0.012), 0, 1)
    return Layer(0.7, lay(colours, "#ffffff", 0.15 * ring), np.clip(0.72 * shown + 0.3 * ring, 0, 0.95))
