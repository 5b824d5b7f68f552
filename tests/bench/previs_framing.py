"""Framing: how high a face is in the frame, from extreme close-up to wide, in every shape, and who is in the picture.

Chin, hairline, hair and cheeks were marked by hand in each photo. In a drawn frame YuNet finds eyes and mouth, which
had no part in the layout; their distance there over that in the photo is the scale, and the marks follow from it.
"""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass

import cv2
import numpy as np

from inference.motion.actor import Actor, prepare_actor
from inference.motion.parameters import NAMES
from inference.motion.shot_renderer import PlateSource, Stage
from inference.protocol import FRAMINGS, BackdropPlate, Framing, Placement
from inference.registry.packaged import FACES, default_cache_dir, require
from tests.bench.outcome import Outcome, Report
from tests.bench.previs_patches import Array, Rgb
from tests.bench.previs_scene import face_models, largest_face
from tests.photos import people

# Rows of the photo (shares of its height): top of the hair, hairline, chin; columns: cheek and cheek, at the ears.
_MARKS: dict[str, tuple[float, float, float, float, float]] = {
    "astronaut": (0.030, 0.145, 0.340, 0.350, 0.535),
    "person_a_2": (0.055, 0.165, 0.645, 0.288, 0.722),
    "person_b_2": (0.025, 0.115, 0.585, 0.308, 0.692),
    "impostor_2": (0.105, 0.210, 0.665, 0.320, 0.686),
}
_HEIGHT: dict[Framing, tuple[float, float]] = {
    "ecu": (0.78, 1.0), "cu": (0.42, 0.60), "mcu": (0.30, 0.40), "ms": (0.20, 0.28), "ws": (0.0, 0.12)
}  # fmt: skip
_FILLS = 0.90  # of the frame's width: an extreme close-up where the frame is narrow
SHAPES = {
    "16:9": (768, 432), "9:16": (432, 768), "1:1": (512, 512), "4:3": (640, 480), "2.39:1": (768, 322)
}  # fmt: skip
_HELD_TO = ("16:9", "9:16", "1:1")
_PLATES: dict[str, PlateSource] = {"own": None, "street": BackdropPlate(name="street")}
_GROUPS: tuple[tuple[tuple[str, Placement], ...], ...] = (
    (("astronaut", "left"), ("impostor_2", "right")),
    (("astronaut", "left"), ("person_a_2", "centre"), ("person_b_2", "right")),
)
_LOOKS_PX = (416, 512, 640, 768, 900)  # the detector errs by some hundredths from size to size


@dataclass(frozen=True)
class Framed:
    """Shares of the frame: the face's height and width, where the top of the hair is, and the face's middle."""

    height: float
    width: float
    hair_top: float
    across: float

    def is_of(self, framing: Framing) -> bool:
        """Whether the face is as high as the framing says, or, very close, as wide as the frame."""
        least, most = _HEIGHT[framing]
        return least <= self.height <= most or (framing == "ecu" and self.width >= _FILLS)


def run(report: Report) -> Outcome:
    """`scripts/bench previs_framing`."""
    outcome = Outcome()
    photos = {name: rgb for shown in people().values() for name, rgb in shown}
    actors = {name: prepare_actor(face_models(), photos[name], largest_face(photos[name])) for name in _MARKS}
    seen: dict[tuple[str, str, str, Framing], Framed | None] = {}
    for (shape, size), (plate, source) in itertools.product(SHAPES.items(), _PLATES.items()):
        report(f"framing: {shape}, plate {plate}")
        for name, framing in itertools.product(_MARKS, FRAMINGS):
            frame = Stage([(actors[name], "centre")], source, framing, *size).draw(_rest(1))
            seen[shape, plate, name, framing] = frame_of(frame, photos[name], name)
    _weigh(outcome, seen)
    _check_groups(outcome, actors, report)
    return outcome


def _weigh(outcome: Outcome, seen: dict[tuple[str, str, str, Framing], Framed | None]) -> None:
    """Heights against what the framings mean, and the air over the hair."""
    for shape, framing in itertools.product(SHAPES, FRAMINGS):
        heights = [one.height for key, one in seen.items() if one and (key[0], key[3]) == (shape, framing)]
        outcome.note(f"{framing} {shape}", [round(min(heights), 3), round(max(heights), 3)] if heights else None)
    held = {key: one for key, one in seen.items() if key[0] in _HELD_TO}
    wrong = [[*key, _told(one)] for key, one in held.items() if one is None or not one.is_of(key[3])]
    outcome.note("frames", len(seen))
    outcome.note("outside", wrong)
    outcome.check("as_the_framing_says_share", round(1 - len(wrong) / len(held), 3), ">=", 1.0)
    tops = {framing: [one.hair_top for key, one in seen.items() if one and key[3] == framing] for framing in FRAMINGS}
    outcome.note("hair_top", {framing: [round(min(of), 3), round(max(of), 3)] for framing, of in tops.items()})
    outcome.check("headroom_least", round(min(*tops["mcu"], *tops["ms"], *tops["ws"]), 3), ">=", 0.02)


