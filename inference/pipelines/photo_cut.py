"""A photo cut to a clip's shape: for a model that draws all of the picture it is shown, bars beside it included."""

from __future__ import annotations

import numpy as np
from PIL import Image

from inference.pipelines.contract import Photo, Picture


def cut_photo(photo: Photo, width: int, height: int) -> Picture:
    """[height, width, 3]: as much of the photo as that shape holds, the chosen face as near to its middle as can be.

    Scaled bicubically, as Wan-Animate-2's own processor scales a picture.
    """
    rows, columns = photo.rgb_HWC_uint8.shape[:2]
    scale = min(columns / width, rows / height)
    across, down = (
        _place(middle, side * scale, length) for middle, side, length in zip(
            _middle(photo), (width, height), (columns, rows), strict=True
        )
    )  # fmt: skip
    box = (across, down, across + width * scale, down + height * scale)
    cut = Image.fromarray(photo.rgb_HWC_uint8).resize((width, height), Image.Resampling.BICUBIC, box=box)
    return np.asarray(cut)


def _middle(photo: Photo) -> tuple[float, float]:
    """Of the chosen face, or of the photo, from its left and top."""
    rows, columns = photo.rgb_HWC_uint8.shape[:2]
    if photo.face is None:
        return columns / 2, rows / 2
    return photo.face.x + photo.face.width / 2, photo.face.y + photo.face.height / 2


def _place(middle: float, side: float, length: int) -> float:
    """Where a cut of `side` begins on a photo of `length`."""
    return min(max(0.0, middle - side / 2), length - side)
