"""Motion for what a caption means: eased, timed like acting, never quite still, different with every draw.

Amplitudes sit comfortably above what a viewer needs to see the act and within the renderer's limits; what was not asked
for stays under a third of that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from inference.motion.acts import Act
from inference.motion.parameters import FPS, HIGH_P, INDEX, LOW_P, NAMES, Track
from inference.protocol import Framing

LEAD_S = 0.25  # rest before the first act
_CAMERA_GAIN: dict[Framing, float] = {"ecu": 0.85, "cu": 1.0, "ms": 1.05, "ws": 1.1}
# Mouths are asked to open a little past the limit: the renderer's clamp then cuts off what a small model rounds away.
_WIDEST = 1.12
_JAW_P = np.array([name == "jaw" for name in NAMES])


@dataclass(frozen=True)
class Sink:
    """How a pose settles: after `held` seconds, to a `share` of itself, within so many seconds."""

    share: float
    held: float
    within: float


@dataclass(frozen=True)
class Slot:
    """When an act may happen, seconds, and whether it is the clip's last and its only one."""

    start: float
    end: float
    last: bool
    alone: bool

    @property
    def length(self) -> float:
        return self.end - self.start


class Performance:
    """Collects moves and gestures on the channels of one clip, then plays them as a track."""

    def __init__(self, frames: int, rng: np.random.Generator) -> None:
        self.rng = rng
        self.frames = frames
        self.time_F = np.arange(frames) / FPS
        self.track_FP: Track = np.zeros((frames, len(INDEX)), np.float32)
        self._level = dict.fromkeys(INDEX, 0.0)
        self.shut: list[tuple[float, float]] = []  # when the lids are down on purpose: no idle blink there

    def move(self, channel: str, target: float, start: float, rise: float, overshoot: float = 0.0) -> None:
        """Ease `channel` from where it is to `target`, minimum-jerk, within `rise` seconds of `start`."""
        u_F = (self.time_F - start) / max(rise, 1e-3)
        clipped_F = np.clip(u_F, 0, 1)
        ease_F = clipped_F**3 * (10 - 15 * clipped_F + 6 * clipped_F**2)
        ease_F = ease_F + overshoot * np.exp(-(((u_F - 1.05) / 0.28) ** 2))
        self.track_FP[:, INDEX[channel]] += (target - self._level[channel]) * ease_F
        self._level[channel] = target

    def add(self, channel: str, values_F: np.ndarray) -> None:
        """A gesture on top of whatever the channel does."""
        self.track_FP[:, INDEX[channel]] += values_F

    def window(self, start: float, end: float, edge: float = 0.15) -> np.ndarray:
        """1 between `start` and `end`, with soft edges of `edge` seconds, 0 elsewhere."""
        up_F = np.clip((self.time_F - start) / edge, 0, 1)
        down_F = np.clip((end - self.time_F) / edge, 0, 1)
        both_F = np.minimum(up_F, down_F)
        soft_F: np.ndarray = both_F * both_F * (3 - 2 * both_F)
        return soft_F

    def drift(self, size: float, hertz: float) -> np.ndarray:
        """Smooth noise of standard deviation `size` that changes about `hertz` times a second."""
        count = 6
        rates_K = hertz * self.rng.uniform(0.3, 1.6, (count, 1))
        phases_K = self.rng.uniform(0, 2 * np.pi, (count, 1))
        waves_KF = np.sin(2 * np.pi * rates_K * self.time_F + phases_K)
        noise_F: np.ndarray = size * np.sqrt(2 / count) * waves_KF.sum(axis=0)
        return noise_F


def perform(groups: tuple[tuple[Act, ...], ...], frames: int, framing: Framing, rng: np.random.Generator) -> Track:
    """A track_FP of `frames` frames that acts `groups` one after another."""
    stage = Performance(frames, rng)
    clip = frames / FPS
    for group, slot in zip(groups, _slots(len(groups), clip, rng), strict=True):
        for k, act in enumerate(group):
            stagger = 0.0 if k == 0 else float(rng.uniform(0, min(0.25, 0.08 * slot.length)))
            _act(stage, act, replace(slot, start=slot.start + stagger), framing)
    _idle(stage, clip)
    limited: Track = np.clip(stage.track_FP, LOW_P, np.where(_JAW_P, _WIDEST, HIGH_P))
    return limited


