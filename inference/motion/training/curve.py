"""A training curve as a small PNG, drawn with Pillow."""

from __future__ import annotations

import math
from pathlib import Path

from PIL import Image, ImageDraw

WIDTH, HEIGHT, MARGIN = 720, 360, 48


def draw_curve(points: list[tuple[float, float]], path: Path) -> None:
    """`points` are (seconds, loss > 0), in order; the loss axis is logarithmic."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), "white")
    if len(points) > 1:
        _draw(ImageDraw.Draw(picture), points)
    picture.save(path, optimize=True)


def _draw(pen: ImageDraw.ImageDraw, points: list[tuple[float, float]]) -> None:
    logs = [math.log10(loss) for _, loss in points]
    low, high, last = min(logs), max(logs), points[-1][0]
    span = max(high - low, 1e-6)

    def place(seconds: float, log: float) -> tuple[float, float]:
        x = MARGIN + (WIDTH - 2 * MARGIN) * seconds / last
        return x, HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * (log - low) / span

    pen.line([(MARGIN, MARGIN), (MARGIN, HEIGHT - MARGIN), (WIDTH - MARGIN, HEIGHT - MARGIN)], fill="#888888")
    pen.line([place(seconds, log) for (seconds, _), log in zip(points, logs, strict=True)], fill="#1f5fbf", width=2)
    pen.text((4, MARGIN - 6), f"{10**high:.2f}", fill="black")
    pen.text((4, HEIGHT - MARGIN - 6), f"{10**low:.2f}", fill="black")
    pen.text((WIDTH - MARGIN - 60, HEIGHT - MARGIN + 8), f"{last / 60:.1f} minutes", fill="black")
    pen.text((MARGIN, 14), "motion loss (logarithmic) over training time", fill="black")
