"""A camera move is read from words, fills the clip unless they say otherwise, and ends where they want it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from inference.motion.checkpoint import load_weights
from inference.motion.direction.camera_moves import CameraPlan, Move, plan_of_choice
from inference.motion.direction.camera_path import Path, play
from inference.motion.direction.directions import DirectionReader
from inference.motion.direction.easing import travel
from inference.motion.direction.framed import Place
from inference.motion.direction.framing_words import find_over_shoulder
from inference.motion.direction.prompt_words import read_words
from inference.motion.parameters import CAMERA, INDEX
from inference.motion.text import TextEncoder
from inference.pipelines.acting import Acting
from inference.protocol import CameraChoice, Framing
from inference.registry.packaged import TEXT, default_cache_dir, ensure

AT: dict[Framing, Place] = {"ws": Place(0.0, 0.0, -0.1), "cu": Place(0.83, 0.02, -0.06), "ecu": Place(1.2, 0.0, 0.0)}
FRAMES = 96


class Reader:
    """The reader of the previs, one sentence at a time."""

    def __init__(self) -> None:
        torch.set_num_threads(2)
        encoder = TextEncoder(ensure(TEXT, default_cache_dir()))
        self._acting = Acting(encoder, load_weights()[0])
        self._directions = DirectionReader(encoder)

    def __call__(self, text: str, framing: Framing = "cu") -> tuple[Move, ...]:
        states, labels = self._acting.label([text])
        return self._directions.read_camera(read_words([text], states, labels)[0], framing, 4.0).moves


@pytest.fixture(scope="module")
def read() -> Reader:
    return Reader()


def path(*moves: Move, framing: Framing = "ws", seed: int = 3, frames: int = FRAMES) -> Path:
    return play(CameraPlan(moves), framing, AT, frames, seed, None)


def channel(played: Path, name: str) -> np.ndarray:
    return played.track_FP[:, INDEX[name]]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("The camera pushes in on Ada.", "push_in"), ("Zoom out, slowly.", "zoom_out"),
        ("We creep towards him while he waits.", "push_in"), ("Pan left across the square.", "pan_left"),
        ("The camera trucks to the right.", "truck_right"), ("Orbit around her to the left.", "arc_left"),
        ("The camera goes all the way around her.", "arc_right"), ("Dutch angle, he frowns.", "roll_right"),
        ("We float past him to the right.", "truck_right"), ("She smiles, handheld.", "handheld"),
        ("The camera cranes up.", "tilt_up"),
    ],
)  # fmt: skip
def test_a_move_is_read_and_has_the_whole_clip(read: Reader, text: str, asked: str) -> None:
    (move,) = read(text)
    assert (move.name, move.begins, move.ends) == (asked, 0.0, 1.0)


@pytest.mark.parametrize(
    "text",
    [
        "Ada turns her head to the left.", "He leans in and smiles.", "Smile for the camera.", "He is speaking to us.",
        "She tilts her head up.", "He drives a truck to the left.", "A crowd circles around the fountain, Ada smiles.",
        "Wide shot of Ada, who smiles.", "The camera does not move.", "Let her face drift to the left of the picture.",
    ],
)  # fmt: skip
def test_what_asks_for_no_move_gets_none(read: Reader, text: str) -> None:
    assert read(text) == ()


def test_words_that_name_a_moment_have_it(read: Reader) -> None:
    (late,) = read("At the end, the camera pushes in.")
    assert late.begins > 0.6
    assert late.ends == 1.0
    (sudden,) = read("Suddenly the camera pulls back.")
    assert sudden.ends - sudden.begins < 0.2
    (second,) = read("The camera pushes in for a second.")
    assert (second.begins, second.ends) == (0.0, 0.25)
    (fast,) = read("A quick pan right.")
    assert fast.ends < 0.7
    (after,) = read("Ada looks left, then the camera pans left, then Ada nods.")
    assert (after.begins, after.ends) == (pytest.approx(1 / 3), pytest.approx(2 / 3))


def test_moves_one_after_another_share_the_clip_and_moves_at_once_have_it_together(read: Reader) -> None:
    first, second = read("Push in, then pan left.")
    assert (first.name, first.ends, second.name, second.begins) == ("push_in", 0.5, "pan_left", 0.5)
    both = read("The camera pushes in while panning left.")
    assert {(move.name, move.begins, move.ends) for move in both} == {("push_in", 0, 1), ("pan_left", 0, 1)}
    there, back = read("The camera pushes in and then pulls out.")
    assert (there.ends, back.begins) == (0.5, 0.5)


def test_framings_that_are_named_are_where_it_comes_from_and_goes_to(read: Reader) -> None:
    (both,) = read("From a wide shot to a close-up of Ada.")
    assert (both.name, both.starts_at, both.ends_at) == ("push_in", "ws", "cu")
    (until,) = read("The camera creeps toward her until we are in an extreme close-up.")
    assert (until.starts_at, until.ends_at) == ("cu", "ecu")
    (out,) = read("We begin close on her face and pull back to a medium shot.")
    assert (out.name, out.starts_at, out.ends_at) == ("pull_out", "cu", "ms")


def test_a_medium_close_up_is_no_close_up(read: Reader) -> None:
    (near,) = read("Push in from a medium shot to a medium close-up of Ada.")
    assert (near.name, near.starts_at, near.ends_at) == ("push_in", "ms", "mcu")


def test_a_shot_over_a_shoulder_is_found_and_a_glance_over_one_is_not() -> None:
    for text in (
        "Over-the-shoulder shot of Ada.",
        "OTS on Ben.",
        "过肩镜头",
    ):
        assert find_over_shoulder(text) is not None, text
    for text in ("Ada glances over her shoulder.", "He looks over the shoulder, then smiles.", "boots on her shoulder"):
        assert find_over_shoulder(text) is None, text


def test_an_arc_of_more_degrees_than_a_photo_shows_is_the_widest_there_is(read: Reader) -> None:
    (arc,) = read("The camera arcs left by 90 degrees around her.")
    assert (arc.name, arc.amount) == ("arc_left", 1.0)
    assert np.ptp(path(arc).yaw_F) <= 36.1


@pytest.mark.parametrize(("begins", "ends"), [(0.0, 1.0), (0.5, 1.0), (0.2, 0.4), (0.99, 1.0)])
def test_a_way_is_eased_even_and_whole(begins: float, ends: float) -> None:
    way_F = travel(FRAMES, begins, ends, 0.15)
    assert way_F[0] == 0
    assert way_F[-1] == pytest.approx(1)
    speed_F = np.diff(way_F)
    assert (speed_F >= -1e-9).all()
    moving_F = speed_F[speed_F > 1e-9]
    assert moving_F.max() <= 2.5 * np.median(moving_F)


@pytest.mark.parametrize("frames", [1, 2, 3, 12])
def test_clips_of_hardly_a_frame_can_be_travelled(frames: int) -> None:
    way_F = travel(frames, 0.0, 1.0, 0.15)
    assert len(way_F) == frames
    assert np.isfinite(way_F).all()


def test_the_camera_stands_still_where_nothing_is_asked() -> None:
    assert not path().track_FP.any()
    held = plan_of_choice(CameraChoice(move="hold"), "ws")
    assert not play(held, "ws", AT, FRAMES, 1, None).track_FP.any()


def test_a_push_from_one_framing_to_another_puts_faces_where_that_framing_has_them() -> None:
    played = path(Move("push_in", starts_at="ws", ends_at="cu"))
    near = channel(played, "camera_dolly")
    assert near[0] == pytest.approx(0, abs=1e-5)
    assert near[-1] == pytest.approx(0.83, abs=1e-4)
    assert np.exp(near[-1]) * (AT["ws"].y + channel(played, "camera_rise")[-1]) == pytest.approx(AT["cu"].y, abs=1e-4)
    assert np.exp(near[-1]) * (AT["ws"].x - channel(played, "camera_truck")[-1]) == pytest.approx(AT["cu"].x, abs=1e-4)
    zoomed = path(Move("zoom_in", starts_at="ws", ends_at="cu"))
    lens = np.exp(channel(zoomed, "camera_zoom")[-1])
    assert lens * (AT["ws"].y + channel(zoomed, "camera_tilt")[-1]) == pytest.approx(AT["cu"].y, abs=1e-4)
    assert not channel(zoomed, "camera_rise").any(), "a lens goes nowhere"
    backwards = path(Move("pull_out", starts_at="cu", ends_at="ws"))
    assert channel(backwards, "camera_dolly")[0] == pytest.approx(0.83, abs=1e-4)
    assert channel(backwards, "camera_dolly")[-1] == pytest.approx(0, abs=1e-4)


def test_an_arc_turns_heads_against_the_way_and_keeps_the_cast_in_its_place() -> None:
    played = path(Move("arc_right"))
    assert played.yaw_F[0] > 5
    assert played.yaw_F[-1] < -5
    assert np.allclose(channel(played, "camera_truck") + channel(played, "camera_pan"), 0, atol=1e-6)


def test_takes_of_one_move_differ_a_little_and_one_seed_gives_one_path() -> None:
    one, again, other = (path(Move("pan_right"), seed=seed).track_FP for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert 0 < np.abs(one - other).max() < 0.1


def test_a_clip_that_goes_on_keeps_the_camera_where_it_was() -> None:
    opening_P = np.zeros(len(INDEX), np.float32)
    opening_P[INDEX["camera_dolly"]] = 0.2
    at_ws = play(CameraPlan((Move("push_in", ends_at="cu"),)), "ws", AT, FRAMES, 1, opening_P).track_FP
    assert at_ws[0, INDEX["camera_dolly"]] == pytest.approx(0.2)
    assert at_ws[-1, INDEX["camera_dolly"]] == pytest.approx(AT["cu"].nearness, abs=1e-4), "where it is named, not more"
    stays = play(CameraPlan(), "ws", AT, FRAMES, 1, opening_P)
    assert np.allclose(stays.track_FP[:, INDEX["camera_dolly"]], 0.2)
    on = play(CameraPlan((Move("push_in"),)), "ws", AT, FRAMES, 1, opening_P).track_FP[:, INDEX["camera_dolly"]]
    assert on[0] == pytest.approx(0.2)
    assert on[-1] > 0.4
    other = [index for index in CAMERA if index != INDEX["camera_dolly"]]
    assert not stays.track_FP[:, other].any()


def test_a_camera_that_was_told_against_another_stage_shows_the_faces_where_they_were() -> None:
    opening_P = np.zeros(len(INDEX), np.float32)
    opening_P[INDEX["stage"]] = 4  # a close-up: the camera stood where that stage rests
    stays = play(CameraPlan(), "cu", AT, FRAMES, 1, opening_P).track_FP
    dolly, rise, truck = (stays[:, INDEX[name]] for name in ("camera_dolly", "camera_rise", "camera_truck"))
    assert np.allclose(dolly, AT["cu"].nearness, atol=1e-4)
    assert np.allclose(np.exp(dolly) * (AT["ws"].y + rise), AT["cu"].y, atol=1e-4)
    assert np.allclose(np.exp(dolly) * (AT["ws"].x - truck), AT["cu"].x, atol=1e-4)
    opening_P[INDEX["stage"]] = 1
    assert not play(CameraPlan(), "cu", AT, FRAMES, 1, opening_P).track_FP[:, INDEX["camera_dolly"]].any()


def test_a_field_goes_the_way_its_framings_say_and_fast_is_over_sooner() -> None:
    wrong = plan_of_choice(CameraChoice(move="pull_out", starts="ws", ends="cu"), "cu").moves[0]
    assert wrong.name == "push_in"
    fast = plan_of_choice(CameraChoice(move="pan_left", speed="fast"), "cu").moves[0]
    slow = plan_of_choice(CameraChoice(move="pan_left", speed="slow"), "cu").moves[0]
    assert fast.ends < slow.ends
    assert fast.amount > slow.amount
