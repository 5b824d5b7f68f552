"""Pictures with four channels and fields by their axes, for what is warped in every frame.

OpenCV 5 warps one and four channels in full precision and by vector instructions. Two and three take an older path:
three to four times slower, and for fields it rounds the place that is read to 1/32 of a cell.
"""

from __future__ import annotations

from typing import TypeVar

import cv2

from inference.motion.models import Floats, Rgb

PictureT = TypeVar("PictureT", Rgb, Floats)


def opaque(rgb_HW3: Rgb) -> Rgb:
    """[H, W, 4], alpha 255."""
    rgba: Rgb = cv2.cvtColor(rgb_HW3, cv2.COLOR_RGB2RGBA)
    return rgba


def colours_of(rgba_HW4: Rgb) -> Rgb:
    """[H, W, 3]."""
    rgb: Rgb = cv2.cvtColor(rgba_HW4, cv2.COLOR_RGBA2RGB)
    return rgb


def warp_picture(picture: PictureT, to_frame: Floats, width: int, height: int) -> PictureT:
    """[height, width, ...]: the picture of one or four channels under `to_frame` [2, 3]; its edges go on for ever."""
    warped: PictureT = cv2.warpAffine(
        picture, to_frame, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return warped


def warp_field(field_HW2: Floats, to_field: Floats, width: int, height: int) -> Floats:
    """[height, width, 2]: where `to_field` [2, 3] maps a pixel, the field's value; 0 outside."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    axes = [cv2.warpAffine(axis_HW, to_field, (width, height), flags=flags) for axis_HW in cv2.split(field_HW2)]
    warped: Floats = cv2.merge(axes)
    return warped
