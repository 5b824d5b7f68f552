"""Directions are read from words, listed or not, and move what they name alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from inference.motion.camera import see_layer, see_person, see_plate
from inference.motion.checkpoint import load_weights
from inference.motion.direction.meanings import Meanings
from inference.motion.direction.prompt_words import PromptWords, read_words
from inference.motion.text import TextEncoder
from inference.pipelines.acting import Acting
from inference.registry.packaged import TEXT, default_cache_dir, ensure
from tests.inference.motion.shots import params


@pytest.fixture(scope="module")
def encoder() -> TextEncoder:
    torch.set_num_threads(2)
    return TextEncoder(ensure(TEXT, default_cache_dir()))


@pytest.fixture(scope="module")
def acting(encoder: TextEncoder) -> Acting:
    return Acting(encoder, load_weights()[0])


def read(acting: Acting, text: str) -> PromptWords:
    return read_words([text], *acting.label([text]))[0]


def test_every_word_is_told_what_it_is_about_where_it_stands(acting: Acting) -> None:
    text = "Ada smiles, then the camera pans to the left."
    prompt = read(acting, text)
    assert [text[word.start : word.end] for word in prompt.words] == [word.text for word in prompt.words]
    about = {word.text: word.label for word in prompt.words}
    assert about["smiles"] == "smile"
    assert about["pans"] == "pan_left"


def test_words_beyond_what_the_encoder_reads_are_about_nothing(acting: Acting) -> None:
    prompt = read(acting, "rain " * 300 + "smiles")
    assert prompt.words[-1].text == "smiles"
    assert prompt.words[-1].label == "none"


def test_a_meaning_is_found_in_words_that_nobody_listed_and_not_in_others(encoder: TextEncoder) -> None:
    meanings = Meanings(
        encoder,
        {
            "circles": ["the camera moves around her in an arc", "the camera circles the man"],
            "trucks": ["the camera slides sideways", "the camera moves sideways past him"],
        },
    )
    assert meanings.nearest("the camera orbits the man in a half circle", 0.5, 0.05) == "circles"
    assert meanings.nearest("the lens glides laterally, sideways past him", 0.4, 0.05) == "trucks"
    assert meanings.nearest("she eats an apple", 0.5, 0.05) is None


def test_a_camera_that_trucks_slides_what_is_near_more_than_what_is_far() -> None:
    trucked = params(camera_truck=0.1)[0]
    person, plate = (see(trucked, 1000, 500)[0, 2] for see in (see_person, see_plate))
    far, near = (see_layer(trucked, depth, 1000, 500)[0, 2] for depth in (0.1, 0.8))
    assert person == pytest.approx(-100)
    assert person < near < far <= 0
    assert -60 < plate < -10
    assert np.allclose(see_person(trucked, 1000, 500)[:, :2], np.eye(2)), "it neither turns nor scales"
