"""English: written forms become the words a person says, and every word has the phonemes of its accent."""

from __future__ import annotations

import json

import pytest

from inference.registry.packaged import default_cache_dir
from inference.registry.voice_pack import VOCABULARY, require_voice_pack
from inference.speech.english.text import spell_out
from inference.speech.english.words import read_words


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Ms. Lee owes me $20.50, or £7.", "Miz Lee owes me twenty dollars and fifty cents, or seven pounds."),
        ("on Aug. 15, 2003", "on August fifteenth, two thousand and three"),
        ("I leave at 5 p.m. You stay.", "I leave at five P M. You stay."),
        ("Be there at 18:30!", "Be there at eighteen thirty!"),
        ("call 212-555-0199", "call two one two five five five oh one nine nine"),
        ("She is 1.65 m tall.", "She is one point six five meters tall."),
        ("20°C, or 1 mile", "twenty degrees Celsius, or 1 mile"),
        ("the 1960s and the '90s", "the nineteen sixties and the nineties"),
        ("St. Peter lives at Oak St.", "Saint Peter lives at Oak Street"),
        ("King Henry VIII read Chapter IX", "King Henry the eighth read Chapter Nine"),
        ("3/4 of them, i.e. most", "three quarters of them, that is most"),
        ("It cost $3 million.", "It cost three million dollars."),
        ("I have 5 in a row.", "I have 5 in a row."),
    ],
)
def test_what_is_written_otherwise_is_said_as_a_person_says_it(written: str, said: str) -> None:
    assert spell_out(written) == said


def signs(text: str, accent: str) -> str:
    return " ".join(word.signs for word in read_words(text, accent))  # type: ignore[arg-type]


def test_each_accent_has_its_own_sounds() -> None:
    assert signs("water", "en-US") == "wˈɔTəɹ"
    assert signs("water", "en-GB") == "wˈɔːtə"
    assert signs("hello", "en-GB") == "həlˈQ"


def test_a_word_that_no_dictionary_has_is_read_all_the_same() -> None:
    american, british = signs("Glorbandek", "en-US"), signs("Glorbandek", "en-GB")
    assert american.startswith("ɡl")
    assert "O" not in british


def test_a_british_r_is_said_before_a_vowel_only() -> None:
    assert not signs("Zarkmorth", "en-GB").count("ɹ")


@pytest.mark.parametrize("accent", ["en-US", "en-GB"])
def test_every_sign_is_one_that_the_voices_know(accent: str) -> None:
    known = json.loads((require_voice_pack(default_cache_dir()) / VOCABULARY).read_text())["vocab"].keys()
    text = spell_out("Siobhan Nguyen didn't pay €5.20 for Glorbandek's “naïve” garage -- why? (She can't…)")
    assert set(signs(text, accent)) <= known
