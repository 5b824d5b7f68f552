"""A clip is cut as diffusers' own block cuts a driving video, whatever its length."""

from __future__ import annotations

import pytest

from inference.segments import cut_into_segments


def as_published(frames: int, length: int) -> list[list[int]]:
    """The arithmetic of diffusers' `WanAnimate2ProcessVideosInputStep`, for one frame of overlap."""
    left = (frames - 1) % (length - 1)
    padding = length - 1 - left if left else 0
    shown = [*range(frames), *reversed(range(frames - padding, frames))]
    return [shown[start : start + length] for start in range(0, len(shown) - 1, length - 1)]


@pytest.mark.parametrize("length", [9, 81])
def test_segments_are_those_of_the_published_blocks(length: int) -> None:
    for frames in range(length, 4 * length):
        segments = cut_into_segments(frames, length)
        assert [segments.frames_of(k, frames) for k in range(segments.count)] == as_published(frames, length), frames


def test_a_clip_shorter_than_a_segment_is_one_of_its_own_length() -> None:
    assert (cut_into_segments(5, 81).length, cut_into_segments(5, 81).count) == (5, 1)
    assert cut_into_segments(5, 81).frames_of(0, 5) == [0, 1, 2, 3, 4]
