"""The pose picture is the published one: its points, limbs, colours and widths, and the cut of the face beside it."""

from __future__ import annotations

import numpy as np
import pytest

from inference.motion.key_points import BODY_POINTS, FACE_POINTS, body_points, face_box
from inference.motion.models import Floats
from inference.motion.pose_picture import COLOURS, LIMBS, draw_pose, half_width

# Wan-Video/Wan2.2, wan/modules/animate/preprocess/human_visualization.py, draw_aapose_new: counted from 1 as there.
PUBLISHED_LIMBS = (
    "2-3 2-6 3-4 4-5 6-7 7-8 2-9 9-10 10-11 2-12 12-13 13-14 2-1 1-15 15-17 1-16 16-18 14-19 11-20"
)  # fmt: skip
PUBLISHED_COLOURS = (
    "ff0000 ff5500 ffaa00 ffff00 aaff00 55ff00 00ff00 00ff55 00ffaa 00ffff 00aaff 0055ff 0000ff 5500ff aa00ff ff00ff "
    "ff00aa ff0055 c8c800 646400"
)
NECK, LEFT_SHOULDER, RIGHT_SHOULDER, RIGHT_EAR = 1, 2, 5, 17


def test_limbs_and_colours_are_the_published_ones_in_the_published_order() -> None:
    assert " ".join(f"{start + 1}-{end + 1}" for start, end in LIMBS) == PUBLISHED_LIMBS
    assert " ".join(bytes(colour).hex() for colour in COLOURS) == PUBLISHED_COLOURS


@pytest.mark.parametrize(
    ("size", "thick"), [((1920, 1080), 4), ((1280, 720), 2), ((720, 1280), 2), ((832, 480), 1), ((64, 64), 1)]
)
def test_lines_are_as_thick_as_the_published_ones(size: tuple[int, int], thick: int) -> None:
    assert half_width(*size) == thick


def on_a_circle() -> Floats:
    """All twenty points, far from one another, none of their limbs over the middle of another."""
    angle = np.arange(BODY_POINTS) / BODY_POINTS * 2 * np.pi
    at = np.stack([640 + 520 * np.cos(angle), 360 + 320 * np.sin(angle)], axis=1)
    return np.hstack([at, np.ones((BODY_POINTS, 1))]).astype(np.float32)


def test_joints_are_bright_and_limbs_six_tenths_of_their_colour() -> None:
    body = on_a_circle()
    picture = draw_pose(body[None], 1280, 720)
    for (x, y, _), colour in zip(body, COLOURS, strict=True):
        assert tuple(picture[int(y), int(x)]) == colour
    for limb, colour in zip(LIMBS, COLOURS, strict=False):
        alone = np.zeros_like(body)
        alone[list(limb)] = body[list(limb)]
        x, y = body[list(limb), :2].mean(axis=0)
        assert tuple(draw_pose(alone[None], 1280, 720)[int(y), int(x)]) == tuple(int(value * 0.6) for value in colour)
    assert len({tuple(pixel) for pixel in picture.reshape(-1, 3)} - {(0, 0, 0)}) <= len(COLOURS) + len(LIMBS)


def test_a_point_that_is_not_surely_seen_is_left_out_with_its_limbs() -> None:
    whole, hidden = on_a_circle(), on_a_circle()
    hidden[NECK, 2] = 0.49
    seen = {tuple(pixel) for pixel in draw_pose(hidden[None], 1280, 720).reshape(-1, 3)}
    assert COLOURS[NECK] not in seen
    of_neck = [
        tuple(int(v * 0.6) for v in colour) for limb, colour in zip(LIMBS, COLOURS, strict=False) if NECK in limb
    ]
    assert len(of_neck) == 5
    assert not seen & set(of_neck)
    assert COLOURS[NECK] in {tuple(pixel) for pixel in draw_pose(whole[None], 1280, 720).reshape(-1, 3)}


def a_face(left: float, top: float, right: float, bottom: float) -> Floats:
    """68 points whose box is that one, the eyes and the nose somewhere within."""
    points = np.tile(np.array([(left + right) / 2, (top + bottom) / 2]), (len(FACE_POINTS), 1))
    points[0], points[8], points[16], points[19] = (
        (left, top + 9),
        (left + 9, bottom),
        (right, top + 9),
        (left + 9, top),
    )
    return points


def test_a_bust_has_what_the_previs_has_and_no_arms() -> None:
    body = body_points(a_face(500, 100, 700, 400), np.array([[350.0, 600.0], [850.0, 610.0]]), 1280, 720)
    assert set(np.flatnonzero(body[:, 2])) == {0, 1, 2, 5, 14, 15, 16, 17}
    assert body[NECK].tolist() == [600.0, 605.0, 1.0], "the middle of the shoulders"
    assert body[LEFT_SHOULDER, 0] < body[RIGHT_SHOULDER, 0], "the person's right is the viewer's left"


@pytest.mark.parametrize(("away", "neck"), [(1, 0.5), (2, 0.0)])
def test_shoulders_outside_the_picture_are_not_seen(away: int, neck: float) -> None:
    shoulders = np.array([[350.0, 600.0], [850.0, 610.0]])
    shoulders[:away, 1] = 800
    body = body_points(a_face(500, 100, 700, 400), shoulders, 1280, 720)
    assert (body[LEFT_SHOULDER, 2], body[NECK, 2]) == (0.0, neck)
    drawn = {tuple(pixel) for pixel in draw_pose(body[None], 1280, 720).reshape(-1, 3)}
    assert (COLOURS[NECK] in drawn) == (neck >= 0.5)
    assert COLOURS[RIGHT_EAR] in drawn, "of the points of the head, which lie on one another here, the last one drawn"


def test_the_face_is_cut_as_published() -> None:
    """utils.py, get_face_bboxes at scale 1.3: 100 × 200 px grow by 14.02 and 28.04, three quarters of these upwards."""
    assert face_box(a_face(100, 200, 200, 400), 1280, 720) == (92, 207, 178, 407)
    assert face_box(a_face(0, 10, 1280, 720), 1280, 720) == (0, 1280, 0, 720), "no further than the picture"
