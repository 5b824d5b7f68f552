"""A clip that goes on from the motion that another ended with."""

from __future__ import annotations

import numpy as np

from inference.motion.parameters import FPS, INDEX, Track
from inference.protocol import FRAMINGS, Framing


def continue_from(track_FP: Track, opening_P: Track) -> None:
    """Let the track begin at `opening_P` and come to its own over half a second, without a jump. In place."""
    over = min(len(track_FP), FPS // 2 + 1)
    share_F = 0.5 + 0.5 * np.cos(np.linspace(0, np.pi, FPS // 2 + 1, dtype=np.float32)[:over])
    track_FP[:over] += share_F[:, None] * (opening_P - track_FP[0])


def mark_stage(tracks_CFP: Track, rest: Framing) -> None:
    """Write down what the camera of the tracks is told against. In place."""
    tracks_CFP[..., INDEX["stage"]] = 1 + FRAMINGS.index(rest)


def stage_of(opening_P: Track | None) -> Framing | None:
    """The framing that kept motion is told against; None where it begins anew, or was kept before that was told."""
    place = 0 if opening_P is None else round(float(opening_P[INDEX["stage"]]))
    return FRAMINGS[place - 1] if 1 <= place <= len(FRAMINGS) else None
