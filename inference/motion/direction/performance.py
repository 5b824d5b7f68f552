"""How large and how quick a character acts, and how one take of it differs from the next.

The model draws four takes of one prompt nearly alike. Here each seed is given a performance of its own: when an act
begins, how large it is and how it is let go, and whether the head or the face comes first where the prompt does not
say. What was asked for stays well above what a viewer needs to see it, and in the order that was asked for.
"""

from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicSpline

from inference.motion.models import Floats
from inference.motion.parameters import FPS, HIGH_P, INDEX, LOW_P, Track

_PACE = 0.45  # log2 of how many times as much is acted in a clip, at a pace of 1
_MOST_DRAWN = 288  # frames: a little more than the model was trained on
RESTRAINED, BIG = 0.7, 0.4  # ln of how many times smaller, and larger, a performance of -1 and of 1 is
_PARTS: dict[str, tuple[str, ...]] = {
    "head": ("yaw", "pitch", "roll"), "eyes": ("gaze_x", "gaze_y"), "mouth": ("smile", "mouth_wide"),
    "jaw": ("jaw",), "brows": ("brows",), "lids": ("blink",),
}  # fmt: skip
_TOGETHER = (("head", "eyes"), ("mouth", "brows"), ("jaw",), ("lids",))  # what comes first or later as one
_LET_GO_OF = (("yaw", "gaze_x"), ("roll",), ("smile",), ("brows",))
_OWN_PACE = ("jaw", "lids")  # a mouth that talks and lids that shut do so as they were drawn, in size and pace
_OWN_SIZE = (-0.10, 0.26)  # ln, drawn for each part: rather larger, for the model's own sizes sit near what is seen
# A take's own bearing, standard deviations: under a third of what counts as an act.
_BEARING = {"yaw": 1.1, "pitch": 0.6, "roll": 0.6, "gaze_x": 0.08}
_LET_GO = (0.15, 1.0)  # of an act's size, what is left of it at the end
_LATER = 0.45  # of the clip: when all of it begins, at the latest
_SWINGS_LATER = 0.10  # likewise, of nods and shakes, which would be hurried otherwise
_QUICKEST = 1.4  # times the drawn time: a brow that rises for half a second is to be seen
_SWINGS_KEEP_TIME = 0.4  # for the same reason, of how far a take's own time is from the drawn one's
_SWINGS_KEEP_SIZE = 0.3  # of their own size: larger nods cost likeness and show nothing more
_SWING_DEG = 5.0
_APART = 0.2  # of the clip: by how much more one part may follow another


def frames_to_draw(frames: int, pace: float) -> int:
    """How many frames of motion a clip is given: a quick one more than it has, a slow one fewer."""
    return int(np.clip(round(frames * 2 ** (_PACE * pace)), min(frames, 12), max(frames, _MOST_DRAWN)))


def gain_of(size: float) -> float:
    """How many times as large all is acted, from a performance of -1 (restrained) to 1 (big)."""
    return float(np.exp((BIG if size > 0 else RESTRAINED) * size))


def perform(drawn_FP: Track, frames: int, size: float, order_is_open: bool, rng: np.random.Generator) -> Track:
    """The drawn motion as one take's performance of `frames` frames.

    size: -1 restrained to 1 big. order_is_open: the prompt does not say what comes after what.
    """
    last = len(drawn_FP) - 1
    performed_FP: Track = np.zeros((frames, drawn_FP.shape[1]), np.float32)
    swinging = [name for name in ("yaw", "pitch") if goes_to_and_fro(drawn_FP[:, INDEX[name]])]
    at_F = _own_time(frames, rng, _SWINGS_KEEP_TIME if swinging else 1.0) * last
    delays = _delays(rng, hurried=bool(swinging)) if order_is_open else np.zeros(len(_TOGETHER))
    later = {
        name: delay for parts, delay in zip(_TOGETHER, delays, strict=True) for part in parts for name in _PARTS[part]
    }
    for together, delay in zip(_TOGETHER, delays, strict=True):
        own_F = np.linspace(0, last, frames) if together[0] in _OWN_PACE else at_F
        when_F = np.clip(own_F - delay * last, 0, last)  # later, and as quick as it was drawn
        for part in together:
            own = rng.uniform(*_OWN_SIZE) * (_SWINGS_KEEP_SIZE if part == "head" and swinging else 1.0)
            gain = 1.0 if part in _OWN_PACE else gain_of(size) * float(np.exp(own))
            for name in _PARTS[part]:
                performed_FP[:, INDEX[name]] = gain * _at(when_F, drawn_FP[:, INDEX[name]])
    if order_is_open:
        for together in _LET_GO_OF:
            kept = rng.uniform(*_LET_GO)
            of = [INDEX[name] for name in together if name not in swinging]
            performed_FP[:, of] *= _letting_go(frames, kept, later[together[0]], rng)[:, None]
        opens_again = float(rng.random() < 0.5)  # eyes that were shut do so altogether or not at all
        performed_FP[:, INDEX["blink"]] *= _letting_go(frames, 1 - opens_again, later["blink"], rng)
    _bear(performed_FP, rng)
    limited: Track = np.clip(performed_FP, LOW_P, np.where(HIGH_P == 1, 1.15, HIGH_P)).astype(np.float32)
    return limited


