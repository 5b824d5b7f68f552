"""Backdrops inside: a living room, an office, a photographer's studio, a stage."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from inference.motion.backdrops.canvas import Canvas, Layer, lay, ramp, shine
from inference.motion.models import Floats


def paint_living_room(canvas: Canvas) -> Iterator[Layer]:
    """Evening at home: a window to the dusk, a lamp, a sofa, a plant."""
    yield from (paint(canvas) for paint in (_dusk, _living_wall, _sofa, _lamp, _plant))


def _dusk(canvas: Canvas) -> Layer:
    sky = canvas.gradient((-0.7, "#24365c"), (-0.25, "#5f6c96"), (-0.02, "#e8a987"), (0.08, "#f4c79b"))
    hills = canvas.under(0.03 + canvas.line("roofs", 0.02, 0.25, 3))
    sky = lay(sky, "#4a4763", hills)
    chance = canvas.chance("windows")
    points = [(chance.uniform(-2, 2), chance.uniform(0.045, 0.12), 0.0035, "#ffd58c") for _ in range(120)]
    colours, lit = canvas.spots(points, 0.002)
    return Layer(0.05, canvas.blur(lay(sky, colours, lit), 0.004))


def _living_wall(canvas: Canvas) -> Layer:
    wall = canvas.gradient((-0.7, "#5d4a42"), (-0.1, "#8d6f5c"), (0.3, "#75594a"))
    wall = shine(wall, "#ffc27a", 0.75 * canvas.glow(-0.68, -0.12, 0.42, 0.4))
    wall = shine(wall, "#8fa3d8", 0.22 * canvas.glow(0.66, 0.1, 0.4, 0.5))
    left, top, right, low = 0.36, -0.4, 1.02, 0.13
    frame = canvas.box(left - 0.025, top - 0.025, right + 0.025, low + 0.025)
    wall = lay(wall, "#d9c6ac", frame)
    wall = lay(wall, "#e9dcc6", canvas.box(left - 0.05, low + 0.02, right + 0.05, low + 0.05))
    panes = np.zeros_like(frame)
    for i in range(2):
        for k in range(2):
            x, y = left + i * (right - left + 0.014) / 2, top + k * (low - top + 0.014) / 2
            panes = np.maximum(panes, canvas.box(x, y, x + (right - left - 0.014) / 2, y + (low - top - 0.014) / 2))
    for x, y, wide, high, colour in (
        (-0.36, -0.3, 0.15, 0.2, "#3f5a5d"),
        (-0.17, -0.25, 0.11, 0.11, "#c98b5d"),
        (-0.17, -0.12, 0.11, 0.08, "#75856b"),
        (-1.2, -0.25, 0.2, 0.28, "#6c4a44"),
    ):
        wall = _picture(canvas, wall, (x, y, wide, high), colour)
    wall = lay(wall, ramp(canvas.y_H + 0 * canvas.x_W, ((0.28, "#c9ad8b"), (0.31, "#8a6d55"))), canvas.under(0.28))
    floor = canvas.under(0.315)
    boards = canvas.noise("boards", 0.05, 3, 8.0)
    wood = lay(canvas.gradient((0.31, "#5a3f2e"), (0.7, "#38261c")), "#7a573d", np.clip(boards * 2 - 0.7, 0, 1) * 0.6)
    wall = lay(wall, shine(wood, "#ffbe78", 0.3 * canvas.glow(-0.6, 0.36, 0.5, 0.1)), floor)
    curtain = np.zeros_like(frame)
    for x0, x1 in ((left - 0.13, left + 0.05), (right - 0.05, right + 0.13)):
        curtain = np.maximum(
            curtain, canvas.polygon([(x0, top - 0.06), (x1, top - 0.06), (x1 - 0.02, 0.29), (x0 - 0.02, 0.29)])
        )
    folds = 0.5 + 0.5 * np.sin(canvas.x_W * 150 + 3 * canvas.y_H) + 0 * canvas.y_H
    cloth = lay(canvas.plain("#8a5a4c"), "#d2977a", np.clip(folds, 0, 1))
    wall = lay(wall, cloth, curtain)
    rod = canvas.box(left - 0.17, top - 0.075, right + 0.17, top - 0.06)
    return Layer(0.3, lay(wall, "#3a2a22", rod), 1 - panes * (1 - curtain))


def _picture(canvas: Canvas, wall: Floats, at: tuple[float, float, float, float], colour: str) -> Floats:
    x, y, wide, high = at
    shadow = canvas.blur(canvas.box(x + 0.008, y + 0.012, x + wide + 0.008, y + high + 0.014), 0.008)
    wall = lay(wall, "#2c201b", 0.5 * shadow)
    wall = lay(wall, "#2f2621", canvas.box(x, y, x + wide, y + high))
    wall = lay(wall, "#e8dcc8", canvas.box(x + 0.008, y + 0.008, x + wide - 0.008, y + high - 0.008))
    inside = canvas.box(x + 0.025, y + 0.025, x + wide - 0.025, y + high - 0.025)
    art = lay(canvas.plain(colour), "#f0d9b0", np.clip((y + 0.45 * high - canvas.y_H) * 9, 0, 1) + 0 * canvas.x_W)
    art = lay(art, "#d96f4f", canvas.disc(x + 0.62 * wide, y + 0.42 * high, 0.13 * wide))
    return lay(wall, art, inside)


def _sofa(canvas: Canvas) -> Layer:
    back = canvas.box(-0.62, 0.17, 1.5, 0.7)
    seam = 0.012 * np.abs(np.sin((canvas.x_W + 0.62) * np.pi / 0.53))
    back = np.maximum(back, canvas.under(0.155 - seam + 0.03) * (np.abs(canvas.x_W - 0.44) < 1.06))
    arm = canvas.disc(-0.66, 0.3, 0.075, 0.003)
    arm = np.maximum(arm, canvas.box(-0.735, 0.3, -0.585, 0.8))
    alpha = np.maximum(back, arm)
    cloth = canvas.gradient((0.15, "#5b6f6b"), (0.24, "#41534f"), (0.6, "#2c3a38"))
    groove = np.exp(-((np.mod(canvas.x_W + 0.62, 0.53) / 0.012) ** 2))
    cloth = lay(cloth, "#2b3735", 0.8 * groove + 0 * canvas.y_H)
    weave = canvas.noise("weave", 0.05, 4)
    cloth = lay(cloth, "#6f8a80", np.clip(weave - 0.45, 0, 1) * 0.5)
    cloth = shine(cloth, "#ffc489", 0.35 * canvas.glow(-0.62, 0.18, 0.35, 0.12))
    return Layer(0.6, cloth, alpha)


def _lamp(canvas: Canvas) -> Layer:
    shade = canvas.polygon([(-0.75, -0.17), (-0.61, -0.17), (-0.56, 0.0), (-0.8, 0.0)])
    stem = canvas.box(-0.685, -0.02, -0.675, 0.6)
    halo = 0.55 * canvas.glow(-0.68, -0.08, 0.17) + 0.25 * canvas.glow(-0.68, -0.05, 0.4)
    light = ramp(canvas.y_H + 0 * canvas.x_W, ((-0.17, "#ffcf85"), (-0.06, "#fff3d0"), (0.0, "#ffdc9a")))
    sheet = lay(lay(canvas.plain("#ffd08a"), "#2a2220", stem), light, shade)
    return Layer(0.68, sheet, np.clip(np.maximum(np.maximum(shade, stem), halo * 0.6), 0, 1))


def _plant(canvas: Canvas) -> Layer:
    leaves = []
    chance = canvas.chance("plant")
    for _ in range(34):
        turn, long = chance.uniform(-2.6, -0.5), chance.uniform(0.18, 0.42)
        root = 1.1 + chance.uniform(-0.03, 0.03)
        tip = (root + np.cos(turn) * long, 0.36 + np.sin(turn) * long)
        across = (np.sin(turn) * 0.035, -np.cos(turn) * 0.035)
        mid = (root + np.cos(turn) * long * 0.6, 0.36 + np.sin(turn) * long * 0.62 - 0.02)
        leaves.append(
            [(root, 0.38), (mid[0] + across[0], mid[1] + across[1]), tip, (mid[0] - across[0], mid[1] - across[1])]
        )
    shape = canvas.polygon(*leaves)
    pot = canvas.polygon([(0.99, 0.37), (1.21, 0.37), (1.18, 0.62), (1.02, 0.62)])
    veins = canvas.noise("veins", 0.03, 3)
    sheet = lay(canvas.plain("#20362c"), "#4c6b4d", np.clip(veins * 2 - 0.75, 0, 1))
    sheet = lay(sheet, ramp(canvas.x_W + 0 * canvas.y_H, ((0.99, "#a5674a"), (1.2, "#5b372a"))), pot)
    return Layer(0.82, sheet, np.maximum(shape, pot))


def paint_office(canvas: Canvas) -> Iterator[Layer]:
    """High windows over a hazy city, cool daylight, desks at the sides."""
    yield from (paint(canvas) for paint in (_skyline, _windows, _desks))


def _skyline(canvas: Canvas) -> Layer:
    sky = canvas.gradient((-0.7, "#8fb6d6"), (-0.2, "#cfe0ea"), (0.1, "#f2ede2"))
    sky = lay(sky, "#ffffff", 0.6 * np.clip(canvas.noise("clouds", 0.4, 5, 2.5) * 3 - 1.4, 0, 1))
    for base, colour, lit, tall in (
        (-0.06, "#b9ccd8", "#cddbe3", 0.16), (0.0, "#93abbd", "#aebfcd", 0.2), (0.06, "#7590a6", "#93a9bb", 0.16)
    ):  # fmt: skip
        row = canvas.skyline(f"towers {base}", 0.06, 0.17)
        tower = canvas.under(base - tall * row.height_W**1.6)
        windows = (np.mod(canvas.y_H / 0.016, 1) < 0.6) * (np.mod(row.along_W * 7, 1) < 0.7)
        face = lay(canvas.plain(colour), lit, 0.8 * windows)
        sky = lay(sky, lay(face, "#ffffff", 0.12 * (row.along_W > 0.6) + 0 * canvas.y_H), tower)
    haze = np.clip((canvas.y_H + 0.02) * 3.2, 0, 0.7) + 0 * canvas.x_W
    return Layer(0.06, canvas.blur(lay(sky, "#e6edf0", haze), 0.003))


def _windows(canvas: Canvas) -> Layer:
    bars = canvas.under(0.2) + canvas.under(-9) * 0
    bars = np.maximum(bars, 1 - canvas.under(-0.42))
    for k in range(-6, 7):
        x = k * 0.46 + 0.23
        bars = np.maximum(bars, canvas.box(x - 0.012, -0.6, x + 0.012, 0.3))
    bars = np.maximum(bars, canvas.box(-4, -0.29, 4, -0.278))
    ceiling, floor = canvas.y_H < -0.4, canvas.y_H > 0.2
    wall = canvas.gradient(
        (-0.8, "#dfe6ea"), (-0.42, "#b9c6cf"), (-0.3, "#5c6b78"), (0.1, "#566472"), (0.2, "#cfd6d8"), (0.24, "#9aa6ad")
    )
    carpet = canvas.gradient((0.24, "#7d8b95"), (0.7, "#4c5a66"))
    wall = lay(wall, carpet, canvas.under(0.245))
    wall = shine(
        wall, "#ffffff", 0.35 * floor * np.abs(np.sin((canvas.x_W) * np.pi / 0.46)) * np.clip(0.55 - canvas.y_H, 0, 0.4)
    )
    tubes = np.zeros_like(bars)
    for x in (-1.05, -0.4, 0.4, 1.05):
        tubes = np.maximum(
            tubes,
            canvas.polygon(
                [(x * 1.05 - 0.05, -0.43), (x * 1.05 + 0.05, -0.43), (x * 1.8 + 0.12, -0.75), (x * 1.8 - 0.12, -0.75)]
            ),
        )
    wall = lay(wall, "#ffffff", tubes * ceiling)
    return Layer(0.3, shine(wall, "#eaf4ff", 0.25 * canvas.blur(tubes, 0.06)), np.clip(bars, 0, 1))


def _desks(canvas: Canvas) -> Layer:
    alpha = np.zeros((canvas.height, canvas.width), np.float32)
    sheet = canvas.gradient((0.1, "#c9b79c"), (0.28, "#b7a283"), (0.6, "#55606a"))
    for x0, x1 in ((-1.9, -0.42), (0.42, 1.9)):
        top = canvas.box(x0, 0.255, x1, 0.28)
        alpha = np.maximum(alpha, np.maximum(top, canvas.box(x0 + 0.04, 0.28, x1 - 0.04, 0.6) * 0.96))
        sheet = lay(sheet, "#3d4852", canvas.box(x0 + 0.04, 0.28, x1 - 0.04, 0.9))
    for x, wide, screen in (
        (-0.78, 0.26, "#274056"),
        (-1.22, 0.24, "#31505e"),
        (0.66, 0.27, "#2b4459"),
        (1.2, 0.24, "#274056"),
    ):
        body = np.maximum(
            canvas.box(x - wide / 2, 0.06, x + wide / 2, 0.215), canvas.box(x - 0.012, 0.2, x + 0.012, 0.26)
        )
        body = np.maximum(body, canvas.box(x - 0.05, 0.248, x + 0.05, 0.258))
        alpha = np.maximum(alpha, body)
        sheet = lay(sheet, "#20272e", body)
        inner = canvas.box(x - wide / 2 + 0.008, 0.068, x + wide / 2 - 0.008, 0.205)
        glass = lay(
            canvas.plain(screen), "#8fc0d8", np.clip(0.5 - (canvas.x_W - x) * 3 - (canvas.y_H - 0.13) * 3, 0, 0.6)
        )
        sheet = lay(sheet, glass, inner)
    chance = canvas.chance("leaves")
    leaves = []
    for _ in range(26):
        turn, long, root = chance.uniform(-2.7, -0.4), chance.uniform(0.08, 0.17), -0.52
        leaves.append(
            [
                (root, 0.2),
                (root + np.cos(turn - 0.25) * long * 0.6, 0.19 + np.sin(turn - 0.25) * long * 0.6),
                (root + np.cos(turn) * long, 0.19 + np.sin(turn) * long),
                (root + np.cos(turn + 0.25) * long * 0.6, 0.19 + np.sin(turn + 0.25) * long * 0.6),
            ]
        )
    plant, pot = canvas.polygon(*leaves), canvas.polygon([(-0.56, 0.19), (-0.48, 0.19), (-0.49, 0.258), (-0.55, 0.258)])
    sheet = lay(lay(sheet, "#56805f", plant), "#e6e2da", pot)
    return Layer(0.62, sheet, np.maximum(alpha, np.maximum(plant, pot)))


def paint_studio(canvas: Canvas) -> Iterator[Layer]:
    """A photographer's sweep of paper, lit from one side."""
    paper = canvas.gradient(
        (-0.7, "#4d5258"), (-0.15, "#8b9096"), (0.25, "#9da2a6"), (0.42, "#b4b7b8"), (0.8, "#777b80")
    )
    paper = shine(paper, "#fff3e2", 0.5 * canvas.glow(-0.28, -0.1, 0.6, 0.48))
    paper = shine(paper, "#fff6ea", 0.35 * canvas.glow(0.0, 0.5, 0.75, 0.13))
    paper = lay(paper, "#23282f", 0.62 * np.clip(np.abs(canvas.x_W + 0.1) - 0.55, 0, 1) + 0 * canvas.y_H)
    paper = lay(paper, "#30353b", 0.4 * np.clip(canvas.noise("paper", 0.9, 3) - 0.45, 0, 1))
    yield Layer(0.2, paper)
    yield _roll(canvas)
    yield _softbox(canvas)


