"""The short form of `scripts/bench previs_directions`: a few sentences a direction, the same minima."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import numpy.typing as npt
import pytest

from inference.motion.parameters import INDEX, Track
from inference.registry.packaged import default_cache_dir
from tests.bench.previs_court import Court, Sentence, hear, judge_sentence, read_sentences
from tests.bench.previs_directions import FRAMING, SIZE
from tests.bench.previs_judge import DIRECTIONS, judge_sequence
from tests.bench.previs_lookup import hand_written
from tests.bench.previs_model import DirectedModel
from tests.bench.previs_scene import photos, scene_of

HAND_SET = (
    ("turn_left", "turn_left", None), ("turn_right", "turn_right", None), ("look_up", "look_up", None),
    ("look_down", "look_down", None), ("nod", "nod", None), ("shake_head", "shake_head", None),
    ("tilt_left", "tilt", "left"), ("tilt_right", "tilt", "right"), ("smile", "smile", None), ("talk", "talk", None),
    ("close_eyes", "close_eyes", None), ("raise_brows", "raise_brows", None), ("camera_in", "camera_in", None),
    ("camera_out", "camera_out", None), ("pan_left", "pan", "left"), ("pan_right", "pan", "right"),
)  # fmt: skip


def test_the_sealed_sentences_are_enough_and_share_none_with_those_that_were_tuned_on() -> None:
    sealed = read_sentences(book_name="sealed")
    seen_before = read_sentences(book_name="development") + read_sentences(book_name="opened")
    counts = Counter(sentence.first for sentence in sealed if sentence.second is None)
    assert set(counts) == set(DIRECTIONS)
    assert min(counts.values()) >= 20
    assert sum(sentence.second is not None for sentence in sealed) >= 40
    texts = [sentence.text.casefold() for sentence in sealed]
    assert len(set(texts)) == len(texts)
    assert not set(texts) & {sentence.text.casefold() for sentence in seen_before}
    fresh = {sentence.text.casefold() for sentence in read_sentences(book_name="fresh")}
    assert len(fresh) >= 130
    assert not fresh & {sentence.text.casefold() for sentence in seen_before + sealed}


@pytest.fixture(scope="module")
def court() -> Court:
    return Court(scene_of(photos()["astronaut"], SIZE, framing=FRAMING), default_cache_dir(), calibration_frames=700)


@pytest.mark.parametrize(("motion", "asked", "side"), HAND_SET)
def test_a_hand_set_motion_is_seen_as_itself_and_as_nothing_else(
    court: Court, motion: str, asked: str, side: str | None
) -> None:
    judgement = court.try_motion(Sentence(motion, asked, side=side), hand_written(motion, 72))
    assert judgement.hit, (judgement.why(), judgement.amounts)


def test_a_motionless_clip_is_no_hit_for_any_direction(court: Court) -> None:
    still = np.zeros_like(hand_written("nod", 72))
    seen = court.watch(still)
    for _, asked, _ in HAND_SET:
        judgement = judge_sentence(Sentence("", asked), seen)
        assert not judgement.reached
        assert not judgement.strayed


def test_any_two_hand_set_actions_in_a_row_are_seen_in_their_order_and_in_no_other() -> None:
    for (one, first, _), (two, second, _) in itertools.permutations(HAND_SET, 2):
        if first == second or {first, second} == {"camera_in", "camera_out"}:
            continue
        series = as_seen(one_after_the_other(one, two))
        assert judge_sequence(series, first, second).hit, (one, two)
        assert not judge_sequence(series, second, first).hit, (one, two)


def one_after_the_other(one: str, two: str, frames: int = 60) -> Track:
    """The first action is taken back before the second begins; where the camera went, it stays."""
    before, after = hand_written(one, frames), hand_written(two, frames)
    if one.startswith(("camera", "pan")):
        after = after + before[-1]
    else:
        before[-12:] *= np.linspace(1, 0, 12, dtype=np.float32)[:, None]
    return np.vstack([before, after])


def as_seen(track_FP: Track) -> dict[str, npt.NDArray[np.float64]]:
    """The series of a track if everything were seen perfectly, expressions as an average photo shows them."""
    at = {name: track_FP[::2, i].astype(np.float64) for name, i in INDEX.items()}
    return {
        "yaw": at["yaw"],
        "pitch": at["pitch"],
        "roll": at["roll"],
        "smile": 0.125 * at["smile"],
        "gap": 0.3 * at["jaw"],
        "eyes": 1 - at["blink"],
        "brows": 0.08 * at["brows"],
        "scale": at["camera_zoom"] + at["camera_dolly"],
        "pan": at["camera_pan"],
    }


@pytest.mark.timeout(900)  # it renders thirty clips and looks at every frame of them
def test_sentences_are_followed_and_sequences_keep_their_order(court: Court) -> None:
    model = DirectedModel(default_cache_dir(), photos()["astronaut"], SIZE, FRAMING)
    verdicts = hear(court, model, read_sentences(each=1), lambda _: None)
    # The bench asks for 90 % of 308; at that rate two or more of 14 are missed two times in five.
    assert verdicts.rate(sequences=False) >= 0.8, verdicts.misses()
    assert verdicts.rate(sequences=True) == 1, verdicts.misses()
