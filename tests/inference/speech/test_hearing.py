"""The ear: it hears what is said, tells sentences apart, and finds known words again."""

from __future__ import annotations

import numpy as np

from inference.speech.comparison import classes, consonants, distance, folded, forms_of, sounds_of
from inference.speech.hearing import Recogniser
from inference.speech.kokoro import KokoroVoices
from inference.speech.port import RATE, Line, Speech
from tests.inference.speech.conftest import go_on


def error(speech: Speech, heard: tuple[str, ...]) -> float:
    meant = [forms_of(word.text, [phoneme.symbol for phoneme in word.phonemes]) for word in speech.words]
    wrong, count = distance([[folded(form) for form in forms] for forms in meant], folded(heard))
    return wrong / count


def test_it_hears_the_sentence_and_not_another(recogniser: Recogniser, voices: KokoroVoices, spoken: Speech) -> None:
    other = voices.speak(Line("Every morning the fishermen push their boats out.", "am_michael"), go_on)
    heard = recogniser.hear(spoken.samples).sounds
    assert error(spoken, heard) < 0.3 < 0.6 < error(other, heard)


def test_silence_says_nothing(recogniser: Recogniser) -> None:
    assert recogniser.hear(np.zeros(RATE, np.float32)).phonemes == ()


def test_words_are_found_where_they_were_moved_to(recogniser: Recogniser, spoken: Speech) -> None:
    shift = RATE // 2
    moved = np.concatenate([np.zeros(shift, np.float32), spoken.samples])
    here, there = (recogniser.align(samples, spoken.words) for samples in (spoken.samples, moved))
    offsets = [later.start - sooner.start for sooner, later in zip(here, there, strict=True)]
    assert abs(np.median(offsets) - shift) <= RATE // 25


def test_both_sides_are_spelt_alike() -> None:
    assert sounds_of(["ʧ", "ˈ", "I", "ɾ"]) == sounds_of(["t͡ʃ", "aɪ", "t"]) == ("tʃ", "aɪ", "t")
    assert sounds_of(["ɝ"]) == ("ɜ", "ɹ")
    assert folded(("ɪ", "æ", "ɑ")) == ("ə", "ə", "ɔ")
    assert consonants(("tʃ", "aɪ", "t")) == ("tʃ", "t")
    assert classes(("p", "b", "a", "ŋ")) == ("lips", "open", "nose")


def test_a_weak_form_is_no_error_but_another_word_is() -> None:
    the, cat = forms_of("the", ["ð", "ə"]), forms_of("cat", ["k", "æ", "t"])
    assert distance([the, cat], sounds_of(["ð", "i", "k", "æ", "t"])) == (0, 5)
    assert distance([the, cat], sounds_of(["ð", "i", "k", "ʌ", "p"])) == (2, 5)
