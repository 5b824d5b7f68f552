"""The far side: what a turned photo hides is drawn from its like across the face, only when it is turned into view."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from inference.motion.shot_renderer import Stage
from inference.motion.warp import sample_grid
from tests.inference.motion.shots import actor, params, stage

TURNED, FRONTAL = "person_a_2", "astronaut"


def _without(name: str) -> Stage:
    return Stage([(replace(actor(name), far_side=None), "centre")], None, "cu", 512, 512)


def test_a_frontal_photo_has_no_far_side() -> None:
    assert abs(actor(FRONTAL).mesh.yaw_deg) < 2
    assert actor(FRONTAL).far_side is None


def test_the_far_side_is_the_one_that_the_photo_turns_to() -> None:
    acted = actor(TURNED)
    assert acted.mesh.yaw_deg < -8
    assert acted.far_side is not None
    assert acted.far_side.side == -1
    shares = sample_grid(acted.far_side.share_HW, acted.head, acted.mesh.points_N3[[205, 425, 129, 358], :2])
    left_cheek, right_cheek, left_of_nose, right_of_nose = shares[:, 0]
    assert min(left_cheek, left_of_nose) > 0.5
    assert max(right_cheek, right_of_nose) < 0.001


def test_a_place_and_its_like_are_mirror_images() -> None:
    acted = actor(TURNED)
    assert acted.far_side is not None
    for one, other in ((61, 291), (205, 425), (105, 334), (129, 358)):
        there = acted.mesh.points_N3[one, :2] + sample_grid(
            acted.far_side.to_like_HW2, acted.head, acted.mesh.points_N3[[one], :2]
        )
        assert np.linalg.norm(there - acted.mesh.points_N3[other, :2]) < 0.03 * acted.head.width_px


def test_eyes_are_never_mirrored() -> None:
    for name in (TURNED, "person_b_2"):
        acted = actor(name)
        assert acted.far_side is not None
        for eye in (acted.mesh.left_eye, acted.mesh.right_eye):
            around = eye.iris_centre_2 + eye.iris_radius_px * np.array([[0, 0], [-1, 0], [1, 0], [0, -1], [0, 1]])
            assert sample_grid(acted.far_side.share_HW, acted.head, around).max() < 0.15


def test_rest_and_turns_to_the_photos_own_side_are_the_photo() -> None:
    shot, plain = stage((TURNED, "centre")), _without(TURNED)
    for yaw in (0, -10):
        assert (shot.draw(params(yaw=yaw)) == plain.draw(params(yaw=yaw))).all()
    assert (shot.draw(params(yaw=20)) != plain.draw(params(yaw=20))).any()


def test_the_far_side_comes_gradually_and_changes_the_face_alone() -> None:
    shot, plain = stage((TURNED, "centre")), _without(TURNED)
    changes = []
    for yaw in range(0, 26, 2):
        change = np.abs(shot.draw(params(yaw=yaw)).astype(int) - plain.draw(params(yaw=yaw))).max(axis=2)
        changes.append(float(change.mean()))
    assert changes[1] < 0.1 * max(changes)
    assert max(np.diff(changes)) < 0.3 * max(changes)
    assert (change > 2).mean() < 0.12