def _slots(count: int, clip: float, rng: np.random.Generator) -> list[Slot]:
    if count == 0:
        return []
    # Acts begin at nearly the same moments: a small model that must guess a nod's averages its swings into a bow.
    lead = min(LEAD_S, 0.1 * clip) + float(rng.uniform(0, min(0.05, 0.02 * clip)))
    step = (clip - lead) / count
    cuts = [lead + step * (i + (float(rng.uniform(-0.01, 0.01)) if i else 0.0)) for i in range(count)] + [clip]
    return [Slot(cuts[i], cuts[i + 1], last=i == count - 1, alone=count == 1) for i in range(count)]


def _between(rng: np.random.Generator, low: float, high: float, extent: int) -> float:
    """A draw between `low` (the lesser) and `high`: the first third for a slight act, the last for a full one."""
    share = float(rng.random())
    share = share / 3 if extent < 0 else (share + 2) / 3 if extent > 0 else share
    return low + (high - low) * share


def _rise(rng: np.random.Generator, act: Act, slot: Slot, quick: float = 1.0) -> float:
    low, high = {-1: (1.1, 1.7), 0: (0.45, 0.75), 1: (0.24, 0.34)}[act.speed]
    return min(quick * float(rng.uniform(low, high)), 0.5 * slot.length)


def _sign(name: str, rng: np.random.Generator) -> float:
    """Left is −1, right +1; an act whose side was not said takes either, but a camera then pans right.

    A head that turns to no named side turns to some side; a small model that must guess a pan's side makes none at all.
    """
    if name.endswith("_left"):
        return -1.0
    return 1.0 if name.endswith("_right") or name == "pan_any" else float(rng.choice((-1.0, 1.0)))


def _act(stage: Performance, act: Act, slot: Slot, framing: Framing) -> None:
    name = act.kind
    if name in _POSES:
        _pose(stage, act, name, slot)
    elif name in _CAMERA_MOVES:
        _camera_move(stage, act, name, slot, _CAMERA_GAIN[framing])
    elif name in _GESTURES:
        _GESTURES[name](stage, act, slot)
    else:
        assert name in ("still", "static"), name


# A pose holds: channel → (low, high), × side where the act has one.
_POSES: dict[str, dict[str, tuple[float, float]]] = {
    "turn": {"yaw": (21.5, 24.0), "gaze_x": (0.1, 0.25)},
    "look": {"yaw": (20.0, 23.5), "gaze_x": (0.35, 0.6)},
    "gaze": {"gaze_x": (0.75, 1.0)},
    "up": {"pitch": (10.5, 13.0), "gaze_y": (0.25, 0.45)},
    "down": {"pitch": (-10.0, -11.4), "gaze_y": (-0.25, -0.45)},
    "tilt": {"roll": (10.5, 15.0)},
    "smile": {"smile": (0.88, 1.0)},
    "sad": {"smile": (-0.75, -0.95), "pitch": (-4.0, -7.0)},
    "angry": {"brows": (-0.75, -1.0), "smile": (-0.15, -0.25)},
    "surprise": {"brows": (0.8, 0.95), "jaw": (0.0, 0.1)},
    "open": {"jaw": (1.02, _WIDEST)},
    "close_eyes": {"blink": (1.0, 1.0)},
    "brows": {"brows": (0.9, 1.0)},
}
# What is not held as far as it went: after `held` seconds it sinks within `within` seconds to this `share`, as people's
# heads and brows do. A reference shows its person neither turned so far nor from above nor with raised brows: every
# second of them costs likeness. Among other acts a pose stays, for it makes room for the next one anyway.
_SINKS = {
    ("turn", "yaw"): Sink(share=0.55, held=0.35, within=0.6),
    ("look", "yaw"): Sink(share=0.55, held=0.35, within=0.6),
    ("down", "pitch"): Sink(share=0.5, held=0.35, within=0.6),
    ("brows", "brows"): Sink(share=0.15, held=0.35, within=0.45),
}
_HELD_AMONG_OTHERS_S = 1.4
_SIDED = ("turn", "look", "gaze", "tilt")
_STAYS = ("smile", "sad", "angry")  # more faintly, when the next act begins; poses of the head end there


