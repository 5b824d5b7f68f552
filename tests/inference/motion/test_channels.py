"""Every channel moves what it names, seen in the frame by networks run anew, and leaves the rest alone."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from inference.motion.actor import HONEST_LIMIT_DEG
from inference.motion.camera import hold_in_hand
from inference.motion.parameters import CHANNELS, INDEX, Track, of_today
from tests.inference.motion.shots import Seen, actor, gaze_in, look_at, params, stage

PEOPLE = ("astronaut", "person_a_2")
# What must be seen at the least where a channel asks for it; a third of it is allowed where none does, and that as
# the mesh network sees it: it takes an open mouth for a longer face, hence the wide bounds for pitch and size.
MINIMUM = {
    "yaw": 10.0,
    "pitch": 8.0,
    "roll": 8.0,
    "gap": 0.15,
    "mouth_width": 0.08,
    "eye_opening": 0.50,
    "brow_height": 0.04,
    "face_px": 0.085,
}
ALLOWED = {
    "yaw": 3.0,
    "pitch": 5.0,
    "roll": 2.5,
    "gap": 0.05,
    "mouth_width": 0.045,
    "eye_opening": 0.16,
    "brow_height": 0.05,
    "face_px": 0.05,
}
ASKED: list[tuple[dict[str, float], str, int, tuple[str, ...]]] = [
    ({"yaw": 15}, "yaw", 1, ("mouth_width", "pitch")),
    ({"yaw": -15}, "yaw", -1, ("mouth_width", "pitch")),
    ({"pitch": 12}, "pitch", 1, ("mouth_width", "brow_height")),
    ({"pitch": -12}, "pitch", -1, ("mouth_width", "brow_height")),
    ({"roll": 12}, "roll", 1, ()),
    ({"roll": -12}, "roll", -1, ()),
    ({"jaw": 0.8}, "gap", 1, ("face_px", "brow_height")),
    ({"smile": 1}, "mouth_width", 1, ()),
    ({"smile": -1}, "mouth_width", -1, ("gap",)),
    ({"blink": 1}, "eye_opening", -1, ()),
    ({"brows": 1}, "brow_height", 1, ("eye_opening",)),
    ({"camera_zoom": 0.1}, "face_px", 1, ()),
    ({"camera_dolly": -0.1}, "face_px", -1, ()),
]


@functools.cache
def at_rest(person: str) -> Seen:
    return look_at(stage((person, "centre")).draw(params()))


def change(person: str, **channels: float) -> dict[str, float]:
    """Degrees for angles, mouth widths for the gap, shares of the rest for the others."""
    rest, seen = at_rest(person), look_at(stage((person, "centre")).draw(params(1, **channels)))
    plain = {name: getattr(seen, name) - getattr(rest, name) for name in ("yaw", "pitch", "roll", "gap")}
    shares = {
        name: getattr(seen, name) / getattr(rest, name) - 1
        for name in ("mouth_width", "eye_opening", "brow_height", "face_px")
    }
    return plain | shares


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize(
    ("channels", "measure", "sign", "follows"),
    ASKED,
    ids=[" ".join(f"{k}={v}" for k, v in a[0].items()) for a in ASKED],
)
def test_a_channel_moves_its_own_measure_and_no_other(
    person: str, channels: dict[str, float], measure: str, sign: int, follows: tuple[str, ...]
) -> None:
    changed = change(person, **channels)
    assert sign * changed[measure] >= MINIMUM[measure]
    others = {name: value for name, value in changed.items() if name != measure and name not in follows}
    assert {name: value for name, value in others.items() if abs(value) > ALLOWED[name]} == {}


@pytest.mark.parametrize("person", PEOPLE)
def test_the_eyes_look_where_they_are_asked_to(person: str) -> None:
    shot = stage((person, "centre"))
    left, right = (gaze_in(shot.draw(params(gaze_x=gaze))) for gaze in (-1, 1))
    assert right - left > 0.08


def test_a_frame_at_rest_is_the_photo() -> None:
    acted = actor("person_a_2")
    shot = stage(("person_a_2", "centre"))
    found = look_at(shot.draw(params()))
    assert abs(found.yaw - acted.mesh.yaw_deg) < 1.5
    assert abs(found.face_px / (acted.mesh.height_px * shot.stands[0].scale) - 1) < 0.02


def test_a_pose_beyond_the_honest_limit_is_held_and_said() -> None:
    acted = actor("person_a_2")
    assert acted.mesh.yaw_deg < -8, "the photo is already turned to the left"
    held, beyond = acted.clamp(params(yaw=-24, smile=0.5))
    assert beyond == ("yaw",)
    assert held[0, 0] == pytest.approx(-HONEST_LIMIT_DEG - acted.mesh.yaw_deg, abs=0.01)
    assert acted.clamp(params(yaw=20))[1] == ()


def test_rest_is_legal_for_every_photo() -> None:
    for person in PEOPLE:
        held, beyond = actor(person).clamp(params())
        assert not held.any()
        assert beyond == ()


def test_all_channels_can_be_drawn_at_both_ends() -> None:
    shot = stage(("astronaut", "centre"), size=(256, 256))
    rest = shot.draw(params())
    for channel in CHANNELS:
        if channel.name in ("camera_shake", "stage"):
            continue  # shows in time, as other camera channels: below; the other says what the camera is told against
        # Behind closed teeth nobody sees a tongue, and what is one side's must be there.
        mouth = {"tongue": {"jaw": 0.4}, "one_sided": {"corner_pull": 0.6}}.get(channel.name, {})
        before = shot.draw(params(1, **mouth)) if mouth else rest
        for value in {channel.low, channel.high} - {0}:
            assert (shot.draw(params(1, **mouth, **{channel.name: value})) != before).any(), (
                f"{channel.name}={value} shows nothing"
            )


def test_a_shaking_hand_moves_the_camera_by_its_seed_and_nothing_else() -> None:
    still_FP: Track = np.zeros((240, len(CHANNELS)), np.float32)
    assert (hold_in_hand(still_FP, 3) == still_FP).all(), "a camera at rest stays there"
    shaken_FP = still_FP.copy()
    shaken_FP[:, INDEX["camera_shake"]] = 1
    first_FP, again_FP, other_FP = (hold_in_hand(shaken_FP, seed) for seed in (3, 3, 4))
    assert (first_FP == again_FP).all()
    assert (first_FP != other_FP).any()
    moved = {name for name, index in INDEX.items() if (first_FP[:, index] != shaken_FP[:, index]).any()}
    assert moved == {"camera_pan", "camera_tilt", "camera_roll"}
    pan_F = first_FP[:, INDEX["camera_pan"]]
    assert 0.004 < pan_F.std() < 0.02, "about a hundredth of the frame's width: seen, and no earthquake"
    assert np.abs(np.diff(pan_F)).max() < 0.006, "no frame jumps"


def test_motion_that_was_kept_before_a_channel_came_is_read_with_it_at_rest() -> None:
    kept_FP: Track = np.ones((4, 15), np.float32)
    read_FP = of_today(kept_FP)
    assert read_FP.shape == (4, len(CHANNELS))
    assert (read_FP[:, :15] == 1).all()
    assert not read_FP[:, 15:].any()
    assert of_today(read_FP[0]).tolist() == read_FP[0].tolist()
    with pytest.raises(ValueError, match=f"14 channels, not 15 to {len(CHANNELS)}"):
        of_today(kept_FP[:, :14])
