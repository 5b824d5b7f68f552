"""How a move goes on in time: eased at both ends, constant between them."""

from __future__ import annotations

import numpy as np

from inference.motion.models import Floats


def travel(frames: int, begins: float, ends: float, ramp: float) -> Floats:
    """[F] from 0 to 1 between two shares of the clip. ramp: of the move's time, to come up to speed and to stop.

    A move takes three frames at least: what is shorter is a cut.
    """
    last = max(1, frames - 1)
    begins_at = min(begins * last, max(0.0, last - 3.0))
    ends_at = max(ends * last, begins_at + min(3.0, last))
    at_F = np.clip((np.arange(frames) - begins_at) / (ends_at - begins_at), 0, 1)
    speed = 1 / (1 - ramp)
    rising_F = _ramped(np.minimum(at_F, ramp), ramp) * speed
    steady_F = speed * np.clip(at_F - ramp, 0, 1 - 2 * ramp)
    falling_F = speed * (0.5 * ramp - _ramped(np.minimum(1 - at_F, ramp), ramp))
    travelled_F: Floats = rising_F + steady_F + np.where(at_F > 1 - ramp, falling_F, 0.0)
    return travelled_F


def _ramped(at_F: Floats, ramp: float) -> Floats:
    """The way made while the speed rises from 0 to 1 as half a cosine, within `ramp`."""
    way_F: Floats = 0.5 * (at_F - ramp / np.pi * np.sin(np.pi * at_F / ramp))
    return way_F
