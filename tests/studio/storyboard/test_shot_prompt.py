"""What a shot says becomes one prompt; its camera a sentence, for a model that reads it there."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

import pytest
import torch
from pydantic import ValidationError

from inference.motion.checkpoint import load_weights
from inference.motion.direction.camera_moves import CameraPlan
from inference.motion.direction.directions import DirectionReader
from inference.motion.direction.prompt_words import read_words
from inference.motion.text import TextEncoder
from inference.pipelines.acting import Acting
from inference.protocol import CameraChoice, CameraMove
from inference.registry.packaged import TEXT, default_cache_dir, ensure
from studio.characters.mentions import mention_in_prompt
from studio.storyboard.scene_setting import LIGHT_SENTENCES, Light
from studio.storyboard.schemas import ShotContent
from studio.storyboard.shot_prompt import CAMERA_SENTENCES, NobodyNamed, write_shot_prompt

IN = CameraChoice(move="push_in", speed="slow")
TO_WIDE = CameraChoice(move="pull_out", starts="cu", ends="ws")
NAMED = {"chr_1": "Ada Lovelace", "chr_2": "小明"}


@pytest.mark.parametrize(
    ("prompt", "camera", "worded"),
    [
        ("@Ada_Lovelace nods", None, "Ada Lovelace nods"),
        ("@ada_lovelace nods at @小明!", IN, "Ada Lovelace nods at 小明! The camera slowly pushes in."),
        ("@chr_1 nods", CameraChoice(move="pan_left"), "Ada Lovelace nods. The camera pans to the left."),
        ("她笑了。", TO_WIDE, "她笑了。 The camera pulls back from a close-up to a wide shot."),
        ("  ", IN, "The camera slowly pushes in."),
        ("write to ada@example.com", None, "write to ada@example.com"),
        ("", None, ""),
    ],
)
def test_mentions_become_names_and_the_camera_a_sentence(prompt: str, camera: CameraChoice | None, worded: str) -> None:
    assert write_shot_prompt(prompt, camera, None, NAMED) == worded


def test_a_mention_of_somebody_else_is_refused_by_name() -> None:
    with pytest.raises(NobodyNamed, match="nobody in this shot is called @Grace"):
        write_shot_prompt("@Ada_Lovelace and @Grace nod", None, None, NAMED)


def test_a_name_is_mentioned_so_that_it_is_found_again() -> None:
    assert mention_in_prompt("Ada Lovelace") == "@Ada_Lovelace"
    assert mention_in_prompt("O'Neil") == "O'Neil"
    for name in ("Ada Lovelace", "小明", "Jean-Luc"):
        assert write_shot_prompt(mention_in_prompt(name), None, None, {"chr_1": name}) == name


def test_a_light_is_a_sentence_of_its_own_where_anything_happens() -> None:
    assert write_shot_prompt("Ada nods", IN, "night", {}) == "Ada nods. The camera slowly pushes in. It is night."
    assert write_shot_prompt("Ada nods!", None, "dusk", {}) == "Ada nods! The light is the blue of dusk."
    assert write_shot_prompt("", None, "night", {}) == ""


def test_every_camera_move_and_every_light_has_its_sentence() -> None:
    assert set(CAMERA_SENTENCES) == set(get_args(CameraMove))
    assert set(LIGHT_SENTENCES) == set(get_args(Light))


def test_a_word_of_earlier_boards_is_the_move_that_it_stood_for() -> None:
    kept = {"in": "push_in", "out": "pull_out", "still": "hold", "pan_left": "pan_left"}
    for word, move in kept.items():
        camera = ShotContent.model_validate({"camera": word}).camera
        assert camera is not None
        assert camera.move == move
    assert ShotContent.model_validate({"camera": "none"}).camera is None
    with pytest.raises(ValidationError):
        ShotContent.model_validate({"camera": "sideways"})


@pytest.fixture(scope="module")
def read() -> Callable[[str], CameraPlan]:
    torch.set_num_threads(2)
    encoder = TextEncoder(ensure(TEXT, default_cache_dir()))
    acting, reader = Acting(encoder, load_weights()[0]), DirectionReader(encoder)

    def read(text: str) -> CameraPlan:
        states, labels = acting.label([text])
        return reader.read_camera(read_words([text], states, labels)[0], "cu", 4.0)

    return read


@pytest.mark.parametrize("move", get_args(CameraMove))
def test_the_previs_reads_a_sentence_as_the_move_that_it_says(
    read: Callable[[str], CameraPlan], move: CameraMove
) -> None:
    choice = CameraChoice(move=move)
    read_as = [one.name for one in read(write_shot_prompt("@chr_1 smiles", choice, None, NAMED)).moves]
    assert read_as == ([] if move == "hold" else [move])