def _pose(stage: Performance, act: Act, name: str, slot: Slot) -> None:
    rng = stage.rng
    side = _sign(act.name, rng) if name in _SIDED else 1.0
    quick = 0.6 if name in ("close_eyes", "gaze", "brows", "surprise") else 1.0
    rise = _rise(rng, act, slot, quick)
    overshoot = 0.0 if name == "close_eyes" else float(rng.uniform(0.0, 0.04)) * (2 if act.speed > 0 else 1)
    ends = slot.start + 0.62 * slot.length if act.back else slot.end
    release = max(0.25, min(0.5, 0.25 * slot.length))
    for channel, (low, high) in _POSES[name].items():
        early = 0.08 if channel.startswith("gaze") else 0.0
        target = side * _between(rng, low, high, act.extent)
        if channel == "yaw" and slot.start > 0.2:
            stage.add("yaw", -side * 2.5 * stage.window(slot.start - 0.3, slot.start + 0.3 * rise, 0.15))
        stage.move(channel, target, slot.start - early, rise, overshoot)
        sink = _SINKS.get((name, channel))
        if sink is not None:
            sinks_at = slot.start + rise + (sink.held if slot.alone else _HELD_AMONG_OTHERS_S)
            if sinks_at + sink.within < ends:
                target *= sink.share
                stage.move(channel, target, sinks_at, sink.within)
        if act.back or not slot.last:
            rest = 0.5 * target if name in _STAYS and not act.back else 0.0
            stage.move(channel, rest, ends - 0.5 * release, release)
    if name == "close_eyes":
        stage.shut.append((slot.start - 0.2, ends + 0.3))


_CAMERA_MOVES: dict[str, tuple[str, float, float]] = {
    "in_zoom": ("camera_zoom", 0.2, 0.34),
    "in_dolly": ("camera_dolly", 0.2, 0.34),
    "out_zoom": ("camera_zoom", -0.2, -0.34),
    "out_dolly": ("camera_dolly", -0.2, -0.34),
    "pan": ("camera_pan", 0.13, 0.2),
    "tilt_up": ("camera_tilt", 0.1, 0.17),
    "tilt_down": ("camera_tilt", -0.1, -0.17),
    "roll": ("camera_roll", 5.0, 8.5),
}


def _camera_move(stage: Performance, act: Act, name: str, slot: Slot, gain: float) -> None:
    rng = stage.rng
    channel, low, high = _CAMERA_MOVES[name]
    side = _sign(act.name, rng) if name in ("pan", "roll") else 1.0
    share = {-1: (0.85, 1.0), 0: (0.6, 0.95), 1: (0.12, 0.25)}[act.speed]
    rise = max(0.3, slot.length * float(rng.uniform(*share)))
    stage.move(channel, gain * side * _between(rng, low, high, act.extent), slot.start, rise)


def _nod(stage: Performance, act: Act, slot: Slot) -> None:
    _oscillate(stage, act, slot, "pitch", -_between(stage.rng, 15.5, 18.5, act.extent), lopsided=True)


def _shake(stage: Performance, act: Act, slot: Slot) -> None:
    size = _between(stage.rng, 14.0, 18.5, act.extent) * float(stage.rng.choice((-1.0, 1.0)))
    _oscillate(stage, act, slot, "yaw", size, lopsided=False)


def _oscillate(stage: Performance, act: Act, slot: Slot, channel: str, size: float, lopsided: bool) -> None:
    """A few swings that die away; lopsided ones go to one side and back to rest."""
    rng = stage.rng
    # Nods keep nearly one pace: a small model that cannot foretell the pace averages them into a bow.
    paces = {-1: (1.02, 1.08), 0: (1.44, 1.5), 1: (1.74, 1.82)} if lopsided else {
        -1: (0.75, 1.0), 0: (1.15, 1.6), 1: (1.6, 2.0)
    }  # fmt: skip
    hertz = float(rng.uniform(*paces[act.speed]))
    room = slot.length - 0.1
    cycles = max(1.0, min(3.0 if lopsided else float(rng.integers(3, 5)), np.floor(room * hertz)))
    hertz = max(hertz, cycles / max(room, 0.3))
    end = slot.start + cycles / hertz
    local_F = np.clip(stage.time_F - slot.start, 0, cycles / hertz)
    fade_F = 1 - 0.2 * local_F * hertz / cycles
    turns_F = 2 * np.pi * hertz * local_F
    wave_F = 0.5 - 0.5 * np.cos(turns_F) if lopsided else np.sin(turns_F)
    stage.add(channel, size * wave_F * fade_F * stage.window(slot.start - 0.1, end + 0.1, 0.1))


