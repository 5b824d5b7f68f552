"""A clip that goes on from the motion that another ended with."""

from __future__ import annotations

import numpy as np

from inference.motion.parameters import FPS, Track


def continue_from(track_FP: Track, opening_P: Track) -> None:
    """Let the track begin at `opening_P` and come to its own over half a second, without a jump. In place."""
    over = min(len(track_FP), FPS // 2 + 1)
    share_F = 0.5 + 0.5 * np.cos(np.linspace(0, np.pi, FPS // 2 + 1, dtype=np.float32)[:over])
    track_FP[:over] += share_F[:, None] * (opening_P - track_FP[0])
