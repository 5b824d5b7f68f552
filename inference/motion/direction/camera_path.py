"""A camera plan as it is played: channels of the camera, and the turn of heads that an arc shows.

The model's own camera is not asked: what it draws of a move comes in a lurch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inference.motion.camera import hold_in_hand
from inference.motion.direction.camera_moves import IN, OUT, CameraPlan, Move
from inference.motion.direction.easing import travel
from inference.motion.direction.framed import Place
from inference.motion.direction.opening import stage_of
from inference.motion.models import Floats
from inference.motion.parameters import CAMERA, HIGH_P, INDEX, LOW_P, Track
from inference.protocol import CameraMove, Framing

# channel, its sign, and how far a move of amount 0 and of amount 1 goes
_SIZES: dict[CameraMove, tuple[str, float, float, float]] = {
    "push_in": ("camera_dolly", 1, 0.10, 0.46), "pull_out": ("camera_dolly", -1, 0.10, 0.46),
    "zoom_in": ("camera_zoom", 1, 0.10, 0.46), "zoom_out": ("camera_zoom", -1, 0.10, 0.46),
    "pan_left": ("camera_pan", -1, 0.06, 0.24), "pan_right": ("camera_pan", 1, 0.06, 0.24),
    "tilt_up": ("camera_tilt", 1, 0.05, 0.21), "tilt_down": ("camera_tilt", -1, 0.05, 0.21),
    "roll_left": ("camera_roll", -1, 2.5, 9.5), "roll_right": ("camera_roll", 1, 2.5, 9.5),
    "truck_left": ("camera_truck", -1, 0.08, 0.36), "truck_right": ("camera_truck", 1, 0.08, 0.36),
    "arc_left": ("camera_truck", -1, 0.10, 0.40), "arc_right": ("camera_truck", 1, 0.10, 0.40),
}  # fmt: skip
_ARC_YAW_PER_TRUCK = 90.0  # degrees that heads turn while the camera travels a frame's width round them
_STANDS = ("camera_zoom", "camera_dolly", "camera_pan", "camera_tilt", "camera_truck", "camera_rise")
_SHAKE = (0.3, 1.0)
_RAMP = (0.09, 0.17)  # of a move's time: eased, and still four fifths of the way at one speed
_BREATHES = 0.12  # standard deviation of a move's size from take to take


@dataclass(frozen=True)
class Path:
    """The camera of a clip. yaw_F: degrees that every head seems to turn, as an arc goes round them."""

    track_FP: Track
    yaw_F: Floats


def play(
    plan: CameraPlan, framing: Framing, places: Mapping[Framing, Place], frames: int, seed: int, opening_P: Track | None
) -> Path:
    """The path of a plan on a stage whose places are known, that of its rest first. opening_P: the motion that the clip
    goes on from, told against this stage or another.
    """
    rng = np.random.default_rng((seed, 1))
    path = Path(np.zeros((frames, len(INDEX)), np.float32), np.zeros(frames))
    if opening_P is not None:
        path.track_FP[:, CAMERA] = np.where(np.isin(CAMERA, [INDEX["camera_shake"]]), 0.0, opening_P[list(CAMERA)])
        _change_stage(path, places, stage_of(opening_P))
    near = [move for move in plan.moves if move.name in (*IN, *OUT)]
    _approach(path, near, framing, places, rng, fresh=opening_P is None)
    for move in plan.moves:
        if move.name == "handheld":
            shake = _SHAKE[0] + (_SHAKE[1] - _SHAKE[0]) * move.amount
            path.track_FP[:, INDEX["camera_shake"]] = shake
        elif move not in near:
            _go(path, move, rng, fresh=opening_P is None)
    np.clip(path.track_FP, LOW_P, HIGH_P, out=path.track_FP)
    return Path(hold_in_hand(path.track_FP, seed, goes_on=opening_P is not None), path.yaw_F)


def _change_stage(path: Path, places: Mapping[Framing, Place], told: Framing | None) -> None:
    """Have the camera where it was on the stage that it was told against: the faces where they were, and as large."""
    rest = next(iter(places.values()))
    if told is None or places[told] == rest:
        return
    at = _seen(path, places[told])
    path.track_FP[:, INDEX["camera_dolly"]] += places[told].nearness
    still = np.ones(len(path.track_FP))
    _slide(path, "camera_dolly", rest, (at.x * still, at.y * still), still > 0)


def _go(path: Path, move: Move, rng: np.random.Generator, *, fresh: bool) -> None:
    """A move that leaves the framing as it is. One beside or around the cast has them in its middle."""
    channel, sign, least, most = _SIZES[move.name]
    way = sign * _breathe(rng, least + (most - least) * move.amount, most)
    travels = channel == "camera_truck"
    along_F = way * (_travelled(path, move, rng) - (0.5 if travels and fresh else 0.0))
    near_F = np.exp(path.track_FP[:, INDEX["camera_dolly"]]) if travels else 1.0  # the nearer, the less it takes
    path.track_FP[:, INDEX[channel]] += (along_F / near_F).astype(np.float32)
    if move.name.startswith("arc"):
        path.track_FP[:, INDEX["camera_pan"]] -= along_F.astype(np.float32)
        path.yaw_F[:] -= _ARC_YAW_PER_TRUCK * along_F


def _approach(
    path: Path,
    moves: list[Move],
    framing: Framing,
    places: Mapping[Framing, Place],
    rng: np.random.Generator,
    *,
    fresh: bool,
) -> None:
    """Moves towards and away, one after another; where they name framings, the faces go to their places there."""
    rest = next(iter(places.values()))
    at = places.get(framing, rest) if fresh else _seen(path, rest)
    for i, move in enumerate(moves):
        channel, sign, least, most = _SIZES[move.name]
        way = sign * _breathe(rng, least + (most - least) * move.amount, most)
        ends = places[move.ends_at] if move.ends_at is not None else None
        if i == 0 and fresh:
            at = _where_it_starts(move, at, places, way)
            _begin(path, channel, at, rest)
        target = ends or Place(at.nearness + way, at.x * np.exp(way), at.y * np.exp(way))
        along_F = _travelled(path, move, rng)
        path.track_FP[:, INDEX[channel]] += ((target.nearness - at.nearness) * along_F).astype(np.float32)
        if ends is not None:
            x_F, y_F = (at.x + (target.x - at.x) * along_F, at.y + (target.y - at.y) * along_F)
            _slide(path, channel, rest, (x_F, y_F), along_F > 0)
        at = target
    if not moves and fresh:
        _begin(path, "camera_zoom", at, rest)


def _seen(path: Path, rest: Place) -> Place:
    """Where the faces are in the first frame of a clip that goes on from another."""
    zoom, dolly, pan, tilt, truck, rise = (float(path.track_FP[0, INDEX[name]]) for name in _STANDS)
    grown = np.exp(zoom + dolly)
    x, y = grown * (rest.x - truck) - np.exp(zoom) * pan, grown * (rest.y + rise) + np.exp(zoom) * tilt
    return Place(zoom + dolly, float(x), float(y))


def _where_it_starts(move: Move, at: Place, places: Mapping[Framing, Place], way: float) -> Place:
    if move.starts_at is not None:
        return places[move.starts_at]
    if move.ends_at is None:
        return at
    ends = places[move.ends_at]
    if abs(ends.nearness - at.nearness) > 1e-3:
        return at
    return Place(ends.nearness - way, ends.x * np.exp(-way), ends.y * np.exp(-way))


def _begin(path: Path, channel: str, at: Place, rest: Place) -> None:
    """Stand where the framing `at` is, for the whole clip so far."""
    if at == rest:
        return
    frames = len(path.track_FP)
    path.track_FP[:, INDEX[channel]] += at.nearness
    _slide(path, channel, rest, (np.full(frames, at.x), np.full(frames, at.y)), np.ones(frames, bool))


def _slide(path: Path, channel: str, rest: Place, at: tuple[Floats, Floats], when_F: npt.NDArray[np.bool_]) -> None:
    """Have the faces at x and y of the frame by then: a camera that travels goes to them, a lens is turned to them."""
    zoom_F, dolly_F, pan_F, tilt_F, truck_F, rise_F = (path.track_FP[:, INDEX[name]] for name in _STANDS)
    lens_F, grown_F = np.exp(zoom_F), np.exp(zoom_F + dolly_F)
    x_F, y_F = at
    if channel == "camera_dolly":
        truck_F[when_F] = (rest.x - (x_F + lens_F * pan_F) / grown_F)[when_F]
        rise_F[when_F] = ((y_F - lens_F * tilt_F) / grown_F - rest.y)[when_F]
    else:
        pan_F[when_F] = ((grown_F * (rest.x - truck_F) - x_F) / lens_F)[when_F]
        tilt_F[when_F] = ((y_F - grown_F * (rest.y + rise_F)) / lens_F)[when_F]


def _travelled(path: Path, move: Move, rng: np.random.Generator) -> Floats:
    short = move.ends - move.begins < 0.25
    ramp = 0.35 if short else float(rng.uniform(*_RAMP))
    return travel(len(path.track_FP), move.begins, move.ends, ramp)


def _breathe(rng: np.random.Generator, size: float, most: float) -> float:
    """The size as this take has it: no two operators' moves are the same."""
    return min(most, size * float(np.exp(_BREATHES * np.clip(rng.standard_normal(), -2, 2))))
