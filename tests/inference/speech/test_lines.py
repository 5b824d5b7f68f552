"""Bad lines get words that say what to do; good ones are read whole, however long."""

from __future__ import annotations

import pytest

from inference.catalogue import MOST_CHARACTERS, Language
from inference.speech.delivery import Delivery, read_parenthetical
from inference.speech.line_check import check_line, without_symbols
from inference.speech.port import Line, Refusal, SpeechRefused
from inference.speech.reading import MOST_SIGNS, read_line


@pytest.mark.parametrize(
    ("text", "language", "refusal", "advice"),
    [
        ("  ", "en-US", "empty_line", "type what"),
        ("a" * 5000, "en-US", "line_too_long", "split it"),
        ("<speak>Hi <break/></speak>", "en-US", "markup_in_line", "words alone"),
        ("你好", "en-US", "wrong_language", "choose a voice"),
        ("Привет", "en-GB", "wrong_language", "choose a voice"),
        ("Hello there", "zh", "wrong_language", "English voice"),
        ("!!! ... 🙂", "en-US", "nothing_to_say", "type what"),
    ],
)
def test_a_line_that_cannot_be_said_is_refused_with_a_way_out(
    text: str, language: Language, refusal: Refusal, advice: str
) -> None:
    with pytest.raises(SpeechRefused) as refused:
        check_line(Line(text, "any"), language)
    assert refused.value.refusal == refusal
    assert advice in refused.value.words


def test_the_speed_has_bounds() -> None:
    with pytest.raises(SpeechRefused, match="bad_speed"):
        check_line(Line("Hello", "any", speed=9), "en-US")


def test_emoji_are_left_unspoken_and_told() -> None:
    line = Line("Come here 🙂 it is 5°C 👍🏽!", "any")
    assert "🙂" in check_line(line, "en-US")
    assert "🙂" not in without_symbols(line.text)
    assert "°" in without_symbols(line.text)


def test_a_longest_line_is_read_in_portions_and_loses_no_word() -> None:
    text = ("word " * (MOST_CHARACTERS // 5)).strip()  # not one place to breathe
    sentences = read_line(text, "en-US", {})
    assert all(len(sentence.signs) <= MOST_SIGNS for sentence in sentences)
    assert sum(len(sentence.words) for sentence in sentences) == MOST_CHARACTERS // 5


def test_portions_end_where_sentences_do() -> None:
    sentences = read_line("The tide is going out, and so must we, my friends. " * 8, "en-US", {})
    assert len(sentences) > 1
    assert all(sentence.signs.endswith(".") for sentence in sentences)


def test_words_know_where_their_signs_are() -> None:
    (sentence,) = read_line("Wait… “No,” she said.", "en-US", {})
    assert [word for word, _, _ in sentence.words] == ["Wait", "No", "she", "said"]
    assert all(sentence.signs[start:end].strip() for _, start, end in sentence.words)


def test_pronunciations_that_were_given_are_used() -> None:
    (plain,) = read_line("Siobhan ran.", "en-US", {})
    (spelt,) = read_line("Siobhan ran.", "en-US", {"siobhan": "Shivawn"})
    (exact,) = read_line("Siobhan ran.", "en-US", {"Siobhan": "/ʃəvˈɔn/"})
    assert plain.signs != spelt.signs
    assert exact.signs.startswith("ʃəvˈɔn ")
    assert exact.words[0][0] == "Siobhan"
    (chinese,) = read_line("他去了长街。", "zh", {"长街": "zhang3 jie1"})
    assert "ꭧaŋ" in chinese.signs.replace("↓", "")


def test_a_pronunciation_that_is_none_is_refused() -> None:
    with pytest.raises(SpeechRefused, match="pinyin"):
        read_line("他去了长街。", "zh", {"长街": "long street"})


def test_latin_words_in_a_chinese_line_are_said_in_english() -> None:
    (sentence,) = read_line("我爱Paris，看DVD。", "zh", {})
    assert "pˈɛɹəs" in sentence.signs


@pytest.mark.parametrize(
    ("parenthetical", "delivery"),
    [
        ("(slowly)", Delivery(0.85)),
        ("(beat, very quickly)", Delivery(1.15, 0.6)),
        ("(whispering)", Delivery(unheeded="whispering")),
        ("(at breakfast)", Delivery(unheeded="at breakfast")),
        ("（停顿，激动地）", Delivery(1.1, 0.8)),
        ("", Delivery()),
    ],
)
def test_parentheticals_are_heeded_as_far_as_a_voice_can(parenthetical: str, delivery: Delivery) -> None:
    assert read_parenthetical(parenthetical) == delivery
