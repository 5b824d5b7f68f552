"""Head pose from the detector's five points: a scaled orthographic fit of an average face.

Model points are in units of the distance between the eyes, x to the viewer's right, y down, z towards the viewer. They
were read off a 468-point mesh on portraits of several people, tilted so that a portrait that looks at the camera has a
pitch near 0. One face differs from the average by some degrees in pitch, less in yaw; changes over time are truer
than the value itself.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float32]
_Vector = npt.NDArray[np.float64]

_NEUTRAL_PITCH_DEG = 6.0
_MEAN_FACE = np.array([[-0.5, 0, 0], [0.5, 0, 0], [0, 0.52, 0.65], [-0.49, 0.98, 0.08], [0.49, 0.98, 0.08]], np.float64)
_ITERATIONS = 5
_PRIOR = 0.02  # pulls an undetermined angle (radians) to 0; costs under a degree at 30°


def pose_of(points_52: Points) -> tuple[float, float, float]:
    """(yaw, pitch, roll) in degrees: yaw + to the viewer's right, pitch + up, roll + clockwise to the viewer.

    points_52: viewer's left eye, right eye, nose tip, left and right mouth corner, in pixels.
    """
    points = points_52.astype(np.float64)
    eyes = points[1] - points[0]
    size = max(float(np.ptp(points, axis=0).max()), 1e-6)
    target = (points - points.mean(axis=0)) / size
    # yaw, pitch, roll, scale; the mean of the model's points falls on the mean of the picture's
    state = np.array([0.0, 0.0, np.arctan2(eyes[1], eyes[0]), 0.8])
    for _ in range(_ITERATIONS):
        residual = _residual(state, target)
        jacobian = np.stack([(_residual(state + step, target) - residual) / 1e-5 for step in 1e-5 * np.eye(4)], axis=1)
        change = np.linalg.lstsq(jacobian, residual, rcond=None)[0]
        state = state - np.clip(change, -0.5, 0.5)
    yaw, pitch, roll = np.degrees(state[:3])
    return float(yaw), float(pitch), float((roll + 180) % 360 - 180)


def tilt_of(points_52: Points) -> float:
    """Roll alone, in degrees, from the similarity that fits the average face best: 30 times cheaper than `pose_of`."""
    seen, face = (points[:, 0] + 1j * points[:, 1] for points in (points_52.astype(np.float64), _MEAN_FACE))
    return float(np.degrees(np.angle(np.vdot(face - face.mean(), seen - seen.mean()))))


def _residual(state: _Vector, target: _Vector) -> _Vector:
    """Model minus picture for the ten coordinates, then the two priors."""
    placed = state[3] * (_NEUTRAL_FACE @ rotation(*state[:3]).T)[:, :2]
    return np.concatenate([((placed - placed.mean(axis=0)) - target).ravel(), _PRIOR * state[:2]])


def rotation(yaw: float, pitch: float, roll: float) -> _Vector:
    """The 3 × 3 rotation of a head: yaw about its own axis first, then pitch, then roll in the picture (radians)."""
    (cy, cp, cr), (sy, sp, sr) = np.cos([yaw, pitch, roll]), np.sin([yaw, pitch, roll])
    turn = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    nod = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    tilt = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    result: _Vector = tilt @ nod @ turn
    return result


_NEUTRAL_FACE = _MEAN_FACE @ rotation(0, np.radians(-_NEUTRAL_PITCH_DEG), 0).T
