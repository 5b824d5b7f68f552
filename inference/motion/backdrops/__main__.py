"""`python -m inference.motion.backdrops FOLDER`: a small picture of every backdrop, as a chooser shows it."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from inference.motion.backdrops.drawn import PAINTINGS
from inference.motion.layered import backdrop_plate
from inference.motion.parameters import NAMES

_WIDTH, _HEIGHT = 320, 180
_FINER = 3  # drawn so many times as large, for clean edges
MOST_BYTES = 15_000


def write_thumbnails(folder: Path) -> None:
    """NAME.webp for every backdrop, each of at most MOST_BYTES."""
    folder.mkdir(parents=True, exist_ok=True)
    still_P = np.zeros(len(NAMES), np.float32)
    for name in PAINTINGS:
        size = (_WIDTH * _FINER, _HEIGHT * _FINER)
        large = backdrop_plate(name, "ws", *size).draw(still_P, 0.0, *size)
        small = Image.fromarray(cv2.resize(large, (_WIDTH, _HEIGHT), interpolation=cv2.INTER_AREA))
        target = folder / f"{name}.webp"
        for quality in range(88, 30, -6):
            small.save(target, quality=quality, method=6)
            if target.stat().st_size <= MOST_BYTES:
                break


if __name__ == "__main__":
    write_thumbnails(Path(sys.argv[1]))
