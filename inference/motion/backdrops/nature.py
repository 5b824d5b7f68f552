"""Backdrops out of doors: forest, meadow, desert, beach, snow and space."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from inference.motion.backdrops.canvas import Canvas, Layer, lay, ramp, rgb, shine
from inference.motion.models import Floats


def paint_forest(canvas: Canvas) -> Iterator[Layer]:
    """Morning mist between trunks, the sun behind them."""
    air = canvas.gradient((-0.6, "#8fb08a"), (-0.1, "#d8e2b4"), (0.12, "#c9d3a0"), (0.35, "#5f7a4c"), (0.8, "#2b3d24"))
    air = shine(air, "#fff3c4", 0.85 * canvas.glow(0.32, -0.16, 0.42, 0.34))
    air = lay(air, "#9fb88c", 0.35 * canvas.noise("mist", 0.5, stretch=2.5))
    yield Layer(0.05, air)
    for depth, count, wide, colour, foot in (
        (0.15, 26, 0.016, "#a9bd8f", 0.16),
        (0.3, 15, 0.03, "#7f9a6b", 0.22),
        (0.5, 9, 0.052, "#4d6b45", 0.3),
    ):
        yield _trunks(canvas, depth, count, wide, colour, foot)
    yield _shafts(canvas)
    yield _near_forest(canvas)


def _trunks(canvas: Canvas, depth: float, count: int, wide: float, colour: str, foot: float) -> Layer:
    chance = canvas.chance(f"trunks {depth}")
    shape = np.zeros((canvas.height, canvas.width), np.float32)
    for i in range(count):
        x = (i + chance.uniform(-0.35, 0.35)) / count * 5.2 - 2.6
        half = wide * chance.uniform(0.6, 1.2) / 2
        lean = chance.uniform(-0.05, 0.05)
        shape = np.maximum(shape, canvas.polygon([
            (x + lean - 0.7 * half, -1.2), (x + lean + 0.7 * half, -1.2), (x + 1.1 * half, foot + 0.05),
            (x + 2 * half, foot + 0.1), (x - 2 * half, foot + 0.1), (x - 1.1 * half, foot + 0.05),
        ]))  # fmt: skip
    ground = canvas.under(foot + canvas.line(f"ground {depth}", 0.012, 0.4), soft=0.02)
    leaves = canvas.noise(f"leaves {depth}", 0.16 + 0.2 * depth, 5)
    crown = np.clip((leaves - 0.42 + np.clip(-0.34 - canvas.y_H, -0.4, 0.3) * 0.9) * 9, 0, 1)
    alpha = np.maximum(np.maximum(shape, ground), crown)
    lit = canvas.glow(0.32, -0.2, 0.5)
    sheet = lay(canvas.plain(colour), "#e9e8b5", np.clip(0.5 * lit * (1 - depth), 0, 1))
    sheet = lay(sheet, "#24361f", 0.3 * canvas.noise(f"shade {depth}", 0.09, 3) * (depth + 0.3))
    return Layer(depth, sheet, alpha)


def _shafts(canvas: Canvas) -> Layer:
    light = np.zeros((canvas.height, canvas.width), np.float32)
    for x, wide, strength in ((-0.75, 0.09, 0.4), (-0.35, 0.05, 0.3), (0.02, 0.12, 0.45), (0.42, 0.06, 0.35)):
        beam = canvas.polygon([(x + 0.62, -1.1), (x + 0.62 + wide, -1.1), (x - 0.1 + 2.4 * wide, 0.7), (x - 0.1, 0.7)])
        light = np.maximum(light, strength * beam)
    fade = np.clip(0.75 - canvas.y_H, 0, 1)
    return Layer(0.55, canvas.plain("#fff6d2"), canvas.blur(light, 0.025) * fade * 0.6)


def _near_forest(canvas: Canvas) -> Layer:
    chance = canvas.chance("ferns")
    fronds = []
    for _ in range(46):
        root, turn, long = chance.uniform(-2.6, 2.6), chance.uniform(-2.5, -0.65), chance.uniform(0.16, 0.3)
        for k in range(14):
            t = (k + 1) / 15
            x, y = root + np.cos(turn) * long * t, 0.53 + np.sin(turn) * long * t + 0.12 * t * t
            side = 0.3 * long * (1 - t) + 0.006
            for way in (-1, 1):
                tip = turn + way * 1.0
                fronds.append([(x - 0.004, y), (x + 0.005, y), (x + np.cos(tip) * side, y + np.sin(tip) * side + 0.01)])
    bend = canvas.line("bark edge", 0.012, 0.5, 2)
    left = np.clip((0.1 + 0.25 * np.clip(canvas.y_H - 0.2, 0, 1) - np.abs(canvas.x_W + 0.92 + bend)) * 90, 0, 1)
    right = np.clip((0.06 + 0.2 * np.clip(canvas.y_H - 0.2, 0, 1) - np.abs(canvas.x_W - 1.2)) * 90, 0, 1)
    leaves = np.clip((canvas.noise("boughs", 0.1, 5) - 0.5 + np.clip(-0.46 - canvas.y_H, -0.5, 0.2) * 1.6) * 14, 0, 1)
    fern = np.maximum(canvas.polygon(*fronds), canvas.under(0.5 + canvas.line("bank", 0.02, 0.5), soft=0.02))
    alpha = np.maximum(np.maximum(left, right), np.maximum(fern, leaves))
    bark = canvas.noise("bark", 0.05, 4, 0.3)
    sheet = lay(canvas.plain("#1c2a18"), "#41532f", np.clip(bark * 1.6 - 0.55, 0, 1) * np.maximum(left, right))
    sheet = lay(sheet, "#35502a", 0.7 * np.clip(canvas.noise("fern light", 0.08, 3) * 2 - 0.7, 0, 1) * fern)
    return Layer(0.8, shine(sheet, "#c8c47e", 0.25 * canvas.glow(0.4, -0.2, 0.5)), alpha)


def paint_meadow(canvas: Canvas) -> Iterator[Layer]:
    """A summer afternoon: clouds, hills, a tree, and grass full of flowers."""
    sky = canvas.gradient((-0.7, "#4f8fc7"), (-0.2, "#9cc7e4"), (0.05, "#e6efe4"))
    sky = shine(sky, "#fff2cf", 0.6 * canvas.glow(-0.7, -0.3, 0.5))
    puffs = canvas.noise("clouds", 0.5, 6, stretch=2.2)
    cover = np.clip((puffs - 0.5) * 4.5, 0, 1) * np.clip(1 - np.abs(canvas.y_H + 0.25) * 2.2, 0, 1)
    sky = lay(sky, ramp(np.clip(puffs, 0, 1), ((0.5, "#c9d6e2"), (0.72, "#ffffff"))), 0.9 * cover)
    yield Layer(0.02, sky)
    for depth, base, high, cell, light, dark in (
        (0.08, 0.0, 0.035, 0.9, "#a9c3c0", "#8fb0ab"),
        (0.16, 0.035, 0.03, 0.7, "#9fbf8e", "#76a06d"),
        (0.3, 0.085, 0.022, 0.9, "#a8c26c", "#6f9a48"),
    ):
        yield _hill(canvas, depth, base, high, cell, light, dark)
    yield _tree(canvas)
    yield _grass(canvas)


def _hill(canvas: Canvas, depth: float, base: float, high: float, cell: float, light: str, dark: str) -> Layer:
    outline = base + canvas.line(f"hill {depth}", high, cell, 3, 0.35)
    below = canvas.y_H - outline
    sheet = lay(canvas.plain(light), dark, np.clip(below * 7, 0, 1))
    sheet = lay(sheet, dark, 0.5 * np.clip(canvas.noise(f"fields {depth}", 0.2, 3, 5.0) * 2 - 0.8, 0, 1))
    woods = canvas.noise(f"woods {depth}", 0.035, 3) * np.clip(1 - np.abs(below - 0.012) * 60, 0, 1)
    return Layer(depth, lay(sheet, "#4c7050", 0.8 * np.clip(woods * 2.2 - 0.8, 0, 1)), canvas.under(outline))


def _tree(canvas: Canvas) -> Layer:
    x, y = 0.72, 0.14
    chance = canvas.chance("tree")
    crown = [
        (x + 0.19 * np.cos(turn) * out, y - 0.3 + 0.13 * np.sin(turn) * out, chance.uniform(0.035, 0.06), "#5d8a3c")
        for turn, out in zip(chance.uniform(0, 6.3, 90), np.sqrt(chance.random(90)), strict=True)
    ]
    _, shape = canvas.spots(crown, 0.01)
    shape *= np.clip(canvas.noise("gaps", 0.03, 3) * 5 - 1.05, 0, 1)
    light = np.clip(0.55 - (canvas.x_W - x) * 2.2 - (canvas.y_H - y + 0.29) * 2.4, 0, 1)
    light = np.clip(light + (canvas.noise("clumps", 0.045, 3) - 0.5) * 0.9, 0, 1)
    sheet = ramp(light, ((0.0, "#2c5230"), (0.5, "#57843a"), (1.0, "#b9cb62")))
    trunk = canvas.polygon(
        [(x - 0.013, y - 0.25), (x + 0.013, y - 0.25), (x + 0.024, y + 0.012), (x - 0.024, y + 0.012)]
    )
    sheet = lay(sheet, "#4a3826", trunk * (1 - shape))
    shadow = 0.35 * canvas.glow(x + 0.06, y + 0.012, 0.16, 0.012)
    alpha = np.maximum(np.maximum(shape, trunk), shadow)
    return Layer(0.34, lay(sheet, "#2f4a26", (alpha <= shadow).astype(np.float32)), alpha)


def _grass(canvas: Canvas) -> Layer:
    chance = canvas.chance("grass")
    edge = 0.2 + canvas.line("edge", 0.01, 0.4)
    below = np.clip((canvas.y_H - edge) * 2.2, 0, 1)
    sheet = ramp(below, ((0.0, "#b7cb63"), (0.35, "#7fa43f"), (1.0, "#3c6427")))
    tufts = canvas.noise("tufts", 0.06, 4, 0.35)
    sheet = lay(sheet, "#2f5422", np.clip(tufts * 1.8 - 0.75, 0, 1) * (0.25 + 0.5 * below))
    points = []
    for _ in range(520):
        far = chance.random() ** 1.7
        y = 0.21 + 0.55 * far
        colour = ("#fff8e4", "#f3d24f", "#e26f5d", "#c9a4dc")[chance.integers(4)]
        points.append((chance.uniform(-2.8, 2.8), y, 0.0016 + 0.007 * far, colour))
    colours, flowers = canvas.spots(points, 0.001)
    alpha = np.maximum(canvas.under(edge - 0.012 * tufts, soft=0.006), flowers)
    return Layer(0.62, lay(sheet, colours, flowers), alpha)


def paint_desert(canvas: Canvas) -> Iterator[Layer]:
    """The last hour of light over mesas and dunes."""
    sky = canvas.gradient((-0.7, "#3b6f93"), (-0.3, "#86aab0"), (-0.08, "#f0c592"), (0.08, "#f8dcae"))
    sky = shine(sky, "#ffe7b0", 0.95 * canvas.glow(-0.62, -0.02, 0.34, 0.26))
    sky = lay(sky, "#fff6da", canvas.disc(-0.62, -0.045, 0.036, 0.006))
    streaks = canvas.noise("cirrus", 0.22, 5, 7.0)
    sky = lay(sky, "#ffe3c4", 0.55 * np.clip(streaks * 3 - 1.5, 0, 1) * np.clip(0.1 - canvas.y_H, 0, 0.5) * 2)
    yield Layer(0.02, sky)
    yield _mesas(canvas, 0.08, 0.035, "#d8a98c", 0.06)
    yield _mesas(canvas, 0.16, 0.06, "#b9765a", 0.1)
    for depth, base, high, cell in ((0.3, 0.1, 0.03, 1.1), (0.5, 0.19, 0.05, 1.5), (0.75, 0.36, 0.06, 1.7)):
        yield _dune(canvas, depth, base, high, cell)


def _mesas(canvas: Canvas, depth: float, foot: float, colour: str, high: float) -> Layer:
    chance = canvas.chance(f"mesas {depth}")
    shape = canvas.under(foot + canvas.line(f"scree {depth}", 0.006, 0.3))
    x = -3.2
    while x < 3.2:
        x += chance.uniform(0.25, 0.9)
        wide, top = chance.uniform(0.05, 0.26), foot - high * chance.uniform(0.5, 1.3)
        shape = np.maximum(shape, canvas.polygon([
            (x - wide * 0.5, top), (x + wide * 0.5, top + 0.004), (x + wide * 0.55, top + (foot - top) * 0.55),
            (x + wide * 0.85, foot + 0.01), (x - wide * 0.85, foot + 0.01), (x - wide * 0.56, top + (foot - top) * 0.5),
        ]))  # fmt: skip
    strata = canvas.noise(f"strata {depth}", 0.02, 3, 14.0)
    sheet = lay(canvas.plain(colour), "#7d4a43", 0.4 * np.clip(strata * 2 - 0.6, 0, 1))
    sheet = lay(sheet, "#f6d3a4", 0.55 * canvas.glow(-0.62, foot, 0.7, 0.3))
    return Layer(depth, lay(sheet, "#ecc59a", np.clip((canvas.y_H - foot + 0.03) * 18, 0, 0.75)), shape)


def _dune(canvas: Canvas, depth: float, base: float, high: float, cell: float) -> Layer:
    outline = base + canvas.line(f"dune {depth}", high, cell, 2, 0.3)
    crest = base + 0.05 + canvas.line(f"crest {depth}", high * 1.6, cell * 0.7, 2, 0.35)
    shade = canvas.under(crest, soft=0.05) * 0.8
    ripples = np.sin((canvas.y_H * 60 + canvas.line(f"wind {depth}", 2.2, 0.5, 3)) / (0.35 + depth))
    sheet = lay(canvas.plain("#f0b878"), "#a8633f", shade)
    sheet = lay(sheet, "#7b4437", np.clip((canvas.y_H - base) * 1.6, 0, 0.7))
    sheet = lay(sheet, "#ffdca0", np.clip(ripples, 0, 1) * 0.12 * (1 - shade))
    sheet = shine(sheet, "#ffdf9f", 0.5 * np.clip(1 - (canvas.y_H - outline) * 26, 0, 1) * (1 - depth * 0.5))
    return Layer(depth, lay(sheet, "#f2cfa0", (0.42 - depth) * np.ones_like(shade) if depth < 0.42 else 0 * shade),
                 canvas.under(outline))  # fmt: skip


def paint_beach(canvas: Canvas) -> Iterator[Layer]:
    """Evening by the sea: sun on the water, wet sand, palm leaves near."""
    sky = canvas.gradient((-0.7, "#33628f"), (-0.3, "#7fa6bd"), (-0.1, "#f3c9a0"), (0.03, "#ffe6bd"))
    puffs = canvas.noise("clouds", 0.35, 6, 3.5)
    cover = np.clip((puffs - 0.5) * 4, 0, 1) * np.clip(0.02 - canvas.y_H, 0, 0.3) * 3
    sky = lay(sky, ramp(puffs, ((0.5, "#8f87a0"), (0.75, "#ffd9b5"))), np.clip(cover, 0, 0.85))
    sky = shine(sky, "#ffe2a6", 0.9 * canvas.glow(0.5, -0.03, 0.34, 0.22))
    sky = lay(sky, "#fff8e0", canvas.disc(0.5, -0.055, 0.04, 0.006))
    yield Layer(0.02, sky)
    yield from (paint(canvas) for paint in (_headland, _sea, _sand, _palms))


def _headland(canvas: Canvas) -> Layer:
    rise = np.clip(-0.35 - canvas.x_W, 0, 0.8) * 0.16
    outline = 0.036 - rise + canvas.line("headland", 0.012, 0.25) * np.clip(rise * 12, 0, 1)
    alpha = canvas.under(outline) * canvas.under(-9.0) * (1 - canvas.under(0.045)) * (rise > 0)
    haze = np.clip((canvas.y_H + 0.05) * 7, 0, 0.6)
    return Layer(0.06, lay(canvas.plain("#64707f"), "#e7c2a0", haze), alpha)


def _sea(canvas: Canvas) -> Layer:
    far = np.clip((canvas.y_H - 0.04) / 0.24, 0, 1)
    sheet = ramp(far + 0 * canvas.x_W, ((0.0, "#d8b9a1"), (0.12, "#7a9aa6"), (0.55, "#2f6f86"), (1.0, "#3f8f95")))
    swell = canvas.noise("swell", 0.05, 4, 9.0)
    chop = canvas.noise("chop", 0.016, 3, 5.0)
    sheet = lay(sheet, "#1d5068", np.clip(swell * 2.4 - 0.95, 0, 1) * 0.5 * far)
    path = canvas.glow(0.5, 0.04, 0.07 + 0.0, 9.0) * np.ones_like(far)
    wide = np.exp(-(((canvas.x_W - 0.5) / (0.05 + 0.3 * far)) ** 2))
    glints = np.clip((0.55 * swell + 0.45 * chop) * 5 - 2.15, 0, 1)
    sheet = shine(sheet, "#ffe9bd", np.clip(glints * wide * (1.1 - 0.4 * far) + 0.3 * path * (1 - far), 0, 1))
    return Layer(0.22, sheet, canvas.under(0.04))


def _sand(canvas: Canvas) -> Layer:
    shore = 0.25 + canvas.line("shore", 0.018, 0.7, 3, 0.4)
    down = np.clip((canvas.y_H - shore) * 2.6, 0, 1)
    sheet = ramp(down, ((0.0, "#7f8f8c"), (0.14, "#b59a78"), (0.4, "#e2bf8d"), (1.0, "#b98a5b")))
    grain = canvas.noise("grain", 0.012, 2)
    sheet = lay(sheet, "#8f6a48", np.clip(grain - 0.45, 0, 1) * 0.5 * down)
    sheet = shine(sheet, "#ffdca8", 0.45 * canvas.glow(0.5, 0.26, 0.4, 0.05))
    foam = np.exp(-(((canvas.y_H - shore - 0.006) / 0.008) ** 2)) + 0.6 * np.exp(
        -(((canvas.y_H - shore - 0.035 - canvas.line("lace", 0.008, 0.2)) / 0.004) ** 2)
    )
    lace = np.clip(canvas.noise("foam", 0.03, 3, 2.0) * 3 - 0.8, 0, 1)
    sheet = lay(sheet, "#fff6ea", np.clip(foam * lace, 0, 0.95))
    return Layer(0.55, sheet, canvas.under(shore, soft=0.008))


def _palms(canvas: Canvas) -> Layer:
    leaves = []
    for root_x, root_y, turn, long in (
        (-1.02, -0.5, 0.15, 0.62), (-1.02, -0.5, 0.55, 0.58), (-1.02, -0.5, 0.95, 0.5), (-1.02, -0.5, -0.2, 0.6),
        (1.12, -0.62, 2.6, 0.6), (1.12, -0.62, 2.95, 0.56), (1.12, -0.62, 2.2, 0.5),
    ):  # fmt: skip
        for k in range(26):
            t = (k + 1) / 27
            droop = 0.5 * t * t
            x, y = root_x + np.cos(turn) * long * t, root_y + (np.sin(turn) * t + droop * 0.5) * long
            side = 0.16 * long * np.sin(np.pi * min(1, t * 1.05)) + 0.02
            for way in (-1, 1):
                tip = turn + way * 1.05 + droop
                leaves.append([
                    (x - 0.006, y), (x + 0.012, y + 0.004),
                    (x + np.cos(tip) * side * 0.9 + 0.02, y + np.sin(tip) * side + 0.05),
                ])  # fmt: skip
    return Layer(0.9, canvas.plain("#1d2f33"), canvas.polygon(*leaves))


def paint_snow(canvas: Canvas) -> Iterator[Layer]:
    """High peaks in clear cold light, firs in front, a few flakes falling."""
    sky = canvas.gradient((-0.7, "#3a6ea5"), (-0.3, "#84b2d6"), (0.05, "#e4edf2"))
    sky = shine(sky, "#fff1dc", 0.6 * canvas.glow(-0.8, -0.25, 0.5))
    yield Layer(0.02, lay(sky, "#ffffff", 0.6 * np.clip(canvas.noise("veil", 0.3, 5, 4.0) * 2.6 - 1.2, 0, 1)))
    yield _peaks(canvas, 0.08, -0.1, 0.16, 0.62, 0.45)
    yield _peaks(canvas, 0.18, 0.0, 0.11, 0.42, 0.12)
    for depth, base, size, colour, snow in (
        (0.3, 0.1, 0.045, "#6f8aa0", 0.35), (0.5, 0.17, 0.09, "#41607a", 0.5), (0.75, 0.3, 0.19, "#24384c", 0.7)
    ):  # fmt: skip
        yield _firs(canvas, depth, base, size, colour, snow)
    chance = canvas.chance("flakes")
    flakes = [
        (chance.uniform(-2.4, 2.4), chance.uniform(-1.1, 1.1), chance.uniform(0.002, 0.006), "#ffffff")
        for _ in range(260)
    ]
    colours, shown = canvas.spots(flakes, 0.003)
    yield Layer(0.9, colours, 0.75 * shown)


def _peaks(canvas: Canvas, depth: float, base: float, high: float, cell: float, haze: float) -> Layer:
    outline = base + canvas.line(f"peaks {depth}", high, cell, 6, 0.48)
    below = canvas.y_H - outline
    folds = canvas.noise(f"folds {depth}", 0.2, 5, 0.7)
    slope = np.gradient(canvas.line(f"peaks {depth}", high, cell, 3, 0.48)[0], 1 / canvas.unit_px)[None, :]
    lit = np.clip(0.55 - 0.55 * slope + (folds - 0.5) * 2.2, 0, 1)
    lit = np.clip((lit - 0.35) * 3, 0, 1)
    sheet = lay(canvas.plain("#7f9fc4"), "#fffaf2", lit)
    rock = np.clip(
        (canvas.noise(f"rock {depth}", 0.07, 5, 0.5) - 0.55 - 0.35 * np.clip(0.1 - below, 0, 0.1)) * 12, 0, 1
    )
    sheet = lay(sheet, "#4d5f78", rock * 0.8)
    mist = np.clip(haze + np.clip(below - 0.03, 0, 1) * 4.0, 0, 0.97)
    return Layer(depth, lay(sheet, "#dce8f0", mist), canvas.under(outline))


def _firs(canvas: Canvas, depth: float, base: float, size: float, colour: str, snow: float) -> Layer:
    chance = canvas.chance(f"firs {depth}")
    outline = base + canvas.line(f"slope {depth}", 0.02, 0.9, 3, 0.4)
    trees, caps = [], []
    x = -2.9
    while x < 2.9:
        x += size * chance.uniform(0.28, 0.9)
        if depth > 0.6 and abs(x) < 0.34:  # nothing grows out of the person's head
            continue
        high = size * chance.uniform(0.8, 1.5)
        foot = base + 0.02 + float(chance.uniform(0, 0.02))
        for step in range(6):
            top, low = foot - high * (1 - step / 7), foot - high * (1 - (step + 2) / 7)
            wide = high * 0.06 * (step + 1.2)
            skew = chance.uniform(-0.08, 0.08) * wide
            trees.append([(x, top), (x + wide, low), (x + skew, low - 0.06 * high), (x - wide, low)])
            caps.append([(x, top), (x + wide * 0.3, low - 0.05 * high), (x - wide * 0.85, low - 0.02 * high)])
    wood, white = canvas.polygon(*trees), canvas.polygon(*caps)
    ground = canvas.under(outline, soft=0.006)
    snowy = lay(canvas.plain("#eef4fa"), "#a9c1da", np.clip((canvas.y_H - outline) * 2.4, 0, 0.8))
    snowy = lay(snowy, "#c4d6e8", np.clip(canvas.noise(f"drifts {depth}", 0.1, 3, 4.0) * 2 - 0.8, 0, 1) * 0.7)
    sheet = lay(snowy, colour, wood)
    sheet = lay(sheet, "#f4f8fc", white * snow * np.clip(canvas.noise(f"caps {depth}", 0.02, 2) * 3 - 0.7, 0, 1))
    return Layer(depth, sheet, np.maximum(ground, wood))


def paint_space(canvas: Canvas) -> Iterator[Layer]:
    """A planet's lit edge below, a nebula behind, stars near and far."""
    sky = canvas.gradient((-0.7, "#05060f"), (0.0, "#0a0c1e"), (0.7, "#060713"))
    dust, veil = canvas.noise("dust", 0.7, 6), canvas.noise("veil", 0.5, 6)
    band = np.exp(-(((canvas.y_H + 0.12 + 0.35 * canvas.x_W) / 0.34) ** 2))
    sky = shine(sky, "#6a3fa8", np.clip(dust * 2.4 - 0.95, 0, 1) * band * 0.75)
    sky = shine(sky, "#2f8fb5", np.clip(veil * 2.6 - 1.15, 0, 1) * band * 0.8)
    sky = shine(sky, "#ff9f7a", np.clip((dust * veil) * 5 - 1.45, 0, 1) * band * 0.6)
    yield Layer(0.0, shine(sky, "#ffffff", _stars(canvas, "far", 900, 0.0012)))
    yield Layer(0.12, canvas.plain("#dfe8ff"), _stars(canvas, "near", 130, 0.0026))
    yield _moon(canvas)
    yield _planet(canvas)


