"""What a shot says becomes one prompt, and the motion model acts the camera that it asks for."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
import torch

from inference.motion.checkpoint import load_weights
from inference.motion.parameters import INDEX, NAMES
from inference.motion.text import TextEncoder
from inference.pipelines.acting import Acting
from inference.registry.packaged import TEXT, default_cache_dir, ensure
from studio.characters.mentions import mention_in_prompt
from studio.storyboard.scene_setting import LIGHT_SENTENCES, Light
from studio.storyboard.schemas import CameraMove
from studio.storyboard.shot_prompt import CAMERA_SENTENCES, NobodyNamed, write_shot_prompt
from tests.bench.motion import act

NAMED = {"chr_1": "Ada Lovelace", "chr_2": "小明"}
# Where the camera is at its furthest, by channel: which way, and how far at least.
MOVES: dict[CameraMove, tuple[str, float]] = {
    "in": ("camera_dolly", 0.1),
    "out": ("camera_dolly", -0.1),
    "zoom_in": ("camera_zoom", 0.1),
    "zoom_out": ("camera_zoom", -0.1),
    "pan_left": ("camera_pan", -0.06),
    "pan_right": ("camera_pan", 0.06),
    "tilt_up": ("camera_tilt", 0.06),
    "tilt_down": ("camera_tilt", -0.06),
    "roll_left": ("camera_roll", -4),
    "roll_right": ("camera_roll", 4),
    "handheld": ("camera_shake", 0.4),
}
STILL = {
    "camera_zoom": 0.04,
    "camera_dolly": 0.04,
    "camera_pan": 0.02,
    "camera_tilt": 0.02,
    "camera_roll": 0.6,
    "camera_shake": 0.12,
}


@pytest.mark.parametrize(
    ("prompt", "camera", "worded"),
    [
        ("@Ada_Lovelace nods", "none", "Ada Lovelace nods"),
        ("@ada_lovelace nods at @小明!", "in", "Ada Lovelace nods at 小明! The camera slowly pushes in."),
        ("@chr_1 nods", "pan_left", "Ada Lovelace nods. The camera pans to the left."),
        ("她笑了。", "out", "她笑了。 The camera slowly pulls back."),
        ("  ", "out", "The camera slowly pulls back."),
        ("write to ada@example.com", "none", "write to ada@example.com"),
        ("", "none", ""),
    ],
)
def test_mentions_become_names_and_the_camera_a_sentence(prompt: str, camera: CameraMove, worded: str) -> None:
    assert write_shot_prompt(prompt, camera, None, NAMED) == worded


def test_a_mention_of_somebody_else_is_refused_by_name() -> None:
    with pytest.raises(NobodyNamed, match="nobody in this shot is called @Grace"):
        write_shot_prompt("@Ada_Lovelace and @Grace nod", "none", None, NAMED)


def test_a_name_is_mentioned_so_that_it_is_found_again() -> None:
    assert mention_in_prompt("Ada Lovelace") == "@Ada_Lovelace"
    assert mention_in_prompt("O'Neil") == "O'Neil"
    for name in ("Ada Lovelace", "小明", "Jean-Luc"):
        assert write_shot_prompt(mention_in_prompt(name), "none", None, {"chr_1": name}) == name


def test_a_light_is_a_sentence_of_its_own_where_anything_happens() -> None:
    assert write_shot_prompt("Ada nods", "in", "night", {}) == "Ada nods. The camera slowly pushes in. It is night."
    assert write_shot_prompt("Ada nods!", "none", "dusk", {}) == "Ada nods! The light is the blue of dusk."
    assert write_shot_prompt("", "none", "night", {}) == ""


def test_every_camera_move_and_every_light_has_its_sentence() -> None:
    assert {*CAMERA_SENTENCES, "none"} == set(get_args(CameraMove)) == {*MOVES, "none", "still"}
    assert set(LIGHT_SENTENCES) == set(get_args(Light))


@pytest.fixture(scope="module")
def acting() -> Acting:
    torch.set_num_threads(2)
    return Acting(TextEncoder(ensure(TEXT, default_cache_dir())), load_weights()[0])


@pytest.mark.parametrize("camera", [*MOVES, "still"])
def test_the_motion_model_acts_each_move_and_no_other_one(acting: Acting, camera: CameraMove) -> None:
    track = act(acting, write_shot_prompt("@chr_1 smiles", camera, None, NAMED), 4.0, 11)
    furthest = {name: track[np.abs(track[:, INDEX[name]]).argmax(), INDEX[name]] for name in NAMES}
    moved, least = MOVES.get(camera, ("", 0.0))
    for channel, most in STILL.items():
        if channel == moved:
            assert furthest[channel] / least >= 1, furthest
        else:
            assert abs(furthest[channel]) <= most, furthest
    assert furthest["smile"] >= 0.5, "the character acts all the same"
