"""The matte: hair kept, nothing of the background carried along, the same bytes each time."""

from __future__ import annotations

import cv2
import numpy as np

from inference.motion.matte import CutOut, cut_out
from inference.motion.matting import own_colours, solve_alpha
from inference.motion.mesh import fit_mesh
from tests.bench.previs_matte import before, edge_error, with_hairs
from tests.inference.motion.shots import Rgb, actor, faces_in, models
from tests.photos import photo


def cut(rgb: Rgb) -> CutOut:
    return cut_out(models(), rgb, fit_mesh(models(), rgb, faces_in(rgb)[0]).points_N3[:, :2])


def test_alpha_that_is_linear_in_the_colours_is_found() -> None:
    truth = np.clip((np.arange(48, dtype=np.float32) - 16) / 16, 0, 1)[None, :].repeat(40, axis=0)
    rgb = truth[..., None] * np.float32([0.8, 0.3, 0.2]) + (1 - truth[..., None]) * np.float32([0.1, 0.2, 0.7])
    trimap = np.full(truth.shape, 0.5, np.float32)
    trimap[:, :12], trimap[:, 36:] = 0, 1
    found = solve_alpha(rgb, trimap, np.full_like(truth, 0.5))
    assert np.abs(found - truth).max() < 0.05
    person, behind = own_colours(rgb, truth)
    assert np.abs(truth[..., None] * person + (1 - truth[..., None]) * behind - rgb).max() < 0.02


def test_a_trimap_without_doubt_is_the_alpha() -> None:
    trimap = np.zeros((8, 8), np.float32)
    trimap[2:6] = 1
    assert (solve_alpha(np.zeros((8, 8, 3), np.float32), trimap, trimap) == trimap).all()


def test_hairs_before_a_street_come_along_without_the_street() -> None:
    rgb = photo("person_b_2")
    face_N2 = actor("person_b_2").mesh.points_N3[:, :2]
    person, alpha, hairs = with_hairs(actor("person_b_2").cutout, face_N2)
    found = cut_out(models(), before(person, alpha, "street"), face_N2)
    assert found.alpha_HW.shape == rgb.shape[:2]
    assert edge_error(person, alpha, found) < 10
    assert np.minimum(found.alpha_HW, hairs).sum() > 0.5 * hairs.sum()


def test_what_stands_behind_the_head_is_not_worn_as_horns() -> None:
    rgb = photo("person_a_2").copy()
    first = cut(rgb).alpha_HW
    top = int(np.flatnonzero(first.max(axis=1) > 0.5)[0])
    column = int(np.flatnonzero(first[top] > 0.5).mean())
    for side in (-60, 60):  # two flagpoles that end in the hair
        cv2.line(rgb, (column + side, 0), (column + side // 2, top + 30), (170, 40, 50), 14, cv2.LINE_AA)
    assert cut(rgb).alpha_HW[: max(1, top - 25)].mean() < 0.01


def test_the_same_photo_is_cut_to_the_same_bytes() -> None:
    one, other = cut(photo("person_a_1")), cut(photo("person_a_1"))
    assert one.alpha_HW.tobytes() == other.alpha_HW.tobytes()
    assert one.person_rgb.tobytes() == other.person_rgb.tobytes()
    assert one.plate_rgb.tobytes() == other.plate_rgb.tobytes()
