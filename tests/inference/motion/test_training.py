"""The training data is what it says, and a training run can be taken up where it stopped, to the same weights."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from inference.motion import latents
from inference.motion.acts import LABELS, Act
from inference.motion.parameters import HIGH_P, INDEX, LOW_P
from inference.motion.text import STATE_SIZE
from inference.motion.training.clauses import pick_clause, pick_subject, sentence
from inference.motion.training.dataset import Batch, draw_captions
from inference.motion.training.synthesis import perform
from inference.motion.training.train import Recipe, Run, finish, train


def test_captions_are_many_and_know_what_their_words_are_about() -> None:
    captions = draw_captions(400, seed=3)
    assert len({caption.text for caption in captions}) == 400
    for caption in captions:
        assert "{" not in caption.text
        assert "~" not in caption.text
        assert "^" not in caption.text
        acts = {act.name for group in caption.groups for act in group}
        assert acts <= {span.label for span in caption.spans} | {"still", "static"}
        assert all(span.label in LABELS and caption.text[span.start : span.end].strip() for span in caption.spans)
    assert draw_captions(20, seed=3) == captions[:20]


@pytest.mark.parametrize(
    ("name", "channel", "sign", "least"),
    [
        ("turn_left", "yaw", -1, 18), ("turn_right", "yaw", 1, 18), ("up", "pitch", 1, 11), ("down", "pitch", -1, 11),
        ("tilt_left", "roll", -1, 10), ("smile", "smile", 1, 0.85), ("open", "jaw", 1, 0.9),
        ("brows", "brows", 1, 0.85), ("pan_left", "camera_pan", -1, 0.12),
        ("in_dolly", "camera_dolly", 1, 0.18), ("out_zoom", "camera_zoom", -1, 0.18),
    ],
)  # fmt: skip
def test_an_act_moves_its_channel_the_viewers_way(name: str, channel: str, sign: int, least: float) -> None:
    track = perform(((Act(name),),), 96, "cu", np.random.default_rng(1))
    assert (sign * track[:, INDEX[channel]]).max() > least
    assert (track >= LOW_P).all()
    assert (track <= HIGH_P * 1.13).all()


def test_motion_survives_the_latents() -> None:
    for seed, name in enumerate(("turn_left", "talk", "blink", "nod", "handheld")):
        track = perform(((Act(name),),), 75, "cu", np.random.default_rng(seed))
        error = np.abs(latents.decode(latents.encode(track), 75) - track) / (HIGH_P - LOW_P)
        assert error.max() < 0.15
        assert error.mean() < 0.005


def test_a_turn_settles_where_it_is_all_that_is_asked_and_stays_before_another_act() -> None:
    turn, nod = Act("turn_right"), Act("nod")
    alone, followed = (
        perform(groups, 120, "cu", np.random.default_rng(1)) for groups in (((turn,),), ((turn,), (nod,)))
    )
    yaw = INDEX["yaw"]
    assert alone[96:, yaw].mean() < 0.7 * alone[:, yaw].max()
    assert followed[24:48, yaw].min() > 0.85 * followed[:, yaw].max()


def test_the_camera_is_named_where_a_head_could_be_meant() -> None:
    rng = random.Random(2)  # noqa: S311 (training data, not a secret)
    subject = pick_subject(rng)
    assert any(pick_clause(rng, "pan", subject).line.startswith("~turn ") for _ in range(300))
    for _ in range(300):
        clause = pick_clause(rng, "pan", subject)
        for form in ("bare", "order"):
            words = " ".join(words for words, _ in sentence(rng, clause, subject, form))
            assert not words.startswith(("turn", "look", "rotate", "swing", "move")), words


def batches() -> Iterator[Batch]:
    generator = torch.Generator().manual_seed(9)
    while True:
        yield Batch(
            torch.randn(4, 6, latents.D, generator=generator),
            torch.zeros(4, dtype=torch.long),
            torch.randn(4, 5, STATE_SIZE, generator=generator),
            torch.ones(4, 5, dtype=torch.bool),
            torch.zeros(4, 5, dtype=torch.long),
        )


def test_a_resumed_run_ends_with_the_same_weights(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder: Path = tmp_path_factory.mktemp("run")
    torch.set_num_threads(2)
    null_NS = torch.zeros(2, STATE_SIZE)
    recipe = Recipe(seed=1, steps=4)
    whole = Run(recipe)
    train(whole, batches(), null_NS, folder, until=4)

    data = batches()
    first = Run(recipe)
    for _ in range(2):
        first.learn(next(data), null_NS)
    first.save(folder / "half.pt")
    second = Run(recipe)
    second.load(folder / "half.pt")
    train(second, data, null_NS, folder, until=4)

    for one, other in zip(whole.average.parameters(), second.average.parameters(), strict=True):
        assert torch.equal(one, other)
    finish(second, folder)
    assert {"previs-motion.safetensors", "previs-motion.sha256", "loss.csv", "loss.png"} <= {
        path.name for path in folder.iterdir()
    }