def _roll(canvas: Canvas) -> Layer:
    roll = canvas.box(-1.3, -0.62, 1.3, -0.56)
    stands = np.zeros_like(roll)
    for x in (-1.02, 1.02):
        stands = np.maximum(stands, canvas.box(x - 0.01, -0.9, x + 0.01, 0.5))
        stands = np.maximum(
            stands,
            canvas.polygon(
                [(x, 0.3), (x + 0.13, 0.52), (x + 0.12, 0.52), (x, 0.33), (x - 0.12, 0.52), (x - 0.13, 0.52)]
            ),
        )
    wall = np.maximum(canvas.box(-4, -2, -1.12, 2), canvas.box(1.12, -2, 4, 2))
    sheet = lay(canvas.plain("#17191d"), "#2b2f35", canvas.noise("brick", 0.2, 3))
    sheet = lay(sheet, "#0d0e10", stands)
    return Layer(0.42, sheet, np.maximum(np.maximum(roll, stands), wall))


def _softbox(canvas: Canvas) -> Layer:
    box = canvas.polygon([(-0.98, -0.47), (-0.66, -0.4), (-0.68, 0.0), (-1.0, 0.05)])
    edge = np.clip(canvas.blur(box, 0.004) * 1.4 - canvas.blur(box, 0.012) * 0.5, 0, 1)
    stand = canvas.polygon([(-0.86, 0.0), (-0.85, 0.0), (-0.82, 0.9), (-0.84, 0.9)])
    halo = 0.5 * canvas.glow(-0.83, -0.2, 0.32) * (1 - box)
    light = lay(canvas.plain("#fff4e4"), "#ffffff", canvas.glow(-0.82, -0.2, 0.14))
    sheet = lay(
        lay(light, "#111316", stand * (1 - box)), "#1a1c20", np.clip(canvas.blur(box, 0.006) - edge, 0, 1) * (1 - box)
    )
    return Layer(0.78, sheet, np.clip(np.maximum(np.maximum(box, stand), halo), 0, 1))


