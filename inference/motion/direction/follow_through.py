"""What no direction asks for and no living person is without: breath, and hair that comes after the head.

A chest rises some 12 to 16 times a minute at rest (Barrett and others, Ganong's Review of Medical Physiology), and
shoulders, neck and head ride on it. Hair and earrings hang on the head as on a damped spring, a frame or two behind it.
"""

from __future__ import annotations

import numpy as np

from inference.motion.models import Floats
from inference.motion.parameters import FPS, INDEX, Track

_BREATHS_HZ = (0.20, 0.27)
_INHALES = 0.4  # of a breath; the rest is let out
_SPRING_HZ, _DAMPING = 3.2, 0.6
_STEPS = 8  # a frame
TRAILING = {"trail_yaw": "yaw", "trail_pitch": "pitch", "trail_roll": "roll"}


def follow_through(track_FP: Track, opening_P: Track | None, rng: np.random.Generator) -> None:
    """One character's track with its breath, and how far its hair is behind its head; in place.

    opening_P: the frame that the clip goes on from.
    """
    breath = INDEX["breath"]
    begins = rng.uniform() if opening_P is None else _moment_of(float(opening_P[breath]))
    hertz = rng.uniform(*_BREATHS_HZ)
    track_FP[:, breath] = _breathe(begins + hertz * np.arange(len(track_FP)) / FPS)
    for trail, name in TRAILING.items():
        behind = 0.0 if opening_P is None else float(opening_P[INDEX[trail]])
        track_FP[:, INDEX[trail]] = _behind(track_FP[:, INDEX[name]], behind)


def _breathe(moment: Floats) -> Floats:
    """-1 where all is let out, 1 where the chest is full; eased at both ends."""
    phase = np.mod(moment, 1.0)
    rising = phase / _INHALES
    falling = (1 - phase) / (1 - _INHALES)
    along: Floats = -np.cos(np.pi * np.where(phase < _INHALES, rising, falling))
    return along


def _moment_of(breath: float) -> float:
    """A moment, of a breath that is let out, at which the chest stands so."""
    return 1 - (1 - _INHALES) * float(np.arccos(np.clip(-breath, -1, 1))) / np.pi


def _behind(head_F: Floats, behind: float) -> Floats:
    """By how much what hangs on the head is behind it, at every frame."""
    omega, step = 2 * np.pi * _SPRING_HZ, 1 / (FPS * _STEPS)
    fine = np.interp(np.arange(len(head_F) * _STEPS) / _STEPS, np.arange(len(head_F)), head_F)
    at, speed = float(head_F[0]) + behind, 0.0
    found = np.empty(len(fine))
    for i, head in enumerate(fine):
        found[i] = at - head
        speed += step * (omega**2 * (head - at) - 2 * _DAMPING * omega * speed)
        at += step * speed
    return found[::_STEPS]