def _at(when_F: Floats, drawn_F: Floats) -> Floats:
    """A channel at moments between frames, by a cubic: straight lines would flatten a jaw that talks at 5 Hz by up to a
    fifth."""
    moments = np.arange(len(drawn_F))
    if len(drawn_F) < 4:
        return np.interp(when_F, moments, drawn_F)
    return np.asarray(CubicSpline(moments, drawn_F)(when_F))


def _own_time(frames: int, rng: np.random.Generator, freely: float) -> Floats:
    """[F] from 0 to about 1: the take's own time against the drawn one's, smooth, never backwards or much quicker.

    freely: 0..1.
    """
    knots = np.linspace(0, 1, 5)
    moved = knots.copy()
    moved[1:-1] += freely * rng.uniform(-0.13, 0.13, 3)
    moved[1:-1] -= freely * rng.uniform(0.0, 0.10)  # rather later than earlier: the model begins at once
    steps = np.clip(np.diff(np.maximum.accumulate(moved)), 0, _QUICKEST * knots[1])
    moved = np.concatenate([[0.0], np.cumsum(steps)])
    along_F = np.interp(np.linspace(0, 1, frames), knots, moved)
    reach = max(1, min(frames // 8, FPS // 3))
    padded_F = np.pad(along_F, (reach, reach), mode="edge")
    smooth_F = np.lib.stride_tricks.sliding_window_view(padded_F, 2 * reach + 1).mean(axis=-1)
    return np.asarray(smooth_F - smooth_F[0])


def goes_to_and_fro(signal_F: Floats) -> bool:
    """Whether it goes to and fro, three times at least."""
    turns = np.flatnonzero(np.diff(np.sign(np.diff(signal_F))) != 0) + 1
    return int((np.abs(np.diff(signal_F[turns])) > _SWING_DEG).sum()) >= 3


def _delays(rng: np.random.Generator, *, hurried: bool) -> Floats:
    """How much later each group of _TOGETHER begins, as a share of the clip: one of head and face leads."""
    later = _SWINGS_LATER if hurried else _LATER
    delays = rng.uniform(0.0, min(_APART, later), len(_TOGETHER))
    delays[int(rng.integers(2))] = 0.0
    return np.asarray(delays + rng.uniform(0.0, later))


def _letting_go(frames: int, kept: float, later: float, rng: np.random.Generator) -> Floats:
    """[F] 1 for most of the clip, then down to what is `kept` of it; as much later as it began."""
    begins = rng.uniform(0.68, 0.85) + later
    along_F = np.clip((np.linspace(0, 1, frames) - begins) / 0.15, 0, 1)
    let_F: Floats = 1 - (1 - kept) * along_F * along_F * (3 - 2 * along_F)
    return let_F


def _bear(performed_FP: Track, rng: np.random.Generator) -> None:
    """The take's own bearing, taken up within its first moments. In place."""
    rising_F = np.clip(np.arange(len(performed_FP)) / (0.8 * FPS), 0, 1)
    rising_F = rising_F * rising_F * (3 - 2 * rising_F)
    for name, spread in _BEARING.items():
        performed_FP[:, INDEX[name]] += spread * float(np.clip(rng.standard_normal(), -1.6, 1.6)) * rising_F
