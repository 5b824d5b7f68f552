"""A head that turns: nothing beside the face swells, other photos take it farther, and no second outline shows."""

from __future__ import annotations

import functools
import itertools
from dataclasses import replace

import numpy as np
import pytest

from inference.motion.actor import prepare_actor
from inference.motion.direction.performer import Performer
from inference.motion.direction.turning import Turn, read_turns, turn_head
from inference.motion.neutral import OwnExpression
from inference.motion.parameters import INDEX, NAMES, Track
from inference.motion.side_view import show_sides
from inference.protocol.turning import MOST_DEG, ONE_PHOTO_DEG, Reach, reach_of
from tests.bench.previs_turn import Turning, seen_yaw, swelling, widest_rim
from tests.inference.motion.shots import actor, faces_in, models, params
from tests.photos import astronaut
from tests.turned_photos import turned_photo


@functools.cache
def seen_from_two_sides() -> Turning:
    """The astronaut, and a second picture of her turned to the viewer's right."""
    photo = turned_photo(models(), astronaut(), faces_in(astronaut())[0], 26.4)
    return Turning(show_sides(actor("astronaut"), [prepare_actor(models(), photo, faces_in(photo)[0])]))


@pytest.mark.parametrize("person", ["astronaut", "person_b_1"])
def test_ear_and_hair_beside_the_face_keep_their_size(person: str) -> None:
    assert {part: size for part, size in swelling(actor(person)).items() if size > 0.06} == {}


def test_a_photo_of_a_side_takes_the_head_farther_to_that_side_alone() -> None:
    turning = seen_from_two_sides()
    turned = turning.actor
    assert turned.reach.left == -ONE_PHOTO_DEG
    assert turned.reach.right > 32
    assert seen_yaw(turning.draw(turned.reach.right)) > 29
    held, beyond = turned.clamp(params(yaw=32))
    assert beyond == ()
    assert held[0, INDEX["yaw"]] > 31
    held, beyond = turned.clamp(params(yaw=-38))
    assert beyond == ("yaw",)
    assert actor("astronaut").clamp(params(yaw=38))[0][0, INDEX["yaw"]] <= 25


def test_no_second_outline_shows_where_one_photo_goes_over_into_the_other() -> None:
    assert widest_rim(seen_from_two_sides(), 1) <= 4


def test_a_head_that_stays_in_front_is_drawn_as_if_there_were_no_other_photo() -> None:
    turning = seen_from_two_sides()
    alone = Turning(replace(turning.actor, sides=()))
    for yaw in (-20.0, 0.0, 6.0):
        assert (turning.draw(yaw) == alone.draw(yaw)).all()


def test_going_over_is_gradual() -> None:
    frames = [seen_from_two_sides().draw(yaw).astype(np.float32) for yaw in np.arange(4.0, 30.0, 1.0)]
    steps = np.array([np.abs(b - a).mean() for a, b in itertools.pairwise(frames)])
    assert steps.max() < 4 * np.median(steps)


@pytest.mark.parametrize(
    ("yaws", "left", "right"),
    [
        ((), 26.5, 26.5),
        ((2.0, -12.0), 26.5, 26.5),
        ((0.0, 30.0), 26.5, 45.0),
        ((0.0, -20.0), 35.0, 26.5),
        ((-44.0, 31.0), 45.0, 45.0),
    ],
)
def test_how_far_photos_reach(yaws: tuple[float, ...], left: float, right: float) -> None:
    assert reach_of(yaws) == Reach(-left, right)
    assert MOST_DEG == 45


@pytest.mark.parametrize(
    ("prompt", "side", "degrees"),
    [
        ("the person turns her head 40 degrees to the left", -1, 40.0),
        ("the person rotates her head right by 90°", 1, 90.0),
        ("the person turns her face to the left, in full profile", -1, 90.0),
        ("the person turns into profile", 0, 90.0),
        ("the person looks over her left shoulder", -1, 70.0),
        ("the person turns all the way to the right", 1, None),
    ],
)
def test_words_that_measure_a_turn(prompt: str, side: int, degrees: float | None) -> None:
    (turn,) = read_turns(prompt)
    assert (turn.side, turn.degrees) == (side, degrees)


@pytest.mark.parametrize(
    "prompt",
    [
        "the person turns her head to the left",
        "the camera arcs 90 degrees to the left",
        "someone else turns 40 degrees to the left",
        "it is 30 degrees in the shade",
        "the person smiles all the way through",
    ],
)
def test_words_that_measure_no_turn_of_this_head(prompt: str) -> None:
    assert read_turns(prompt) == ()


def a_performer(reach: Reach) -> Performer:
    return Performer(OwnExpression(0, 0, 0), 0.0, 0.0, 0.0, 0.0, 0.0, (4.0, 2.2), reach)


def a_turn_to(peak_deg: float) -> Track:
    track_FP = np.zeros((48, len(NAMES)), np.float32)
    track_FP[:, INDEX["yaw"]] = peak_deg * np.sin(np.linspace(0, np.pi, 48))
    return track_FP


def test_a_turn_is_as_large_as_it_is_asked_for_as_far_as_the_photos_go() -> None:
    wide, narrow = Reach(-45.0, 45.0), Reach(-26.5, 26.5)
    for asked, reach, shown in ((40.0, wide, 40), (90.0, wide, 45), (90.0, narrow, 26.5), (10.0, wide, 10)):
        track_FP = a_turn_to(-18)
        turn_head(track_FP, (Turn(-1, asked, "so"),), a_performer(reach))
        assert track_FP[:, INDEX["yaw"]].min() == pytest.approx(-shown, abs=0.5)
    idle_FP = a_turn_to(-2)
    turn_head(idle_FP, (Turn(-1, 40.0, "so"),), a_performer(wide))
    assert (idle_FP == a_turn_to(-2)).all(), "who does not turn is not turned"


def test_only_what_photos_do_not_show_is_beyond_them() -> None:
    narrow = Reach(-26.5, 45.0)
    assert Turn(-1, 90.0, "so").farther_than(narrow)
    assert not Turn(-1, 28.0, "so").farther_than(narrow)
    assert not Turn(1, 45.0, "so").farther_than(narrow)
    assert not Turn(-1, None, "so").farther_than(narrow), "as far as she can is never too far"
