"""The unsafe-image score on pictures that are safe: photos lie below what its authors call safe."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from inference.identity.unsafe import UnsafeMeter
from inference.registry.packaged import UNSAFE, PackagedModelUnavailable, default_cache_dir, ensure, require
from tests import photos

SAFE_BELOW = 0.2
UNSAFE_ABOVE = 0.8


@pytest.fixture(scope="module")
def meter() -> UnsafeMeter:
    folder = ensure(UNSAFE, default_cache_dir())
    return UnsafeMeter(lambda: folder, threads=2)


def test_portraits_and_a_group_are_safe(meter: UnsafeMeter) -> None:
    scores = {name: meter.score(photos.photo(name)) for name in ("person_a_1", "person_a_2", "person_b_1")}
    scores |= {"astronaut": meter.score(photos.astronaut()), "group": meter.score(photos.group())}
    assert max(scores.values()) < SAFE_BELOW, scores
    assert scores["astronaut"] < SAFE_BELOW / 4, scores


def test_drawn_and_odd_pictures_have_a_score_too(meter: UnsafeMeter) -> None:
    random = np.random.default_rng(5)
    noise = random.integers(0, 256, (90, 2048, 3), np.uint8)
    sky = np.broadcast_to(np.linspace(90, 250, 300, dtype=np.uint8)[:, None, None], (300, 200, 3)).copy()
    for picture in (noise, sky, np.zeros((1, 1, 3), np.uint8)):
        assert 0 <= meter.score(picture) < UNSAFE_ABOVE
    assert meter.score(sky) == meter.score(sky)


def test_without_the_weights_it_says_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(PackagedModelUnavailable, match="dramatis models prepare"):
        UnsafeMeter(lambda: require(UNSAFE, tmp_path), threads=1).score(photos.astronaut())
