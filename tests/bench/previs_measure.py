"""Measures of acting in degrees and shares, read off rendered frames and calibrated on hand-set motion.

The features (`previs_features`) see pixels alone. What they mean is learnt once an actor and stage: frames drawn with
known channel values give, first, *direct* curves of what a smile, a jaw, a blink and a brow do to the picture at a
frontal pose (so that "+8 % mouth width" is 8 % of the mouth's width as the detector sees it, whatever the channel's
number was), and then a kernel regression from features to those amounts over random mixtures of all channels. It
takes out what is physically mixed: a head that nods shows less of its eyes, a head that turns has a narrower mouth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from inference.motion.parameters import EXPRESSED, FPS, HIGH_P, INDEX, LOW_P, NAMES, Track
from tests.bench.previs_features import Detector, FaceReader, Rest, Tracker, background_of, read_rest
from tests.bench.previs_judge import RATE
from tests.bench.previs_patches import EYE_PX, Array, Rgb

Draw = Callable[[Track], Rgb]  # channel values [P] → picture

STRIDE = FPS // RATE
CALIBRATION_FRAMES = 1400
_RIDGE = (0.002, 0.006, 0.02, 0.06, 0.2)
_LEVELS = np.linspace(0, 1, 6)
FITTED = ("yaw", "pitch", "roll", "smile", "gap", "eyes", "brows", "scale")
# How far mixtures drive the camera, as a share of its range: a move that loses the face teaches nothing.
_REACH = {
    "camera_zoom": 0.147, "camera_dolly": 0.147, "camera_pan": 0.5, "camera_tilt": 0.25, "camera_roll": 0.6,
    "camera_truck": 0.0, "camera_rise": 0.0,
}  # fmt: skip


class FaceLost(ValueError):
    """The detector finds the face in too few frames to measure anything."""


@dataclass(frozen=True)
class Curve:
    """What the picture shows directly at each level of a channel, from 0 to 1."""

    shown: Array

    @property
    def slope(self) -> float:
        """The straight line from rest that fits best: expressions grow with their channel."""
        return float(_LEVELS @ (self.shown - self.shown[0]) / (_LEVELS @ _LEVELS))


class Gauge:
    """Measures clips of one actor on one stage. `direct` and `errors` say how far to trust it."""

    def __init__(self, draw: Draw, cache_dir: Path, frames: int = CALIBRATION_FRAMES, seed: int = 20) -> None:
        self._draw = draw
        rest_rgb = draw(np.zeros(len(NAMES), np.float32))
        height, width = rest_rgb.shape[:2]
        self._width = width
        detector = Detector(cache_dir, width, height)
        self._rest: Rest = read_rest(detector, rest_rgb)
        self._reader = FaceReader(detector, self._rest)
        self._background = Tracker(self._rest.grey, background_of(self._rest.points, height, width))
        self.direct = self._draw_curves()
        self._fit(np.random.default_rng(seed), frames)

    # Calibration --------------------------------------------------------------------------------------------------

    def _draw_curves(self) -> dict[str, Curve]:
        return {
            "smile": self._curve("smile", lambda f: _width_gain(f, self._rest)),
            "gap": self._curve("jaw", lambda f: _lips_apart(f, self._rest)),
            "eyes": self._curve("blink", lambda f: f["eye_dark"]),
            "brows": self._curve("brows", _brow_rise),
        }

    def _curve(self, channel: str, read: Callable[[dict[str, float]], float]) -> Curve:
        shown, still = [], self._features(np.zeros(len(NAMES), np.float32))
        if still is None:
            raise FaceLost("the rest frame lost its face")
        for level in _LEVELS:
            params_P = np.zeros(len(NAMES), np.float32)
            params_P[INDEX[channel]] = level
            seen = self._features(params_P)
            if seen is None:
                raise FaceLost(f"{channel} at {level:.1f} hides the face from the detector")
            shown.append(read(seen))
        return Curve(np.asarray(shown))

    def _features(self, params_P: Track) -> dict[str, float] | None:
        return self._reader.read(self._draw(params_P))

    def _fit(self, rng: np.random.Generator, frames: int) -> None:
        rows, goals = [], []
        for _ in range(frames):
            params_P = mixture(rng)
            seen = self._features(params_P)
            if seen is not None:
                rows.append(list(seen.values()))
                goals.append(self._truth(params_P))
        if len(rows) < 0.7 * frames:
            raise FaceLost(f"the detector found a face in {len(rows)} of {frames} calibration frames")
        self._regression = Regression.fit(np.asarray(rows), np.asarray(goals))
        self.errors = dict(zip(FITTED, self._regression.error, strict=True))

    def _truth(self, params_P: Track) -> list[float]:
        at = {name: float(params_P[i]) for name, i in INDEX.items()}
        return [
            at["yaw"],
            at["pitch"],
            at["roll"] + at["camera_roll"],  # the line of the eyes; `measure` takes the camera's part off
            at["smile"] * self.direct["smile"].slope,
            at["jaw"] * self.direct["gap"].slope,
            1 - at["blink"],
            at["brows"] * self.direct["brows"].slope,
            at["camera_zoom"] + at["camera_dolly"],
        ]

    # Measuring ----------------------------------------------------------------------------------------------------

    def measure(self, frames: Iterable[Rgb], stride: int = STRIDE) -> dict[str, Array]:
        """Series at RATE of a clip at FPS (every `stride`-th frame is read). Raises FaceLost.

        Where a camera that moved in leaves too little background to follow, pan and camera roll stay as last seen.
        """
        self._background.forget()
        faces, cameras = [], []
        for i, frame in enumerate(frames):
            if i % stride:
                continue
            seen = self._reader.read(frame)
            faces.append(np.full(self._regression.inputs, np.nan) if seen is None else np.asarray(list(seen.values())))
            behind = background_of(self._reader.points, *frame.shape[:2])
            camera = self._background.read(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), behind)
            cameras.append((np.nan, np.nan) if camera is None else (-camera[1] / self._width, camera[3]))
        rows, camera_T2 = np.asarray(faces), np.asarray(cameras)
        for what, found, most_lost in (("the face", rows, 0.3), ("the background", camera_T2, 0.8)):
            lost = np.isnan(found).any(axis=1)
            if lost.mean() > most_lost:
                raise FaceLost(f"{what} is found in {int((~lost).sum())} of {len(found)} frames")
        values = self._regression.predict(_bridge(rows))
        # Syllables and blinks are as short as two samples: a median would swallow the first and join the second.
        series = {
            name: values[:, i] if name in ("gap", "eyes") else _median3(values[:, i]) for i, name in enumerate(FITTED)
        }
        series["pan"], camera_roll = (_median3(signal) for signal in _bridge(camera_T2).T)
        series["roll"] = series["roll"] - camera_roll
        return series


def mixture(rng: np.random.Generator) -> Track:
    """A random pose, in which few channels move or several: in a clip, too, most are at rest."""
    reach_P = np.array([0.0 if name in EXPRESSED else _REACH.get(name, 1.0) for name in NAMES])
    value_P = rng.uniform(LOW_P * reach_P, HIGH_P * reach_P)
    return np.asarray(value_P * (rng.random(len(NAMES)) < rng.uniform(0.02, 0.2)), np.float32)


@dataclass(frozen=True)
class Regression:
    """Kernel ridge regression (Gaussian kernel) from features to amounts."""

    mean_K: Array
    spread_K: Array
    known_NK: Array
    weights_NG: Array
    middle_G: Array
    error: tuple[float, ...]

    @property
    def inputs(self) -> int:
        return len(self.mean_K)

    @classmethod
    def fit(cls, rows_NK: Array, goals_NG: Array) -> Regression:
        """`error` is the root mean square on the last fifth of the rows, which the fit that it judges never saw."""
        mean_K, spread_K, middle_G = rows_NK.mean(0), rows_NK.std(0) + 1e-6, goals_NG.mean(0)
        scaled, goals = _scale(rows_NK, mean_K, spread_K), goals_NG - middle_G
        cut = int(0.8 * len(rows_NK))
        alike = _kernel(scaled, scaled)
        tried = np.array([_error(alike, goals, cut, strength) for strength in _RIDGE])  # [strengths, goals]
        weights = [
            np.linalg.solve(alike + _RIDGE[best] * np.eye(len(alike)), goals[:, i])
            for i, best in enumerate(tried.argmin(axis=0))
        ]
        error = tuple(float(e) for e in tried.min(axis=0))
        return cls(mean_K, spread_K, scaled, np.stack(weights, axis=1), middle_G, error)

    def predict(self, rows_NK: Array) -> Array:
        scaled = _scale(rows_NK, self.mean_K, self.spread_K)
        return np.asarray(_kernel(scaled, self.known_NK) @ self.weights_NG + self.middle_G)


def _scale(rows_NK: Array, mean_K: Array, spread_K: Array) -> Array:
    return np.clip((rows_NK - mean_K) / spread_K, -5, 5)


def _kernel(a_NK: Array, b_MK: Array) -> Array:
    squared = (a_NK**2).sum(1)[:, None] + (b_MK**2).sum(1)[None] - 2 * a_NK @ b_MK.T
    return np.asarray(np.exp(-squared / (8 * a_NK.shape[1])))


def _error(alike_NN: Array, goals_NG: Array, cut: int, strength: float) -> Array:
    weights = np.linalg.solve(alike_NN[:cut, :cut] + strength * np.eye(cut), goals_NG[:cut])
    return np.asarray(np.sqrt(((alike_NN[cut:, :cut] @ weights - goals_NG[cut:]) ** 2).mean(0)))


def _mouth_width(rest: Rest) -> float:
    """In eye distances."""
    left, right = rest.crop_points_52[3:5]
    return float(np.linalg.norm(right - left)) / EYE_PX


def _width_gain(features: dict[str, float], rest: Rest) -> float:
    """Growth of the mouth's width over that at rest, by the patches around its corners."""
    return (features["corner_r.dx"] - features["corner_l.dx"]) / _mouth_width(rest)


def _lips_apart(features: dict[str, float], rest: Rest) -> float:
    """How far the skin under the lips went down from the skin over them, over the mouth's width."""
    return (features["under_lips.dy"] - features["over_lips.dy"]) / _mouth_width(rest)


def _brow_rise(features: dict[str, float]) -> float:
    """Rise of the brows against the bridge of the nose, in eye distances."""
    return features["bridge.y"] - (features["brow_l.dy"] + features["brow_r.dy"]) / 2


def _bridge(rows_NK: Array) -> Array:
    """Fill rows that are missing from their neighbours in time."""
    index = np.arange(len(rows_NK))
    known = ~np.isnan(rows_NK).any(axis=1)
    return np.stack([np.interp(index, index[known], column[known]) for column in rows_NK.T], axis=1)


def _median3(signal: Array) -> Array:
    padded = np.pad(signal, 1, mode="edge")
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, 3), axis=1)
