"""How far photos of one person let its head turn: one rule, for who draws it and for who tells it beforehand.

Degrees of yaw from the camera, + to the viewer's right.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

ONE_PHOTO_DEG = 26.5  # beyond this pose the relief of one photo no longer looks like the person
SIDE_FROM_DEG = 16.0  # a photo turned by so much shows a side that the frontal one hides
FARTHER_DEG = 15.0  # by so much a photo of a side may be turned on
MOST_DEG = 45.0  # a farther cheek is not to be seen on either


class Reach(NamedTuple):
    """The farthest turn to the viewer's left (negative) and right (positive), degrees."""

    left: float
    right: float


def reach_of(yaws_deg: Sequence[float]) -> Reach:
    """The reach of a person of whom there are photos turned by so much."""
    left = max((-yaw for yaw in yaws_deg if yaw <= -SIDE_FROM_DEG), default=None)
    right = max((yaw for yaw in yaws_deg if yaw >= SIDE_FROM_DEG), default=None)
    return Reach(-_farthest(left), _farthest(right))


def _farthest(turned_deg: float | None) -> float:
    """By the photo that shows most of a side, where there is one."""
    return ONE_PHOTO_DEG if turned_deg is None else max(ONE_PHOTO_DEG, min(MOST_DEG, turned_deg + FARTHER_DEG))
