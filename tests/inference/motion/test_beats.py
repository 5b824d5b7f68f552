"""What a prompt puts in an order follows each other in that order."""

from __future__ import annotations

import re

import numpy as np
import pytest

from inference.motion.acts import LABELS
from inference.motion.direction.beats import begins_of, find_beats, says_order
from inference.motion.direction.prompt_words import PromptWords, Word

_NOTHING = np.zeros(len(LABELS), np.float32)


def prompt_of(text: str) -> PromptWords:
    """Words that nobody read: an order is told by words alone."""
    found = re.finditer(r"[A-Za-z']+|[.,;!?]", text)
    return PromptWords(text, tuple(Word(one.group(), *one.span(), _NOTHING, _NOTHING) for one in found))


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("She nods, then the camera pans.", "nods", "pans"),
        ("He smiles after the camera has stopped.", "stopped", "smiles"),
        ("After shaking his head, he smiles.", "shaking", "smiles"),
        ("She looks down once she has heard it.", "heard", "looks"),
        ("Once the camera has come close, she smiles.", "close", "smiles"),
        ("The camera pushes in. Once we're close, he smiles.", "close", "smiles"),
        ("As soon as he looks up, zoom in.", "looks", "zoom"),
        ("Before she speaks, she turns left.", "turns", "speaks"),
        ("She turns left before she speaks.", "turns", "speaks"),
        ("The camera pans right, whereupon he looks up.", "pans", "looks"),
        ("She waits, and after a moment she smiles.", "waits", "smiles"),
        ("He waited, and later he smiled.", "waited", "smiled"),
    ],
)
def test_what_comes_first_begins_first(text: str, first: str, second: str) -> None:
    beats = find_beats(prompt_of(text), 4.0)
    assert len(beats) == 2
    assert begins_of(beats, text.index(first) + len(first)) == 0.0
    assert begins_of(beats, text.index(second) + len(second)) == 0.5


@pytest.mark.parametrize(
    "text", ["She nods once and smiles.", "He looks after her.", "She smiles once more.", "He nods."]
)
def test_words_that_say_nothing_of_time_make_no_order(text: str) -> None:
    assert len(find_beats(prompt_of(text), 4.0)) == 1


def test_an_order_may_be_said_in_words_that_make_no_beats() -> None:
    ordered, open_ = prompt_of("He nods at the end, with a smile coming first."), prompt_of("He nods and smiles.")
    assert says_order(ordered, find_beats(ordered, 4.0))
    assert not says_order(open_, find_beats(open_, 4.0))
