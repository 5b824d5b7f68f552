"""Where the eyes are, frame by frame: fixations joined by saccades, the head's share of them, and the lids'.

- An eye turns alone up to about 20°; of what is beyond, the head carries 0.79, and eyes stop at about 35° in the head
  (Freedman & Sparks, J. Neurophysiol. 77 (1997) 2328: no head below 20°, then linear; eye 35° where gaze is 90°).
- While the head moves, the eyes turn against it and hold their target (the vestibulo-ocular reflex).
- A saccade of A degrees lasts 21 + 2.2 A ms (the main sequence: Bahill, Clark & Stark, Math. Biosci. 24 (1975) 191;
  Carpenter, Movements of the Eyes, 1988).
- Who looks at a face stays within a few degrees of it and looks away about a quarter of the time (Argyle & Cook, Gaze
  and Mutual Gaze, 1976; Lee, Badler & Badler, Eyes Alive, SIGGRAPH 2002).
- The larger a shift, the likelier a blink goes with it (Evinger et al., Exp. Brain Res. 100 (1994) 337); a lid falls in
  0.085 s and rises in 0.165 s (VanderWerf et al., J. Neurophysiol. 89 (2003) 2784).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from inference.motion.direction.gaze_points import Point
from inference.motion.direction.gaze_words import Aim, Gaze
from inference.motion.direction.performance import goes_to_and_fro
from inference.motion.direction.performer import Performer
from inference.motion.eyes import BALL_RADIUS, GAZE_X, GAZE_Y
from inference.motion.models import Floats
from inference.motion.parameters import FPS, INDEX, Track

_EYES_ALONE_DEG, _HEAD_SHARE, _EYE_LIMIT_DEG = 20.0, 0.79, 35.0
_EYE_RANGE_DEG = 46.0  # that eyes have at all, where the head may not help
_EYE_UP_DEG, _EYE_DOWN_DEG = 22.0, 26.0
_EYE_DOWN_WITH_HEAD_DEG = 15.0  # lids go along: farther down they are taken for closing
_OTHER_DEG = 38.0  # two people of one frame look at each other in front of it, neither in full profile
_POINT_DEPTH = 1.6  # faces' heights: so far before who looks at it a thing in the frame is taken to be
_ASIDE_DEG, _EYES_ONLY_TRAVEL = 32.0, 0.215  # eyes alone: in eye widths, so that it is seen
_UP_DEG, _DOWN_DEG, _DOWN_HEAD_SHARE = 22.0, -26.0, 0.3
_BOWED_FOR = 20.0  # percent of the clip: a head that is bowed so long by itself is bowed
_OFF_LENS_DEG = (5.5, 8.5)  # an eyeline just beside the lens
_FIXATION_S, _FIXATION_LEAST_S = 0.75, 0.20
_SCAN_DEG, _SCAN_MOST = 1.6, 2.0  # between fixations on one thing, and how many times that at the most
_AWAY_SHARE, _AWAY_S, _AWAY_DEG = 0.22, 0.8, (7.0, 13.0)
_HEAD_S = 0.45
_GOES_BY_ITSELF_DEG, _HAS_SET_OUT, _EYES_LEAD_S = 4.0, 0.12, 0.1
_REACTION_S, _BRIEF_S, _BRIEF_LATER = 0.25, 0.9, 0.15
_FOLLOWS_FROM_DEG, _FOLLOWS_AT_DEG = 4.0, 10.0  # a head that is turned farther takes an undirected gaze along
_ALONG_SWINGS = (0.0, 0.5)  # of yaw and pitch: eyes that go up as far as a head nods show too much white
_BLINK_FROM_DEG, _BLINK_SURE_DEG = 12.0, 35.0
_LID_FALLS_S, _LID_RISES_S = 0.085, 0.165
_BLINK_APART, _BLINKED = FPS // 2, 0.3  # frames; how far lids are closed in a blink that the model drew


@dataclass(frozen=True)
class _Target:
    """A direction from `start` (frame) on, degrees from the lens: + to the viewer's right, + up."""

    start: int
    yaw: float
    pitch: float
    eyes_only: bool = False


