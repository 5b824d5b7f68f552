"""The camera: affine maps [2, 3] from the frame at rest to the frame as the camera sees it, for person and plate."""

from __future__ import annotations

import numpy as np

from inference.motion.models import Floats
from inference.motion.parameters import INDEX

PLATE_DOLLY_SHARE = 0.35  # a travelling camera scales what is far away by this share of the person's logarithm
_FAR_SLIDE_SHARE = 0.55  # what is infinitely far slides by this share of what a person does when the camera turns


def see_person(params_P: Floats, width: int, height: int) -> Floats:
    """What the camera does to a person standing in the frame."""
    scale = np.exp(_value(params_P, "camera_zoom") + _value(params_P, "camera_dolly"))
    return _see(params_P, scale, width, height)


def see_plate(params_P: Floats, width: int, height: int) -> Floats:
    """What the camera does to the plate far behind the person."""
    scale = np.exp(_value(params_P, "camera_zoom") + PLATE_DOLLY_SHARE * _value(params_P, "camera_dolly"))
    return _see(params_P, scale, width, height)


def see_layer(params_P: Floats, depth: float, width: int, height: int) -> Floats:
    """What the camera does to a sheet at a depth: 0 infinitely far, 1 where the person stands and moves alike."""
    scale = np.exp(_value(params_P, "camera_zoom") + depth * _value(params_P, "camera_dolly"))
    seen = _see(params_P, scale, width, height)
    slide = _slide(params_P, width, height)
    seen[:, 2] -= (1 - slide_share(depth)) * slide
    return seen


def slide_share(depth: float) -> float:
    """How far a sheet at a depth slides, of what the person does."""
    return _FAR_SLIDE_SHARE + (1 - _FAR_SLIDE_SHARE) * depth


def compose(outer: Floats, inner: Floats) -> Floats:
    """The affine map that applies `inner` first."""
    both: Floats = (np.vstack([outer, [0, 0, 1]]) @ np.vstack([inner, [0, 0, 1]]))[:2]
    return both


def invert(affine: Floats) -> Floats:
    """The inverse affine map."""
    return np.linalg.inv(np.vstack([affine, [0, 0, 1]]))[:2]


def _value(params_P: Floats, name: str) -> float:
    return float(params_P[INDEX[name]])


def _see(params_P: Floats, scale: float, width: int, height: int) -> Floats:
    angle = np.radians(_value(params_P, "camera_roll"))
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    return np.hstack([turn, (centre - turn @ centre + _slide(params_P, width, height))[:, None]])


def _slide(params_P: Floats, width: int, height: int) -> Floats:
    return np.array([-_value(params_P, "camera_pan") * width, _value(params_P, "camera_tilt") * height])