def paint_stage(canvas: Canvas) -> Iterator[Layer]:
    """A theatre before the show: red curtains, beams from the flies, boards in a pool of light."""
    back = canvas.gradient((-0.7, "#0d0a18"), (-0.1, "#2a1c3c"), (0.22, "#3b2546"))
    back = shine(back, "#8a6cff", 0.3 * canvas.glow(0.5, -0.05, 0.35, 0.4))
    back = shine(back, "#ff8fb0", 0.25 * canvas.glow(-0.5, -0.05, 0.35, 0.4))
    yield Layer(0.15, back)
    yield _boards(canvas)
    yield _curtains(canvas, 0.45, 0.46)
    yield _beams(canvas)
    yield _curtains(canvas, 0.8, 0.72)


def _boards(canvas: Canvas) -> Layer:
    far = np.clip((canvas.y_H - 0.24) / 0.3, 1e-3, 1)
    lanes = np.abs(np.mod(canvas.x_W / (0.35 + 0.65 * far) / 0.085, 1) - 0.5)
    wood = canvas.gradient((0.24, "#3a2433"), (0.5, "#6d4738"), (0.9, "#3a241c"))
    wood = lay(wood, "#1b0f12", np.clip((lanes - 0.46) * 25, 0, 1))
    wood = lay(wood, "#8d5f45", np.clip(canvas.noise("grain", 0.03, 3, 0.5) * 2 - 0.8, 0, 1) * 0.35)
    wood = shine(wood, "#ffe2b8", 0.75 * canvas.glow(0.0, 0.42, 0.5, 0.11))
    return Layer(0.35, wood, canvas.under(0.24, soft=0.004))


