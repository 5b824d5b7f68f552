"""A face that lies in its photo is found by the surest of four turns; an upright one is left alone."""

from __future__ import annotations

import numpy as np
import pytest

from inference.identity.pack import Faces
from inference.identity.upright import TURNS, find_turn
from tests import photos

NAMES = ("person_a_1", "person_a_2", "person_b_1", "person_b_2", "impostor_1", "impostor_2")


@pytest.mark.parametrize("turned_deg", TURNS)
@pytest.mark.parametrize("name", NAMES)
def test_however_a_photo_lies_its_face_is_stood_up(faces: Faces, name: str, turned_deg: int) -> None:
    lying = np.ascontiguousarray(np.rot90(photos.photo(name), turned_deg // 90))
    assert find_turn(faces, lying) == (360 - turned_deg) % 360


def test_a_picture_without_a_face_stays_as_it_is(faces: Faces) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (300, 400, 3), np.uint8)
    assert find_turn(faces, noise) == 0