def direct_gaze(
    track_FP: Track, asked: Sequence[Gaze], me: Performer, others: Sequence[Performer], rng: np.random.Generator
) -> None:
    """The track with its eyes as they are asked for, in place; the head takes its share.

    Nothing asked: at the other of a two-shot, just off the lens of who is alone, and along with what the model's own
    head and eyes do.
    """
    frames = len(track_FP)
    side = 1.0 if rng.random() < 0.5 else -1.0
    targets = _targets(track_FP, asked, lambda gaze: _where(gaze, me, others, side, rng), rng)
    free = not asked
    turned_F2 = np.stack([track_FP[:, INDEX["yaw"]], track_FP[:, INDEX["pitch"]]], axis=-1).astype(np.float64)
    drawn_F2 = _drawn(track_FP)
    _carry_head(track_FP, targets, me, free=free)
    glances = free or all(gaze.aim in ("other", "away") for gaze in asked)
    gaze_F2 = _fixate(targets, frames, rng, glances=glances)
    if free:
        gaze_F2 += _along(turned_F2) + drawn_F2
    head_F2 = np.stack([me.yaw_deg + track_FP[:, INDEX["yaw"]], track_FP[:, INDEX["pitch"]]], axis=-1)
    alone = any(gaze.eyes_only for gaze in asked)
    most = _EYE_RANGE_DEG if alone else _EYE_LIMIT_DEG
    down = _EYE_DOWN_DEG if alone else _EYE_DOWN_WITH_HEAD_DEG
    eye_F2 = np.clip(gaze_F2 - head_F2, (-most, -down), (most, _EYE_UP_DEG))
    travel_F2 = BALL_RADIUS * (np.sin(np.radians(eye_F2)) - np.sin(np.radians([me.eye_deg, 0.0])))
    track_FP[:, INDEX["gaze_x"]] = np.clip(travel_F2[:, 0] / GAZE_X, -1, 1)
    track_FP[:, INDEX["gaze_y"]] = np.clip(travel_F2[:, 1] / GAZE_Y, -1, 1)
    _blink_with(track_FP, gaze_F2, rng)


def _targets(
    track_FP: Track, asked: Sequence[Gaze], where: Callable[[Gaze], tuple[float, float]], rng: np.random.Generator
) -> list[_Target]:
    """What is looked at when: each aim in its turn, one that is brief and then what nobody had to ask for."""
    frames = len(track_FP)
    unasked = Gaze("other", eyes_only=bool(asked))
    if not asked:
        return [_Target(0, *where(unasked))]
    resting = where(unasked)
    targets = [_Target(0, *resting, eyes_only=True)]
    for k, gaze in enumerate(asked):
        begins = max(gaze.begins, k / len(asked)) * frames + _REACTION_S * FPS * rng.uniform(0.6, 1.5)
        if gaze.brief:
            begins += _BRIEF_LATER * frames / len(asked)
        aim = where(gaze)
        if len(asked) == 1 and not (gaze.begins or gaze.eyes_only):
            begins = max(begins, _with_head(track_FP, aim))
        targets.append(_Target(round(begins), *aim, gaze.eyes_only))
        if gaze.brief:
            targets.append(_Target(round(begins + _BRIEF_S * FPS * rng.uniform(0.8, 1.3)), *resting, eyes_only=True))
    return [target for target in targets if target.start < frames]


def _with_head(track_FP: Track, aim: tuple[float, float]) -> float:
    """The frame at which eyes set out for an aim that a drawn head goes to by itself: just before it."""
    axis, towards = max((("yaw", aim[0]), ("pitch", aim[1])), key=lambda one: abs(one[1]))
    way_F = np.sign(towards) * track_FP[:, INDEX[axis]]
    if way_F.max() < _GOES_BY_ITSELF_DEG:
        return 0.0
    return float((way_F > _HAS_SET_OUT * way_F.max()).argmax()) - _EYES_LEAD_S * FPS