def _check_groups(outcome: Outcome, actors: dict[str, Actor], report: Report) -> None:
    """Two and three in one frame: everybody's face is found, and nobody's lies over another's."""
    plate, lost = BackdropPlate(name="living-room"), []
    shots = [*itertools.product(_GROUPS, SHAPES.items(), FRAMINGS)]
    for cast, (shape, size), framing in shots:
        report(f"framing: {len(cast)} people, {shape}, {framing}")
        stage = Stage([(actors[name], place) for name, place in cast], plate, framing, *size)
        boxes = find_faces(stage.draw(_rest(len(cast))))
        if len(boxes) != len(cast) or any(_overlap(*pair) for pair in itertools.combinations(boxes, 2)):
            lost.append([len(cast), shape, framing, len(boxes)])
    outcome.note("groups_outside", lost)
    outcome.check("groups_whole_share", round(1 - len(lost) / len(shots), 3), ">=", 1.0)


def _told(one: Framed | None) -> str:
    return "no face" if one is None else f"{one.height:.3f} high, {one.width:.3f} wide"


def _rest(people: int) -> Array:
    return np.zeros((people, len(NAMES)), np.float32)


def frame_of(frame: Rgb, photo: Rgb, name: str) -> Framed | None:
    """Where the marks of the photo lie in the frame; None where no face is found."""
    there, here = _points(photo), _points(frame)
    if here is None or there is None:
        return None
    top, hairline, chin, left, right = _MARKS[name]
    rows, columns = photo.shape[:2]
    height, width = frame.shape[:2]
    scale = _length(here) / _length(there)
    eyes_y, eyes_there_y = here[:2, 1].mean(), there[:2, 1].mean()
    middle_x = here[:, 0].mean() + scale * ((left + right) / 2 * columns - there[:, 0].mean())
    return Framed(
        height=float(scale * (chin - hairline) * rows / height),
        width=float(scale * (right - left) * columns / width),
        hair_top=float((eyes_y + scale * (top * rows - eyes_there_y)) / height),
        across=float(middle_x / width),
    )


def _length(xy_52: Array) -> float:
    """How far eyes, nose and corners of the mouth lie about their middle."""
    return float(np.sqrt(((xy_52 - xy_52.mean(axis=0)) ** 2).sum(axis=1).mean()))


def _points(rgb: Rgb) -> Array | None:
    """Eyes, nose and corners of the mouth of the largest face [5, 2], pixels: the middle of several looks."""
    found = [faces[0][4:14] for longest in _LOOKS_PX if len(faces := _detect(rgb, longest))]
    return np.median(found, axis=0).reshape(5, 2) if found else None


def find_faces(rgb: Rgb) -> list[Array]:
    """x, y, width and height of every face."""
    return [face[:4] for face in _detect(rgb, _LOOKS_PX[-1])]


def _detect(rgb: Rgb, longest: int) -> list[Array]:
    """Faces, the largest first, looked for in a copy whose longer side is so many pixels; in pixels of the picture."""
    sized = longest / max(rgb.shape[:2])
    small = cv2.resize(rgb, None, fx=sized, fy=sized, interpolation=cv2.INTER_AREA if sized < 1 else cv2.INTER_CUBIC)
    net = _detector()
    net.setInputSize((small.shape[1], small.shape[0]))
    _, found = net.detect(cv2.cvtColor(small, cv2.COLOR_RGB2BGR))
    faces = [] if found is None else [np.asarray(face[:14], np.float64) / sized for face in found]
    return sorted(faces, key=lambda face: -float(face[2] * face[3]))


@functools.cache
def _detector() -> cv2.FaceDetectorYN:
    model = require(FACES, default_cache_dir()) / "yunet.onnx"
    return cv2.FaceDetectorYN.create(str(model), "", (320, 320), 0.6)


def _overlap(one: Array, other: Array) -> bool:
    return bool(abs(one[0] + one[2] / 2 - other[0] - other[2] / 2) < 0.8 * (one[2] + other[2]) / 2)
