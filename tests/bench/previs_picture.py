"""The picture: a background that stays put, straight lines that stay straight, no frame that pops.

All clips are hand-set motion under a still camera: what is measured is the renderer, not the motion model. Three
stages a photo: its own background; the person before a plate of straight lines; and, hardest, a photo *with* straight
lines behind the person (the person is cut out and laid over them) on its own background, lines up to the hair.
"""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import numpy.typing as npt

from inference.motion.models import FaceModels
from inference.motion.parameters import FPS, NAMES, Track
from tests.bench.outcome import Outcome, Report
from tests.bench.previs_lookup import hand_written
from tests.bench.previs_scene import Scene, face_models, photos, scene_of

Rgb = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]

SIZE = (640, 360)
_ACTIONS = ("turn_left", "turn_right", "look_up", "nod", "shake_head", "tilt_left", "smile", "talk", "close_eyes")
_LINE_EVERY_PX = 26
_MARGIN = 0.012  # of the frame's width: how far outside the person's matte the background begins
_STILL = 0.25  # grey levels: below it a difference between frames is rounding, not motion
_NEIGHBOURS = 3
_UNCHANGED = 6  # grey levels: a visible line that moves by a tenth of a pixel changes by more


def run(report: Report) -> Outcome:
    """`scripts/bench previs_picture`."""
    outcome = Outcome()
    models = face_models()
    flows: dict[str, float | None] = {}
    lines: dict[str, float | None] = {}
    pops: dict[str, float | None] = {}
    for name, rgb in photos().items():
        report(f"picture: {name}")
        own = scene_of(rgb, SIZE)
        flows[name] = background_motion(own, models)
        pops[name] = worst_jump(own)
        lines[f"{name} before a plate of lines"] = background_motion(
            scene_of(rgb, SIZE, plate=line_pattern(SIZE)), models
        )
        lined = with_lines_behind(rgb, models)
        lines[f"{name} with lines in the photo"] = background_motion(scene_of(lined, SIZE), models)
    outcome.note("background_flow_px", rounded(flows))
    outcome.note("line_shift_px", rounded(lines))
    outcome.note("frame_jump", rounded(pops))
    outcome.check("background_flow_px_worst", round(worst_of(flows), 3), "<=", 0.5)
    outcome.check("line_shift_px_worst", round(worst_of(lines), 3), "<=", 1.0)
    outcome.check("frame_jump_worst", round(worst_of(pops), 2), "<=", 4.0)
    return outcome


def rounded(figures: dict[str, float | None]) -> dict[str, float | None]:
    return {name: value if value is None else round(value, 3) for name, value in figures.items()}


def worst_of(figures: dict[str, float | None]) -> float:
    """Of what could be measured. Raises ValueError where nothing could."""
    return max(value for value in figures.values() if value is not None)


def acting(frames: int = 10 * FPS) -> Track:
    """One long take: each action in turn, eased in and out, with blinks between."""
    each = frames // len(_ACTIONS)
    track_FP = np.zeros((each * len(_ACTIONS), len(NAMES)), np.float32)
    fade = np.clip(np.minimum(np.arange(each), np.arange(each)[::-1]) / 7, 0, 1)[:, None]
    for i, action in enumerate(_ACTIONS):
        track_FP[i * each : (i + 1) * each] = hand_written(action, each) * (fade * fade * (3 - 2 * fade))
    return track_FP


def background_motion(scene: Scene, models: FaceModels) -> float | None:
    """The 99.5th percentile, worst frame, of how far textured background moved from the rest frame, in px. None where
    the background has no edge that is sharp enough: a small photo's own place stands out of focus behind its person.

    Flow is read along the picture's gradient (across a line), for along it nothing can be seen to move; and where the
    picture did not change it is 0, whatever the flow of the person next to it spilled over.
    """
    track_FP = acting()[::3]
    rest = scene.draw(np.zeros(len(NAMES), np.float32))
    frames = [scene.draw(params_P) for params_P in track_FP]
    person = _person(models, [rest, *frames[::4]])
    grey = cv2.cvtColor(rest, cv2.COLOR_RGB2GRAY)
    unit_HW2, seen = _gradient(grey)
    where = seen & ~person
    if not where.any():
        return None
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    worst = 0.0
    for frame in frames:
        now = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
        across = np.abs((flow.calc(grey, now, None) * unit_HW2).sum(axis=2))
        across[cv2.dilate(cv2.absdiff(now, grey), np.ones((3, 3), np.uint8)) <= _UNCHANGED] = 0
        worst = max(worst, float(np.percentile(across[where], 99.5)))
    return worst


def _person(models: FaceModels, frames: list[Rgb]) -> Mask:
    """Wherever any of the frames shows the person, and a little around."""
    height, width = frames[0].shape[:2]
    matte = np.max([models.read_matte(frame) for frame in frames], axis=0)
    large = cv2.resize(matte, (width, height), interpolation=cv2.INTER_LINEAR) > 0.1
    around = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(_MARGIN * width) + 1,) * 2)
    return np.asarray(cv2.dilate(large.astype(np.uint8), around) > 0)


def _gradient(grey: Rgb) -> tuple[Floats, Mask]:
    """Unit gradient, and where it is strong enough for motion across it to be seen."""
    dx, dy = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    size = np.hypot(dx, dy)
    return np.dstack([dx, dy]) / (size[..., None] + 1e-6), size > 80


def worst_jump(scene: Scene) -> float:
    """The largest ratio of one frame-to-frame difference to the median of its neighbours'."""
    frames = [cv2.cvtColor(scene.draw(params_P), cv2.COLOR_RGB2GRAY) for params_P in acting()]
    return jump_ratio(frames)


def jump_ratio(frames: list[Rgb]) -> float:
    """As `worst_jump`, of any clip. Differences are mean absolute grey levels; stillness never counts as a jump."""
    steps = np.array([np.abs(b.astype(np.int16) - a).mean() for a, b in itertools.pairwise(frames)])
    worst = 0.0
    for i, step in enumerate(steps):
        near = [steps[j] for j in range(max(i - _NEIGHBOURS, 0), min(i + _NEIGHBOURS + 1, len(steps))) if j != i]
        worst = max(worst, float(step / max(float(np.median(near)), _STILL)))
    return worst


def line_pattern(size: tuple[int, int]) -> Rgb:
    """Thin dark lines, upright, level and slanted, on a light wall."""
    width, height = size
    wall = np.full((height, width, 3), (206, 200, 190), np.uint8)
    dark = (70, 74, 84)
    for x in range(_LINE_EVERY_PX // 2, width, _LINE_EVERY_PX):
        cv2.line(wall, (x, 0), (x, height), dark, 2, cv2.LINE_AA)
    for y in range(_LINE_EVERY_PX // 2, height, _LINE_EVERY_PX * 2):
        cv2.line(wall, (0, y), (width, y + height // 12), dark, 2, cv2.LINE_AA)
    return wall


def with_lines_behind(rgb_HWC_uint8: Rgb, models: FaceModels) -> Rgb:
    """The photo's person before a wall of straight lines, as one picture."""
    height, width = rgb_HWC_uint8.shape[:2]
    matte = cv2.resize(models.read_matte(rgb_HWC_uint8), (width, height))[..., None]
    alpha = np.clip((matte - 0.3) / 0.5, 0, 1)
    wall = cv2.resize(line_pattern((512, round(512 * height / width))), (width, height))
    lined: Rgb = (rgb_HWC_uint8 * alpha + wall * (1 - alpha)).round().astype(np.uint8)
    return lined