def _where(
    gaze: Gaze, me: Performer, others: Sequence[Performer], side: float, rng: np.random.Generator
) -> tuple[float, float]:
    """Yaw and pitch of an aim, degrees from the lens."""
    fixed: dict[Aim, tuple[float, float]] = {
        "lens": (0.0, 0.0),
        "left": (_aside(-1.0, me) if gaze.eyes_only else -_ASIDE_DEG, 0.0),
        "right": (_aside(1.0, me) if gaze.eyes_only else _ASIDE_DEG, 0.0),
        "up": (4.0 * side, _UP_DEG),
        "down": (3.0 * side, _DOWN_DEG),
        "away": (side * rng.uniform(16, 22), -rng.uniform(9, 14)),
        "distance": (side * rng.uniform(11, 15), 2.0),
    }
    if gaze.aim in fixed:
        return fixed[gaze.aim]
    if gaze.at is not None:
        return _towards(gaze.at, me)
    if not others:
        return side * rng.uniform(*_OFF_LENS_DEG), -rng.uniform(0.0, 2.5)
    other = min(others, key=lambda one: abs(one.x - me.x))
    across = other.x - me.x
    return float(np.sign(across) or side) * _OTHER_DEG, float(
        np.degrees(np.arctan2(me.y - other.y, abs(across) + 1e-6))
    )


def _towards(point: Point, me: Performer) -> tuple[float, float]:
    """From where somebody stands to a thing in the frame; no farther aside than actors cheat towards a camera."""
    width, height = me.frame_2
    across, up = (point.x + 1) / 2 * width - me.x, me.y - (1 - point.y) / 2 * height
    yaw = float(np.degrees(np.arctan2(across, _POINT_DEPTH)))
    pitch = float(np.degrees(np.arctan2(up, np.hypot(across, _POINT_DEPTH))))
    return float(np.clip(yaw, -_OTHER_DEG, _OTHER_DEG)), float(np.clip(pitch, _DOWN_DEG, _UP_DEG))


def _aside(side: float, me: Performer) -> float:
    """Where eyes look that go aside as far as is seen, in a head that stays as the photo has it."""
    reached = np.sin(np.radians(me.eye_deg)) + side * _EYES_ONLY_TRAVEL / BALL_RADIUS
    most = np.sin(np.radians(_EYE_RANGE_DEG))
    return me.yaw_deg + float(np.degrees(np.arcsin(np.clip(reached, -most, most))))


def _carry_head(track_FP: Track, targets: Sequence[_Target], me: Performer, *, free: bool) -> None:
    """Add to the head what it lacks of its share; one that is turned farther already stays."""
    at_F = np.arange(len(track_FP))
    share_F2 = np.zeros((len(track_FP), 2))
    for target in targets:
        beyond = np.sign(target.yaw) * max(0.0, abs(target.yaw) - _EYES_ALONE_DEG)
        lacks = 0.0 if target.eyes_only else _HEAD_SHARE * float(beyond)
        there = float(np.median(me.yaw_deg + track_FP[target.start :, INDEX["yaw"]])) if not free else me.yaw_deg
        if lacks:
            lacks = np.sign(lacks) * max(0.0, abs(lacks) - max(0.0, float(np.sign(lacks)) * there))
        nods = 0.0 if target.eyes_only or target.pitch > -15 else _DOWN_HEAD_SHARE * target.pitch
        bowed = float(np.percentile(track_FP[target.start :, INDEX["pitch"]], _BOWED_FOR))
        nods = min(0.0, nods - min(0.0, bowed))
        turned = _smooth((at_F - target.start) / (_HEAD_S * FPS)) if target.start else np.ones(len(track_FP))
        share_F2 += (np.array([lacks, nods]) - share_F2) * turned[:, None]
    track_FP[:, INDEX["yaw"]] += share_F2[:, 0].astype(np.float32)
    track_FP[:, INDEX["pitch"]] += share_F2[:, 1].astype(np.float32)