def _talk(stage: Performance, act: Act, slot: Slot) -> None:
    """Syllables at 3.5–5 a second, in phrases with short pauses; the jaw opens, the lips widen and round."""
    rng = stage.rng
    end = slot.end - min(0.15, 0.1 * slot.length)
    jaw_F = np.zeros(stage.frames)
    wide_F = np.zeros(stage.frames)
    now = slot.start
    while now < end - 0.12:
        length = float(rng.uniform(0.19, 0.3)) * {-1: 1.25, 0: 1.0, 1: 0.85}[act.speed]
        height = _between(rng, 0.85, 1.3, act.extent)
        bell_F = np.exp(-(((stage.time_F - now - 0.5 * length) / (0.33 * length)) ** 2))
        jaw_F += height * bell_F
        wide_F += float(rng.uniform(-0.6, 0.6)) * bell_F
        now += length + (float(rng.uniform(0.2, 0.4)) if rng.random() < 0.12 else 0.0)
    window_F = stage.window(slot.start - 0.05, end + 0.1, 0.1)
    stage.add("jaw", np.minimum(jaw_F, _WIDEST) * window_F)
    stage.add("mouth_wide", wide_F * window_F)
    stage.add("pitch", stage.drift(0.7, 0.8) * window_F)
    stage.add("brows", stage.drift(0.05, 0.7) * window_F)


def _laugh(stage: Performance, act: Act, slot: Slot) -> None:
    rng = stage.rng
    rise = _rise(rng, act, slot, 0.7)
    stage.move("smile", _between(rng, 0.85, 1.0, act.extent), slot.start, rise, 0.03)
    beat_F = 0.5 - 0.5 * np.cos(2 * np.pi * float(rng.uniform(2.6, 3.4)) * (stage.time_F - slot.start))
    window_F = stage.window(slot.start, slot.end - 0.1, 0.3)
    stage.add("jaw", (0.3 + 0.3 * beat_F) * window_F)
    stage.add("pitch", 1.5 * beat_F * window_F)


def _blink(stage: Performance, act: Act, slot: Slot) -> None:
    for i in range(int(stage.rng.integers(2, 4))):
        at = slot.start + 0.15 + i * float(stage.rng.uniform(0.4, 0.55))
        if at < slot.end:
            stage.add("blink", _lid(stage, at))
    stage.shut.append((slot.start, slot.end))


def _lid(stage: Performance, at: float) -> np.ndarray:
    """A natural blink around `at`: down and up again within 0.22 s."""
    return np.clip(1.25 * np.exp(-(((stage.time_F - at) / 0.065) ** 2)), 0, 1)


def _face_camera(stage: Performance, act: Act, slot: Slot) -> None:
    rise = _rise(stage.rng, act, slot)
    for channel in ("yaw", "pitch", "roll", "gaze_x", "gaze_y"):
        stage.move(channel, 0.0, slot.start, rise)


def _open_eyes(stage: Performance, act: Act, slot: Slot) -> None:
    stage.move("blink", 0.0, slot.start, _rise(stage.rng, act, slot, 0.6))


def _handheld(stage: Performance, act: Act, slot: Slot) -> None:
    stage.move(
        "camera_shake", _between(stage.rng, 0.5, 1.0, act.extent), 0.0, 0.4
    )  # the whole shot, not a moment of it


_GESTURES = {
    "nod": _nod, "shake": _shake, "talk": _talk, "laugh": _laugh, "blink": _blink, "face": _face_camera,
    "open_eyes": _open_eyes, "handheld": _handheld,
}  # fmt: skip


def _idle(stage: Performance, clip: float) -> None:
    """Life: the head is never quite still, the eyes wander a little and blink; the camera stands."""
    rng = stage.rng
    fade_F = np.clip(stage.time_F / 0.5, 0, 1)  # the clip begins as the photo is
    for channel, size, hertz in (("yaw", 0.6, 0.35), ("pitch", 0.35, 0.35), ("roll", 0.4, 0.3)):
        stage.add(channel, stage.drift(size * float(rng.uniform(0.6, 1.3)), hertz) * fade_F)
    stage.add("gaze_x", stage.drift(0.05, 0.5) * fade_F)
    stage.add("gaze_y", stage.drift(0.03, 0.5) * fade_F)
    stage.add("smile", stage.drift(0.025, 0.25) * fade_F)
    stage.add("brows", stage.drift(0.02, 0.3) * fade_F)
    at = float(rng.uniform(0.4, 3.0))
    while at < clip - 0.5:  # no clip ends on a blink
        if not any(start < at < end for start, end in stage.shut):
            stage.add("blink", _lid(stage, at))
        at += float(rng.uniform(2.0, 4.5))
