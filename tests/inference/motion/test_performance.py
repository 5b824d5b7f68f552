"""Every seed gives a performance of its own, as large and as quick as it is asked to be, in the order asked for."""

from __future__ import annotations

import numpy as np

from inference.motion.direction.performance import frames_to_draw, perform
from inference.motion.parameters import HIGH_P, INDEX, LOW_P, Track

FRAMES = 96
YAW, SMILE, JAW = (INDEX[name] for name in ("yaw", "smile", "jaw"))


def acted(frames: int = FRAMES) -> Track:
    """A turn at once and a smile beside it."""
    track_FP: Track = np.zeros((frames, len(INDEX)), np.float32)
    rise_F = np.clip((np.arange(frames) - 6) / 12, 0, 1)
    track_FP[:, YAW], track_FP[:, SMILE] = -22 * rise_F, 0.9 * rise_F
    return track_FP


def take(seed: int, size: float = 0.0, *, order_is_open: bool = True, drawn: Track | None = None) -> Track:
    return perform(acted() if drawn is None else drawn, FRAMES, size, order_is_open, np.random.default_rng(seed))


def begins(signal_F: np.ndarray) -> int:
    """The frame at which half of the way is made."""
    return int((np.abs(signal_F) >= 0.5 * np.abs(signal_F).max()).argmax())


def test_a_seed_is_one_performance_and_another_one_differs_in_time_and_size() -> None:
    assert np.array_equal(take(1), take(1))
    takes = [take(seed) for seed in range(12)]
    assert np.ptp([begins(one[:, YAW]) for one in takes]) >= 8
    assert np.ptp([np.abs(one[:, YAW]).max() for one in takes]) > 1
    leads = {begins(one[:, YAW]) < begins(one[:, SMILE]) for one in takes}
    assert leads == {True, False}, "now the head leads, now the smile"


def test_what_was_asked_for_is_seen_in_every_take() -> None:
    for seed in range(30):
        one = take(seed)
        assert one[:, YAW].min() < -15
        assert one[:, SMILE].max() > 0.65


def test_an_order_that_was_asked_for_is_kept() -> None:
    drawn = acted()
    drawn[:, SMILE] = 0.9 * np.clip((np.arange(FRAMES) - 54) / 12, 0, 1)
    for seed in range(30):
        one = take(seed, order_is_open=False, drawn=drawn)
        assert begins(one[:, YAW]) < begins(one[:, SMILE])


def test_a_nod_is_never_hurried_and_ends_within_the_clip() -> None:
    drawn: Track = np.zeros((FRAMES, len(INDEX)), np.float32)
    swing_F = np.clip((np.arange(FRAMES) - 8) / 50, 0, 1)
    drawn[:, INDEX["pitch"]] = -6 * (1 - np.cos(2 * np.pi * 3 * swing_F))
    for seed in range(30):
        pitch_F = take(seed, drawn=drawn)[:, INDEX["pitch"]]
        troughs = [i for i in range(1, FRAMES - 1) if pitch_F[i] < -9 and pitch_F[i - 1] > pitch_F[i] <= pitch_F[i + 1]]
        assert len(troughs) == 3, seed
        assert min(np.diff(troughs)) > 0.6 * 50 / 3, "a swing keeps its time"


def test_brows_that_rise_late_stay_up_as_long_as_the_model_drew_them() -> None:
    drawn: Track = np.zeros((FRAMES, len(INDEX)), np.float32)
    drawn[10:30, INDEX["brows"]] = 1
    for seed in range(30):
        assert (take(seed, drawn=drawn)[:, INDEX["brows"]] > 0.5).sum() >= 11


def test_a_blink_lasts_as_long_as_it_was_drawn() -> None:
    drawn: Track = np.zeros((FRAMES, len(INDEX)), np.float32)
    drawn[20:25, INDEX["blink"]] = 1
    for seed in range(30):
        assert (take(seed, drawn=drawn)[:, INDEX["blink"]] > 0.5).sum() <= 6


def test_a_big_performance_is_larger_than_a_restrained_one_and_within_the_limits() -> None:
    for seed in range(6):
        restrained, big = take(seed, -1), take(seed, 1)
        assert np.abs(restrained[:, YAW]).max() < 0.75 * np.abs(big[:, YAW]).max()
        assert (big >= LOW_P).all()
        assert (big <= np.where(HIGH_P == 1, 1.15, HIGH_P)).all()


def test_a_mouth_that_talks_opens_alike_however_large_the_acting_is() -> None:
    drawn = acted()
    drawn[:, JAW] = 0.5 + 0.5 * np.sin(np.arange(FRAMES) / 3)
    assert np.allclose(take(3, -1, drawn=drawn)[:, JAW], take(3, 1, drawn=drawn)[:, JAW])


def test_a_quick_clip_has_more_acting_in_it_and_a_slow_one_less() -> None:
    assert frames_to_draw(96, 0) == 96
    assert frames_to_draw(96, 1) > 120
    assert frames_to_draw(96, -1) < 75
    assert frames_to_draw(240, 1) == 288
    assert frames_to_draw(12, -1) == 12
    quick = perform(acted(130), FRAMES, 0.0, False, np.random.default_rng(5))
    slow = perform(acted(70), FRAMES, 0.0, False, np.random.default_rng(5))
    assert begins(quick[:, YAW]) < begins(slow[:, YAW])


def test_clips_of_a_frame_or_two_can_be_performed() -> None:
    for frames in (1, 2, 5):
        one = perform(acted(max(2, frames)), frames, 0.0, True, np.random.default_rng(0))
        assert one.shape == (frames, len(INDEX))
        assert np.isfinite(one).all()
