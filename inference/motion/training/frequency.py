"""How often each act is asked for in the training captions."""

from __future__ import annotations

import random

ACTING_WEIGHTS = {
    "turn": 3.2, "look": 2.4, "gaze": 0.6, "up": 2.4, "down": 2.4, "nod": 4.0, "shake": 2.6, "tilt": 2.4, "still": 0.5,
    "smile": 2.4, "sad": 0.8, "angry": 0.8, "surprise": 0.8, "laugh": 0.6, "talk": 2.4, "open": 1.8, "close_eyes": 2.2,
    "blink": 0.5, "brows": 2.0,
}  # fmt: skip
CAMERA_WEIGHTS = {
    "in_zoom": 1.3, "in_dolly": 1.6, "out_zoom": 1.3, "out_dolly": 1.6, "pan": 2.8, "tilt_up": 0.5, "tilt_down": 0.5,
    "roll": 0.5, "handheld": 0.6, "static": 0.5,
}  # fmt: skip


def pick_act(rng: random.Random, weights: dict[str, float], but: tuple[str, ...] = ()) -> str:
    """One act's name, none of `but`."""
    names = [name for name in weights if name not in but]
    return rng.choices(names, [weights[name] for name in names])[0]
