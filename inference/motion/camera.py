"""The camera: affine maps [2, 3] from the frame at rest to the frame as the camera sees it, for person and plate."""

from __future__ import annotations

import numpy as np

from inference.motion.models import Floats
from inference.motion.parameters import FPS, INDEX, Track

PLATE_DOLLY_SHARE = 0.35  # a travelling camera scales, or slides, what is far away by this share of what a person does
# What a hand does to a camera at a shake of 1: standard deviation of its slow sway and of its tremor.
_SWAY = {"camera_pan": 0.010, "camera_tilt": 0.012, "camera_roll": 0.6}
_SWAY_HZ, _TREMOR_HZ, _TREMOR_SHARE = (0.2, 1.0), (2.5, 4.5), 0.07
_FAR_LIFT_SHARE = 0.55  # what is infinitely far is lifted by this share of what a person is, so that nobody floats


def see_person(params_P: Floats, width: int, height: int) -> Floats:
    """What the camera does to a person standing in the frame."""
    return see_layer(params_P, 1.0, width, height)


def see_plate(params_P: Floats, width: int, height: int) -> Floats:
    """What the camera does to the plate far behind the person."""
    return see_layer(params_P, PLATE_DOLLY_SHARE, width, height)


def see_layer(params_P: Floats, depth: float, width: int, height: int) -> Floats:
    """What the camera does to a sheet at a depth: 0 infinitely far, 1 where the person stands and moves alike.

    A turn slides everything alike, more through a longer lens; a travel slides a sheet by its depth, and by how large
    it has become.
    """
    lens = np.exp(_value(params_P, "camera_zoom"))
    scale = lens * np.exp(depth * _value(params_P, "camera_dolly"))
    angle = np.radians(_value(params_P, "camera_roll"))
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    turned = np.array([-_value(params_P, "camera_pan"), _value(params_P, "camera_tilt")])
    travelled = np.array([-_value(params_P, "camera_truck"), _value(params_P, "camera_rise")])
    slide = (lens * turned + depth * scale * travelled) * (width, height)
    return np.hstack([turn, (centre - turn @ centre + slide)[:, None]])


def lift_share(depth: float) -> float:
    """How far a sheet at a depth is lifted, of what the person is."""
    return _FAR_LIFT_SHARE + (1 - _FAR_LIFT_SHARE) * depth


def hold_in_hand(track_FP: Track, seed: int, *, goes_on: bool = False) -> Track:
    """The track with its `camera_shake` played as sway and tremor of pan, tilt and roll; the same for the same seed.

    goes_on: from a clip whose last frame is this one's first, so that the hand begins where it is.
    A hand's path cannot be foretold from words, so the model draws how much it shakes, and the seed draws the path.
    """
    shaken_FP = track_FP.copy()
    rng = np.random.default_rng(seed)
    time_F = np.arange(len(track_FP)) / FPS
    much_F = np.clip(track_FP[:, INDEX["camera_shake"]], 0, 1)
    for name, size in _SWAY.items():
        path_F = _waves(rng, time_F, _SWAY_HZ) + _TREMOR_SHARE * _waves(rng, time_F, _TREMOR_HZ)
        shaken_FP[:, INDEX[name]] += size * much_F * (path_F - path_F[0] if goes_on else path_F)
    return shaken_FP


def _waves(rng: np.random.Generator, time_F: Floats, hertz: tuple[float, float]) -> Floats:
    """Smooth noise of standard deviation 1 with rates within `hertz`."""
    count = 6
    rates_K1 = rng.uniform(*hertz, (count, 1))
    phases_K1 = rng.uniform(0, 2 * np.pi, (count, 1))
    waves_F: Floats = np.sqrt(2 / count) * np.sin(2 * np.pi * rates_K1 * time_F + phases_K1).sum(axis=0)
    return waves_F


def compose(outer: Floats, inner: Floats) -> Floats:
    """The affine map that applies `inner` first."""
    both: Floats = (np.vstack([outer, [0, 0, 1]]) @ np.vstack([inner, [0, 0, 1]]))[:2]
    return both


def invert(affine: Floats) -> Floats:
    """The inverse affine map."""
    return np.linalg.inv(np.vstack([affine, [0, 0, 1]]))[:2]


def _value(params_P: Floats, name: str) -> float:
    return float(params_P[INDEX[name]])