def _stars(canvas: Canvas, key: str, count: int, radius: float) -> Floats:
    chance = canvas.chance(f"stars {key}")
    points = [
        (chance.uniform(-2.6, 2.6), chance.uniform(-1.2, 1.2), radius * chance.uniform(0.4, 1.5), "#ffffff")
        for _ in range(count)
    ]
    _, shown = canvas.spots(points, radius * 1.2)
    return np.clip(shown + 0.5 * canvas.blur(shown, radius * 3), 0, 1)


def _moon(canvas: Canvas) -> Layer:
    x, y, radius = -0.66, -0.27, 0.085
    disc = canvas.disc(x, y, radius)
    day = np.clip(0.5 + ((canvas.x_W - x) * 0.9 - (canvas.y_H - y) * 0.5) / radius, 0, 1) ** 1.5
    craters = canvas.noise("craters", 0.03, 4)
    sheet = lay(lay(canvas.plain("#0d0f1c"), "#cfc4b4", day), "#6f675f", np.clip(craters * 2.5 - 1, 0, 1) * 0.5 * day)
    return Layer(0.2, sheet, disc)


def _planet(canvas: Canvas) -> Layer:
    x, y, radius = 0.42, 1.42, 1.22
    away = np.hypot(canvas.x_W - x, canvas.y_H - y)
    disc = canvas.disc(x, y, radius, 0.004)
    toward = np.clip(((canvas.x_W - x) * 0.55 - (canvas.y_H - y) * 0.85) / radius - 0.42, 0, 1) * 1.8
    clouds = np.clip(canvas.noise("weather", 0.22, 6, 2.6) * 3 - 1.35, 0, 1)
    land = np.clip(canvas.noise("land", 0.4, 5, 1.6) * 6 - 3.1, 0, 1)
    sheet = lay(lay(canvas.plain("#1c5c8f"), "#6f7f56", land * 0.8), "#ffffff", clouds * 0.85)
    sheet = sheet * np.clip(toward, 0.02, 1)[..., None]
    sheet = shine(sheet, "#7fd0ff", 0.9 * np.exp(-(((radius - away) / 0.045) ** 2)) * np.clip(toward * 1.4, 0.1, 1))
    halo = np.exp(-np.clip(away - radius, 0, 9) / 0.03) * (away > radius) * np.clip(toward, 0.05, 1) * 0.8
    sheet = lay(sheet, rgb("#6fc4ff"), 1 - disc)
    return Layer(0.35, sheet.astype(np.float32), np.maximum(disc, halo).astype(np.float32))
