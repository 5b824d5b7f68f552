"""What photos show between them, and what is missing."""

from __future__ import annotations

import pytest

from inference.protocol import Box, FaceQuality
from studio.characters.coverage import advise, measure_coverage, measure_turning


def a_face(yaw_deg: float = 0.0, pitch_deg: float = 0.0, **more: float) -> FaceQuality:
    usual = {"size_px": 200.0, "sharpness": 0.9, "exposure": 1.0, "occlusion": 0.0, "quality": 0.8}
    return FaceQuality(
        box=Box(x=0, y=0, width=200, height=260),
        confidence=1.0,
        yaw_deg=yaw_deg,
        pitch_deg=pitch_deg,
        roll_deg=0.0,
        **(usual | more),
    )


def codes(*faces: FaceQuality) -> list[str]:
    return [advice.code for advice in advise(faces)]


def test_one_photo_from_the_front_shows_the_front_alone() -> None:
    coverage = measure_coverage([a_face()])
    assert coverage.front == 1.0
    assert coverage.left == coverage.right == coverage.up == coverage.down == 0.0
    assert codes(a_face())[:3] == ["add_second_photo", "add_left_profile", "add_right_profile"]


@pytest.mark.parametrize(
    ("face", "side", "code"),
    [
        (a_face(yaw_deg=-30), "left", "add_left_profile"),
        (a_face(yaw_deg=30), "right", "add_right_profile"),
        (a_face(pitch_deg=18), "up", "add_up"),
        (a_face(pitch_deg=-18), "down", "add_down"),
    ],
)
def test_a_face_that_is_turned_shows_its_side_and_ends_the_advice(face: FaceQuality, side: str, code: str) -> None:
    assert getattr(measure_coverage([a_face(), face]), side) == 1.0
    assert code in codes(a_face())
    assert code not in codes(a_face(), face)


def test_photos_of_a_side_let_the_head_turn_farther_to_it() -> None:
    alone = measure_turning([a_face()])
    assert (alone.left_deg, alone.right_deg) == (26, 26)
    sides = measure_turning([a_face(), a_face(yaw_deg=-30), a_face(yaw_deg=20)])
    assert (sides.left_deg, sides.right_deg) == (45, 35)


def test_a_weak_photo_covers_less() -> None:
    assert measure_coverage([a_face(quality=0.3)]).front == pytest.approx(0.5)


def test_what_no_photo_has_is_asked_for_first() -> None:
    assert codes(a_face(yaw_deg=35))[0] == "add_front"
    assert codes(a_face(sharpness=0.4))[0] == "add_sharper"
    assert codes(a_face(size_px=80))[0] == "add_sharper"
    assert codes(a_face(exposure=0.3))[0] == "add_better_lit"
    assert codes(a_face(occlusion=0.8))[0] == "add_uncovered"


def test_teeth_in_every_photo_call_for_one_with_closed_lips() -> None:
    assert "add_closed_lips" in codes(a_face(lips_apart=0.06), a_face(yaw_deg=30, lips_apart=0.03))
    assert "add_closed_lips" not in codes(a_face(lips_apart=0.06), a_face(yaw_deg=30, lips_apart=0.004))
    assert "add_closed_lips" not in codes(a_face(), a_face(lips_apart=0.06)), "one that nobody measured may have them"


def test_nothing_is_missing_from_a_full_set() -> None:
    assert codes(*(a_face(yaw, pitch) for yaw, pitch in ((0, 0), (-25, 0), (25, 0), (0, 16), (0, -16)))) == []
