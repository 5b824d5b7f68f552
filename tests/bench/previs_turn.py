"""Turning: what swells, who it still is, and whether a second outline shows while one photo gives way to another.

Swelling: the near ear and the hair beside the face are painted over in the photo, and counted in the frames. Outlines:
the person's alpha is what differs between a frame before black and one before white; along rays from the face it falls
once, within a few pixels, where there is one outline. Identity: cosine to the photo from the front, against that of the
photo of the side. The further photo is a stand-in (tests/turned_photos.py): no package carries one person from several
sides.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from inference.identity.pack import Faces, default_settings, load_faces
from inference.motion.actor import Actor, prepare_actor
from inference.motion.figure import prepare_figure
from inference.motion.mesh import fit_mesh
from inference.motion.parameters import INDEX, NAMES, Track
from inference.motion.shot_renderer import Stage
from inference.motion.side_view import show_sides
from inference.registry.face_pack import ensure_face_pack
from inference.registry.packaged import default_cache_dir
from tests.bench.outcome import Outcome, Report
from tests.bench.previs_identity import template_of
from tests.bench.previs_scene import face_models, largest_face, photos
from tests.turned_photos import turned_photo

Rgb = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

SIZE = (512, 512)
SWELLING_AT_DEG = 25.0
_PAINT = np.array([255, 0, 255], np.uint8)
_GREEN = np.array([20, 235, 20], np.uint8)
_GREY = np.array([150, 150, 150], np.uint8)  # whose light changes no colour of a face
_EAR_WIDE, _EAR_HIGH = 0.22, 0.25  # face widths beyond the face's outline; face heights about its middle
_RAYS = np.radians(np.arange(150, 391, 6))  # over the head, from ear to ear
_HALF = (0.2, 0.8)  # alpha between which a pixel is neither person nor plate


def run(report: Report) -> Outcome:
    """`scripts/bench previs_turn`."""
    outcome = Outcome()
    faces = load_faces(default_settings(ensure_face_pack(default_cache_dir()), threads=2))
    swollen: dict[str, float] = {}
    lost: dict[str, float] = {}
    rims: dict[str, float] = {}
    reached: dict[str, float] = {}
    for name, rgb in photos().items():
        report(f"turn: {name}")
        front = prepare_actor(face_models(), rgb, largest_face(rgb))
        swollen |= {f"{name} {part}": size for part, size in swelling(front).items()}
        for side in (-1, 1):
            photo = turned_photo(face_models(), rgb, largest_face(rgb), side * 26.4)
            turning = Turning(show_sides(front, [prepare_actor(face_models(), photo, largest_face(photo))]))
            key = f"{name} {'right' if side > 0 else 'left'}"
            lost[key] = identity_lost(faces, turning, rgb, photo, side)
            rims[key] = widest_rim(turning, side)
            reached[key] = side * seen_yaw(turning.draw(turning.farthest(side)))
    for what, figures in (("swelling", swollen), ("identity_lost", lost), ("rim_px", rims), ("seen_yaw_deg", reached)):
        outcome.note(what, {name: round(value, 3) for name, value in figures.items()})
    outcome.check("swelling_most", round(max(swollen.values()), 3), "<=", 0.06)
    outcome.check("identity_lost_most", round(max(lost.values()), 3), "<=", 0.05)
    outcome.check("rim_px_most", round(max(rims.values()), 1), "<=", 4.0)
    outcome.check("seen_yaw_least_deg", round(min(reached.values()), 1), ">=", 29.0)
    return outcome


class Turning:
    """An actor before a plate of one colour."""

    def __init__(self, actor: Actor, colour_3: npt.NDArray[np.uint8] = _GREY) -> None:
        self.actor = actor
        self._stage = Stage([(actor, "centre")], np.full((64, 64, 3), colour_3, np.uint8), "cu", *SIZE)
        (self._stand,) = self._stage.stands
        self._unlit = prepare_figure(actor, self._stand.scale)

    def draw(self, yaw_deg: float) -> Rgb:
        """Seen turned by `yaw_deg` from the camera."""
        return self._stage.draw(self._params(yaw_deg)[None])

    def alpha(self, yaw_deg: float) -> Floats:
        """How much of each pixel is the person's, by how unlike frames before black and before white are there."""
        black, white = (
            self._unlit.draw(np.full((*SIZE[::-1], 3), level, np.uint8), self._stand.affine, self._params(yaw_deg))
            for level in (0, 255)
        )
        return np.asarray(1 - (white.astype(np.float32) - black).mean(axis=2) / 255, np.float32)

    @property
    def middle_2(self) -> Floats:
        """Of the face at rest, in the frame."""
        return np.asarray(self._stand.scale * self.actor.face_centre_2 + self._stand.offset_2, np.float32)

    def _params(self, yaw_deg: float) -> Track:
        params_P = np.zeros(len(NAMES), np.float32)
        params_P[INDEX["yaw"]] = yaw_deg - self.actor.mesh.yaw_deg
        return params_P

    def farthest(self, side: int) -> float:
        """Degrees from the camera."""
        return self.actor.reach.right if side > 0 else self.actor.reach.left


