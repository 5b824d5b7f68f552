"""A grin is given the calm mouth of another photo of the same man; nothing else of the photo changes."""

from __future__ import annotations

import functools

import cv2
import numpy as np
import pytest

from inference.motion.calm_mouth import can_lend, with_calm_mouth
from inference.motion.mesh import FaceMesh, fit_mesh
from inference.motion.neutral import measure_own
from tests.inference.motion.shots import Rgb, faces_in, models
from tests.photos import people, photo

GRINS, LENDS = "impostor_1", "obama3"


@functools.cache
def seen(name: str) -> tuple[Rgb, FaceMesh]:
    rgb = dict(people()["c"])[name] if name in dict(people()["c"]) else photo(name)
    return rgb, fit_mesh(models(), rgb, faces_in(rgb)[0])


@pytest.fixture(scope="module")
def calm() -> Rgb:
    return with_calm_mouth(*seen(GRINS), *seen(LENDS))


def test_the_grin_is_gone(calm: Rgb) -> None:
    before, after = measure_own(seen(GRINS)[1]), measure_own(fit_mesh(models(), calm, faces_in(calm)[0]))
    assert before.smile > 0.8
    assert after.smile < 0.4 * before.smile
    assert after.lips_apart < 0.5 * before.lips_apart


def test_eyes_hair_and_all_around_stay_as_they_were(calm: Rgb) -> None:
    rgb, mesh = seen(GRINS)
    changed = cv2.absdiff(calm, rgb).max(axis=2)
    low, high = mesh.points_N3[:, :2].min(axis=0), mesh.points_N3[:, :2].max(axis=0)
    around = np.ones(changed.shape, bool)
    reach = 0.25 * mesh.width_px
    (left, top), (right, bottom) = (low - reach).astype(int), (high + reach).astype(int) + 1
    around[top:bottom, left:right] = False
    assert not changed[around].any()
    after = fit_mesh(models(), calm, faces_in(calm)[0]).points_N3[:, :2]
    for eye in (33, 133, 362, 263):
        assert np.linalg.norm(after[eye] - mesh.points_N3[eye, :2]) < 0.02 * mesh.width_px


def test_the_lent_mouth_is_in_the_light_of_the_face(calm: Rgb) -> None:
    rgb, mesh = seen(GRINS)
    for point in (205, 425, 200, 187, 411):
        x, y = mesh.points_N3[point, :2].astype(int)
        here = slice(y - 4, y + 5), slice(x - 4, x + 5)
        assert np.abs(calm[here].mean(axis=(0, 1)) - rgb[here].mean(axis=(0, 1))).max() < 28


def test_who_cannot_lend_a_mouth() -> None:
    grin, calm_one = seen(GRINS)[1], seen(LENDS)[1]
    assert can_lend(grin, calm_one)
    assert not can_lend(calm_one, grin), "it grins itself"
    assert not can_lend(seen("person_a_2")[1], calm_one), "nothing to take out"
    assert not can_lend(seen("person_b_1")[1], seen("person_b_2")[1]), "both grin"
    assert not can_lend(seen("person_b_1")[1], seen("person_a_1")[1]), "75 px of a face"