def _fixate(targets: Sequence[_Target], frames: int, rng: np.random.Generator, *, glances: bool) -> Floats:
    """The line of sight, [F, 2] degrees: still, but for saccades to each target, about it, and off it now and then."""
    moments: list[tuple[float, float, float]] = []
    for k, target in enumerate(targets):
        at_s, end_s = target.start / FPS, (targets[k + 1].start if k + 1 < len(targets) else frames) / FPS
        moments.append((at_s, target.yaw, target.pitch))
        while (at_s := at_s + max(_FIXATION_LEAST_S, rng.gamma(2.0, _FIXATION_S / 2))) < end_s:
            away = glances and rng.random() < _AWAY_SHARE * _FIXATION_S / _AWAY_S
            reach = rng.uniform(*_AWAY_DEG) if away else _SCAN_DEG * min(rng.exponential(), _SCAN_MOST)
            turn = rng.uniform(0, 2 * np.pi)
            aside, up = reach * np.cos(turn), 0.6 * reach * np.sin(turn) - (0.3 * reach if away else 0.0)
            if away and abs(target.yaw + aside) < _OFF_LENS_DEG[0]:
                aside = -aside  # who glances away from what is beside the lens does not glance into it
            moments.append((at_s, target.yaw + aside, target.pitch + up))
            at_s += _AWAY_S if away else 0.0
    sight_F2 = np.tile(np.array(moments[0][1:]), (frames, 1))
    at_F = np.arange(frames) / FPS
    for at_s, yaw, pitch in moments[1:]:
        here = sight_F2[min(frames - 1, int(at_s * FPS))]
        over_s = 0.021 + 0.0022 * float(np.hypot(yaw - here[0], pitch - here[1]))
        passed_F = _smooth((at_F - at_s) / over_s)
        sight_F2 += (np.array([yaw, pitch]) - sight_F2) * passed_F[:, None]
    return sight_F2


def _along(turned_F2: Floats) -> Floats:
    """How far an undirected gaze goes with the head: not with one that idles or is shaken, half with one that nods,
    wholly with one that turns.
    """
    share_2 = np.where([goes_to_and_fro(axis_F) for axis_F in turned_F2.T], _ALONG_SWINGS, 1.0)
    size = np.abs(turned_F2)
    along: Floats = share_2 * turned_F2 * _smooth((size - _FOLLOWS_FROM_DEG) / (_FOLLOWS_AT_DEG - _FOLLOWS_FROM_DEG))
    return along


def _drawn(track_FP: Track) -> Floats:
    """What the model's own eyes do, in degrees."""
    moved_F2 = np.stack([track_FP[:, INDEX["gaze_x"]] * GAZE_X, track_FP[:, INDEX["gaze_y"]] * GAZE_Y], axis=-1)
    drawn: Floats = np.degrees(np.arcsin(np.clip(moved_F2 / BALL_RADIUS, -0.9, 0.9)))
    return drawn


def _blink_with(track_FP: Track, gaze_F2: Floats, rng: np.random.Generator) -> None:
    """Lids that close with large shifts of gaze, once with each."""
    blink_F = track_FP[:, INDEX["blink"]]
    for frame, size_deg in _shifts(gaze_F2):
        if rng.random() < (size_deg - _BLINK_FROM_DEG) / (_BLINK_SURE_DEG - _BLINK_FROM_DEG):
            since_s = (np.arange(len(gaze_F2)) - frame + 1) / FPS
            lid_F = np.where(
                since_s < _LID_FALLS_S, since_s / _LID_FALLS_S, 1 - (since_s - _LID_FALLS_S) / _LID_RISES_S
            )
            near_F = blink_F[max(0, frame - _BLINK_APART) : frame + _BLINK_APART]
            if near_F.max() < _BLINKED:  # who blinks anyway does not blink twice
                np.maximum(blink_F, np.clip(lid_F, 0, 1).astype(np.float32), out=blink_F)


def _shifts(gaze_F2: Floats) -> list[tuple[int, float]]:
    """Where gaze jumps, and how far in all, in degrees: frames in a row are one shift."""
    is_quick_F = np.hypot(*np.diff(gaze_F2, axis=0, prepend=gaze_F2[:1]).T) > _BLINK_FROM_DEG / 2
    edges = np.flatnonzero(np.diff(is_quick_F.astype(int), prepend=0, append=0))
    return [
        (int(begins), float(np.hypot(*(gaze_F2[ends - 1] - gaze_F2[begins - 1]))))
        for begins, ends in edges.reshape(-1, 2)
    ]


def _smooth(t: Floats) -> Floats:
    t = np.clip(t, 0, 1)
    smooth: Floats = t * t * (3 - 2 * t)
    return smooth