def swelling(actor: Actor) -> dict[str, float]:
    """By what share the near ear, and the hair on that side, is larger in a frame at ±25° than at the photo's pose."""
    grown: dict[str, float] = {}
    for side in (-1, 1):
        for part, mask in _beside_the_face(actor, side).items():
            painted = Turning(_painted(actor, mask), _GREEN)
            still, turned = (_count(painted.draw(yaw)) for yaw in (actor.mesh.yaw_deg, _at_25(actor, side)))
            if still > 60:  # pixels: an ear that the hair covers is none
                grown[f"{part} {'right' if side > 0 else 'left'}"] = turned / still - 1
    return grown


def _at_25(actor: Actor, side: int) -> float:
    low, high = actor.reach
    return float(np.clip(side * SWELLING_AT_DEG, low, high))


def _beside_the_face(actor: Actor, side: int) -> dict[str, npt.NDArray[np.bool_]]:
    """Ear and hair that a turn to `side` brings nearer: those on the other side of the picture."""
    mesh, head = actor.mesh, actor.head
    height, width = actor.cutout.alpha_HW.shape
    y, x = np.indices((height, width), dtype=np.float32)
    middle = (mesh.points_N3[10, :2] + mesh.points_N3[152, :2]) / 2
    local = head.upright(np.stack([x, y], axis=-1).reshape(-1, 2), middle).reshape(height, width, 2)
    face = np.ones((height, width), np.uint8)
    cv2.fillConvexPoly(face, np.round(cv2.convexHull(mesh.points_N3[:, :2].astype(np.float32))).astype(np.int32), 0)
    away = cv2.distanceTransform(face, cv2.DIST_L2, cv2.DIST_MASK_5) / head.width_px
    near = (away > 0.02) & (actor.cutout.alpha_HW > 0.7) & (local[..., 0] * side < 0)
    down = local[..., 1] / head.height_px
    return {"ear": near & (away < _EAR_WIDE) & (np.abs(down) < _EAR_HIGH), "hair": near & (down < -0.05)}


def _painted(actor: Actor, mask: npt.NDArray[np.bool_]) -> Actor:
    person = actor.cutout.person_rgb.copy()
    person[mask] = _PAINT
    return replace(actor, cutout=replace(actor.cutout, person_rgb=person))


def _count(frame: Rgb) -> float:
    return float((np.abs(frame.astype(int) - _dimmed(frame)).sum(axis=2) < 120).sum())


def _dimmed(frame: Rgb) -> npt.NDArray[np.int_]:
    """The paint in the plate's light, which may take a little of each colour."""
    bright = frame.reshape(-1, 3).astype(int)
    likely = bright[(bright[:, 0] > 120) & (bright[:, 1] < 90) & (bright[:, 2] > 120)]
    return np.median(likely, axis=0).astype(int) if len(likely) else _PAINT.astype(int)


def identity_lost(faces: Faces, turning: Turning, front: Rgb, photo: Rgb, side: int) -> float:
    """How much less like the photo from the front a frame of the turn is than the photo of the side, at worst."""
    template = template_of(faces, front)
    frozen = float(template_of(faces, photo) @ template)
    between = [side * yaw for yaw in np.linspace(0, abs(seen_yaw(photo)), 7)]
    return max(frozen - float(template_of(faces, turning.draw(yaw)) @ template) for yaw in between)


def seen_yaw(frame: Rgb) -> float:
    """By the mesh network, run anew on the frame."""
    return fit_mesh(face_models(), frame, largest_face(frame)).yaw_deg


def widest_rim(turning: Turning, side: int) -> float:
    """The longest stretch of a ray, pixels, on which a frame of the turn is neither person nor plate; less that of the
    photos alone, whose soft hair is no second outline."""
    (view,) = turning.actor.sides
    rims = {yaw: rim_px(turning.alpha(side * yaw), turning.middle_2) for yaw in np.arange(0.0, 32.0, 1.5)}
    going_over = {yaw for yaw in rims if 0 < view.share(side * yaw) < 1}
    return max(0.0, max(rims[yaw] for yaw in going_over) - max(rims[yaw] for yaw in rims.keys() - going_over))


def rim_px(alpha: Floats, middle_2: Floats) -> float:
    """The 95th percentile over rays from the middle of the face: one hair more or less is no outline."""
    along = np.arange(0.12 * SIZE[1], 0.75 * SIZE[1], 0.5)
    spans = []
    for angle in _RAYS:
        at = (middle_2 + along[:, None] * np.array([np.cos(angle), np.sin(angle)])).astype(np.float32)
        ray = cv2.remap(alpha, at[None], None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0]
        spans.append(_longest((ray > _HALF[0]) & (ray < _HALF[1])) / 2)
    return float(np.percentile(spans, 95))


def _longest(marks: npt.NDArray[np.bool_]) -> int:
    longest = run = 0
    for mark in marks:
        run = run + 1 if mark else 0
        longest = max(longest, run)
    return longest