def _curtains(canvas: Canvas, depth: float, inner: float) -> Layer:
    sway = canvas.line(f"sway {depth}", 0.02, 0.4, 2)
    edge = inner + 0.05 * np.clip(0.2 - canvas.y_H, -0.5, 1) * -1 + 0.02 * np.sin(canvas.y_H * 9)
    hang = np.clip((np.abs(canvas.x_W) - edge) * canvas.unit_px + 0.5, 0, 1) * (canvas.y_H < 0.29 + 0.3 * depth)
    folds = 0.5 + 0.5 * np.sin(canvas.x_W * 46 / (0.6 + depth) + 60 * sway + canvas.y_H * 0.6)
    fine = 0.5 + 0.5 * np.sin(canvas.x_W * 121 + 2)
    light = np.clip(0.75 * folds + 0.25 * fine, 0, 1) * np.clip(1.15 - 0.75 * np.abs(canvas.y_H - 0.02), 0.2, 1)
    cloth = ramp(light, ((0.0, "#2a060d"), (0.45, "#7d1420"), (0.85, "#b8323a"), (1.0, "#e2685f")))
    cloth = lay(cloth, "#140309", np.clip((np.abs(canvas.x_W) - inner) * (1.1 - 0.5 * depth), 0, 0.8) + 0 * canvas.y_H)
    drop = -0.34 - 0.05 * (1 - depth) + 0.045 * np.abs(np.sin(canvas.x_W * np.pi / 0.36))
    valance = 1 - canvas.under(drop) if depth > 0.5 else 0 * hang
    trim = np.exp(-(((canvas.y_H - drop + 0.012) / 0.006) ** 2)) * valance
    return Layer(depth, lay(cloth, "#e0b260", 0.85 * trim), np.maximum(hang, valance).astype(np.float32))


def _beams(canvas: Canvas) -> Layer:
    light = np.zeros((canvas.height, canvas.width), np.float32)
    for top, foot, wide in ((-0.5, -0.12, 0.24), (0.5, 0.12, 0.24), (0.0, 0.0, 0.3)):
        light += 0.33 * canvas.polygon(
            [(top - 0.02, -0.9), (top + 0.02, -0.9), (foot + wide, 0.46), (foot - wide, 0.46)]
        )
    dust = 0.75 + 0.5 * canvas.noise("haze", 0.16, 4)
    fade = np.clip(0.62 - canvas.y_H * 0.85, 0, 1)
    return Layer(0.6, canvas.plain("#ffe9c9"), np.clip(canvas.blur(light, 0.02) * dust * fade * 0.55, 0, 1))
