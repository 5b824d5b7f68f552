"""What a sentence asks for is what is acted, by way of its token states alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from inference.motion.checkpoint import PACKAGED_WEIGHTS, WeightsDamaged, load_weights
from inference.motion.parameters import HIGH_P, INDEX, LOW_P
from inference.motion.text import TextEncoder, TokenStates
from inference.motion.transformer import MotionTransformer
from inference.pipelines.acting import Acting
from inference.registry.packaged import TEXT, default_cache_dir, ensure
from tests.bench.motion import act, in_order, see

ASKED = {
    "The man turns his head to the left.": "turn_left",
    "The man turns his head to the right.": "turn_right",
    "She looks up at the ceiling.": "look_up",
    "She looks down at the floor.": "look_down",
    "He tilts his head to one side.": "tilt",
    "The woman smiles.": "smile",
    "She closes her eyes.": "close_eyes",
    "He raises his eyebrows.": "brows",
    "The camera slowly pushes in.": "camera_in",
    "The camera pulls back.": "camera_out",
    "The camera pans to the right.": "pan_right",
}
LEAST = {
    "turn": 12, "look": 8, "tilt": 7, "smile": 0.5, "close_eyes": 0.6, "brows": 0.5, "camera": 0.1, "pan": 0.06
}  # fmt: skip


@pytest.fixture(scope="module")
def encoder() -> TextEncoder:
    torch.set_num_threads(2)
    return TextEncoder(ensure(TEXT, default_cache_dir()))


@pytest.fixture(scope="module")
def model() -> MotionTransformer:
    return load_weights()[0]


def reached(acting: Acting) -> dict[str, bool]:
    found = {}
    for seed, (text, asked) in enumerate(ASKED.items()):
        least = LEAST.get(asked) or LEAST[asked.split("_")[0]]
        found[text] = see(act(acting, text, 3.0, seed)).peak[asked] >= least
    return found


def test_plain_sentences_are_acted(encoder: TextEncoder, model: MotionTransformer) -> None:
    missed = [text for text, hit in reached(Acting(encoder, model)).items() if not hit]
    assert not missed


def test_with_shuffled_states_nothing_is_left_of_it(encoder: TextEncoder, model: MotionTransformer) -> None:
    texts = list(ASKED)
    other = dict(zip(texts, texts[4:] + texts[:4], strict=True))

    def shuffled(asked: list[str]) -> TokenStates:
        return encoder([other.get(text, text) for text in asked])

    assert sum(reached(Acting(shuffled, model)).values()) <= 2


def test_two_acts_come_in_the_order_of_the_sentence(encoder: TextEncoder, model: MotionTransformer) -> None:
    acting = Acting(encoder, model)
    there = see(act(acting, "She smiles, then she looks down at the floor.", 5.0, 3))
    back = see(act(acting, "She looks down at the floor, then she smiles.", 5.0, 3))
    assert in_order("smile", "look_down", there)
    assert in_order("look_down", "smile", back)


def test_what_is_not_asked_stays_quiet_and_the_picture_can_be_drawn(
    encoder: TextEncoder, model: MotionTransformer
) -> None:
    track = act(Acting(encoder, model), "A woman stands in a meadow.", 3.0, 5)
    assert np.abs(track[:, INDEX["yaw"]]).max() < 4
    assert np.abs(track[:, INDEX["pitch"]]).max() < 3
    assert np.abs(track[:, [i for name, i in INDEX.items() if name.startswith("camera")]]).max() < 0.5
    turned = act(Acting(encoder, model), "He turns all the way to the left.", 3.0, 5)
    slack_P = 0.15 * (HIGH_P - LOW_P)
    assert (turned >= LOW_P - slack_P).all()
    assert (turned <= HIGH_P + slack_P).all()


def test_damaged_weights_are_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    copy = tmp_path_factory.mktemp("weights") / PACKAGED_WEIGHTS.name
    copy.write_bytes(PACKAGED_WEIGHTS.read_bytes()[:-1] + b"\0")
    copy.with_suffix(".sha256").write_text(PACKAGED_WEIGHTS.with_suffix(".sha256").read_text())
    with pytest.raises(WeightsDamaged, match="SHA-256"):
        load_weights(copy)
