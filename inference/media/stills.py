"""Small pictures of a clip: previews while it is made, its thumbnail, its sprite sheet."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

RgbFrame = npt.NDArray[np.uint8]

PREVIEW_MAX_BYTES = 20_000
PREVIEW_LONG_SIDE_PX = 384
THUMBNAIL_LONG_SIDE_PX = 640
THUMBNAIL_AT = 1 / 3  # of the clip: the acting has begun, and nobody has turned away yet
SPRITE_TILES = 25
SPRITE_COLUMNS = 5
SPRITE_LONG_SIDE_PX = 160


def shrink(rgb_HWC_uint8: RgbFrame, long_side_px: int) -> RgbFrame:
    """The frame with its longer side at most `long_side_px`; never enlarged."""
    height, width = rgb_HWC_uint8.shape[:2]
    scale = min(1.0, long_side_px / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(rgb_HWC_uint8, size, interpolation=cv2.INTER_AREA), np.uint8)


def encode_preview(rgb_HWC_uint8: RgbFrame) -> bytes:
    """A JPEG of at most PREVIEW_MAX_BYTES: first in lower quality, then smaller, until it fits."""
    for long_side_px in (PREVIEW_LONG_SIDE_PX, 256, 160, 64):
        picture = shrink(rgb_HWC_uint8, long_side_px)
        for quality in (75, 50):
            jpeg = _encode(picture, ".jpg", cv2.IMWRITE_JPEG_QUALITY, quality)
            if len(jpeg) <= PREVIEW_MAX_BYTES:
                return jpeg
    raise AssertionError("a 64 px JPEG is always under 20 kB")


class StillCollector:
    """Watches the frames of a clip of known length go by and keeps what its thumbnail and sprite sheet need."""

    def __init__(self, frames: int) -> None:
        self._thumbnail_at = int(frames * THUMBNAIL_AT)
        tiles = min(frames, SPRITE_TILES)
        self._tile_at = {(2 * tile + 1) * frames // (2 * tiles) for tile in range(tiles)}
        self._tiles: list[RgbFrame] = []
        self._thumbnail: RgbFrame | None = None

    def add(self, index: int, rgb_HWC_uint8: RgbFrame) -> None:
        """Look at frame `index` (in order, from 0)."""
        if index == self._thumbnail_at:
            self._thumbnail = shrink(rgb_HWC_uint8, THUMBNAIL_LONG_SIDE_PX)
        if index in self._tile_at:
            self._tiles.append(shrink(rgb_HWC_uint8, SPRITE_LONG_SIDE_PX))

    def write_thumbnail(self, path: Path) -> None:
        """A WebP of one frame, a third into the clip."""
        assert self._thumbnail is not None, "the clip ended before its thumbnail's frame"
        path.write_bytes(_encode(self._thumbnail, ".webp", cv2.IMWRITE_WEBP_QUALITY, 82))

    def write_sprite(self, path: Path) -> None:
        """A JPEG sheet of evenly spaced frames, row by row, SPRITE_COLUMNS wide; unused places are black."""
        height, width = self._tiles[0].shape[:2]
        columns = min(SPRITE_COLUMNS, len(self._tiles))
        rows = math.ceil(len(self._tiles) / columns)
        sheet = np.zeros((rows * height, columns * width, 3), np.uint8)
        for place, tile in enumerate(self._tiles):
            row, column = divmod(place, columns)
            sheet[row * height : (row + 1) * height, column * width : (column + 1) * width] = tile
        path.write_bytes(_encode(sheet, ".jpg", cv2.IMWRITE_JPEG_QUALITY, 80))


def _encode(rgb_HWC_uint8: RgbFrame, suffix: str, setting: int, quality: int) -> bytes:
    done, encoded = cv2.imencode(suffix, cv2.cvtColor(rgb_HWC_uint8, cv2.COLOR_RGB2BGR), [setting, quality])
    assert done, f"OpenCV could not write {suffix}"
    return bytes(encoded)
