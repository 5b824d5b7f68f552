"""Motion as the transformer sees it: cubic B-spline control points, normalised, eight frames a token.

A spline cannot tremble from frame to frame, so what noise a small model leaves shows as slow idle life, not as jitter.
Lips and lids need twice the rate of the rest. Channels that speech
alone moves are not drawn, and at rest here. Legend: F frames, P channels, T tokens, D latent channels a token.
"""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

from inference.motion.parameters import ACTED, NAMES, Track

FRAMES_PER_TOKEN = 8
_FAST = tuple(i for i, name in enumerate(NAMES) if name in ("jaw", "mouth_wide", "blink"))
_SLOW = tuple(i for i in ACTED if i not in _FAST)
_FAST_SPACING, _SLOW_SPACING = 2, 4  # frames between control points
D = FRAMES_PER_TOKEN // _FAST_SPACING * len(_FAST) + FRAMES_PER_TOKEN // _SLOW_SPACING * len(_SLOW)
# What counts as one unit of each channel, chosen so that an act reaches two or three and idle life a tenth.
_SCALE_P: Track = np.ones(len(NAMES), np.float32)
_SCALE_P[list(ACTED)] = [8, 5, 4.5, 0.35, 0.4, 0.4, 0.4, 0.25, 0.25, 0.3, 0.1, 0.1, 0.06, 0.05, 2.5, 0.4]

Latent = npt.NDArray[np.float32]


def token_count(frames: int) -> int:
    """Tokens that cover `frames` frames; the last one may reach past the end."""
    return -(-frames // FRAMES_PER_TOKEN)


def encode(track_FP: Track) -> Latent:
    """Least-squares control points of a track, [T, D]."""
    tokens = token_count(len(track_FP))
    padded_FP = np.pad(track_FP, ((0, tokens * FRAMES_PER_TOKEN - len(track_FP)), (0, 0)), mode="edge") / _SCALE_P
    parts = []
    for channels, spacing in ((_SLOW, _SLOW_SPACING), (_FAST, _FAST_SPACING)):
        points_KC = _fit(tokens, spacing) @ padded_FP[:, channels]
        parts.append(points_KC.reshape(tokens, -1))
    return np.concatenate(parts, axis=1).astype(np.float32)


def decode(latent_TD: Latent, frames: int) -> Track:
    """The track_FP of `frames` frames that the control points describe."""
    tokens = token_count(frames)
    track_FP = np.zeros((tokens * FRAMES_PER_TOKEN, len(NAMES)), np.float32)
    split = FRAMES_PER_TOKEN // _SLOW_SPACING * len(_SLOW)
    for channels, spacing, part_TD in (
        (_SLOW, _SLOW_SPACING, latent_TD[:, :split]),
        (_FAST, _FAST_SPACING, latent_TD[:, split:]),
    ):
        track_FP[:, channels] = _basis(tokens, spacing) @ part_TD.reshape(-1, len(channels))
    return (track_FP * _SCALE_P)[:frames]


@functools.lru_cache(maxsize=128)
def _basis(tokens: int, spacing: int) -> Latent:
    """Uniform cubic B-spline weights [frames, points], rows summing to 1; points past the ends repeat the end ones."""
    frames = tokens * FRAMES_PER_TOKEN
    points = frames // spacing
    weights_FK = np.zeros((frames, points))
    at_F = (np.arange(frames) + 0.5) / spacing - 0.5
    left_F = np.floor(at_F).astype(int)
    u_F = at_F - left_F
    cubic_4F = np.stack([(1 - u_F) ** 3, 3 * u_F**3 - 6 * u_F**2 + 4, -3 * u_F**3 + 3 * u_F**2 + 3 * u_F + 1, u_F**3])
    for k in range(4):
        np.add.at(weights_FK, (np.arange(frames), np.clip(left_F - 1 + k, 0, points - 1)), cubic_4F[k] / 6)
    return weights_FK.astype(np.float32)


@functools.lru_cache(maxsize=128)
def _fit(tokens: int, spacing: int) -> Latent:
    fit_KF: Latent = np.linalg.pinv(_basis(tokens, spacing).astype(np.float64)).astype(np.float32)
    return fit_KF
