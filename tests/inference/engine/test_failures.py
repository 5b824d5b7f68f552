"""Errors as other people's libraries raise them, in the protocol's words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from inference.engine.failures import describe_failure
from inference.media.encode import ClipEncoder

TOO_MUCH = 1 << 60


def encode_to_a_full_disk() -> None:
    with ClipEncoder(Path("/dev/full"), 64, 64, 24) as clip:
        for _ in range(60):
            clip.add(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8))


def exhaust_opencv() -> None:
    limit = 2**31 - 2
    cv2.copyMakeBorder(np.zeros((1, 1, 3), np.uint8), 0, limit, 0, limit, cv2.BORDER_CONSTANT)


@pytest.mark.parametrize(
    "exhaust",
    [lambda: bytearray(TOO_MUCH), lambda: np.empty(TOO_MUCH >> 12), lambda: torch.empty(TOO_MUCH // 8), exhaust_opencv],
)
def test_too_little_memory_is_known_whoever_says_it(exhaust: Callable[[], object]) -> None:
    with pytest.raises(Exception) as error:  # noqa: PT011 - which class it is differs, that is the point
        exhaust()
    failure = describe_failure("r", error.value)
    assert (failure.code, failure.retryable) == ("out_of_memory", True)


@pytest.mark.parametrize("fill", [lambda: Path("/dev/full").write_bytes(b"x"), encode_to_a_full_disk])
def test_a_full_disk_is_named(fill: Callable[[], object]) -> None:
    with pytest.raises(OSError, match=r".") as error:
        fill()
    assert "disk" in describe_failure("r", error.value).message


def test_the_words_of_an_unforeseen_error_stay_in_the_log() -> None:
    failure = describe_failure("r", RuntimeError("secret path /home/somebody"))
    assert (failure.code, failure.retryable) == ("engine_error", True)
    assert "somebody" not in failure.message
