"""Breath, and hair behind the head: small, smooth, of the person alone, and the same for the same seed."""

from __future__ import annotations

import numpy as np

from inference.motion.direction.follow_through import follow_through
from inference.motion.grain import lay_grain
from inference.motion.parameters import FPS, INDEX, NAMES, Track
from tests.inference.motion.shots import params, stage


def acted(yaw_F: np.ndarray, opening_P: Track | None = None, seed: int = 1) -> Track:
    track_FP = np.zeros((len(yaw_F), len(NAMES)), np.float32)
    track_FP[:, INDEX["yaw"]] = yaw_F
    follow_through(track_FP, opening_P, np.random.default_rng(seed))
    return track_FP


def test_a_chest_breathes_at_a_resting_rate_and_is_never_quite_still() -> None:
    breath_F = acted(np.zeros(20 * FPS))[:, INDEX["breath"]]
    rises = int(((breath_F[1:] > 0) & (breath_F[:-1] <= 0)).sum())
    assert 3 <= rises <= 6
    assert np.abs(breath_F).max() <= 1
    assert np.abs(np.diff(breath_F)).max() < 0.1
    assert (breath_F == acted(np.zeros(20 * FPS))[:, INDEX["breath"]]).all()


def test_hair_is_a_frame_or_two_behind_a_head_that_turns_and_comes_to_rest_with_it() -> None:
    t = np.clip((np.arange(72) - 12) / 14, 0, 1)
    yaw_F = 24 * t * t * (3 - 2 * t)
    trail_F = acted(yaw_F)[:, INDEX["trail_yaw"]]
    turning = np.diff(yaw_F, append=yaw_F[-1]) > 0.8
    behind_frames = -trail_F[turning] / np.diff(yaw_F, append=yaw_F[-1])[turning]
    assert 0.5 < np.median(behind_frames) < 2.5
    assert np.abs(trail_F[-12:]).max() < 0.3
    assert trail_F.max() < 0.3 * np.abs(trail_F.min()), "it swings through a little, and hardly back"


def test_a_clip_that_goes_on_breathes_on() -> None:
    first_FP = acted(8 * np.sin(np.arange(50) / 5))
    second_FP = acted(np.full(24, first_FP[-1, INDEX["yaw"]]), first_FP[-1])
    following = [INDEX["breath"], INDEX["trail_yaw"]]
    assert np.allclose(second_FP[0, following], first_FP[-1, following], atol=1e-5)


def test_breath_and_trailing_hair_move_the_person_and_not_the_plate() -> None:
    wall = np.full((432, 768, 3), 215, np.uint8)
    wall[:, ::24] = 40
    shot = stage(("astronaut", "centre"), plate=wall, size=(384, 216))
    rest = shot.draw(params())
    for moved in (params(breath=1), params(trail_yaw=5), params(trail_roll=-5)):
        changed = np.abs(shot.draw(moved).astype(int) - rest).max(axis=2) > 3
        assert changed.any()
        assert not changed[:, :40].any()
        assert not changed[:, -40:].any()
    face = shot.stands[0].affine @ np.array([*shot.actors[0].face_centre_2, 1])
    x, y = (round(float(v)) for v in face)
    hair = np.abs(shot.draw(params(trail_yaw=5)).astype(int) - rest).max(axis=2)
    assert hair[y - 8 : y + 8, x - 8 : x + 8].max() <= 3, "the face itself does not trail"


def test_grain_is_seeded_moves_from_frame_to_frame_and_is_hardly_seen() -> None:
    grey = np.full((432, 768, 3), 120, np.uint8)
    one, again, next_one, other = (lay_grain(grey, *key) for key in ((3, 0), (3, 0), (3, 1), (4, 0)))
    assert (one == again).all()
    assert (one != next_one).mean() > 0.5
    assert (one != other).mean() > 0.5
    assert 1.0 < one.astype(float).std() < 2.5
    assert abs(one.mean() - 120) < 0.1
    assert (one[..., 0] == one[..., 2]).all(), "grain has no colour"
