"""The finished mix is listened to: the right line passes, a wrong, late or missing one does not."""

from __future__ import annotations

import numpy as np
import pytest

from inference.speech.clip import moved
from inference.speech.hearing import Recogniser
from inference.speech.kokoro import KokoroVoices
from inference.speech.port import RATE, HeardLine, Line, Planned, Samples, Speech
from inference.speech.verdict import judge
from tests.inference.speech.conftest import go_on

START = RATE


def mix_of(speech: Speech, start: int = START) -> Samples:
    mix = np.zeros(start + len(speech.samples) + RATE, np.float32)
    mix[start : start + len(speech.samples)] = speech.samples
    return mix


def verdict_on(mix: Samples, speech: Speech, recogniser: Recogniser, *, english: bool = True) -> HeardLine:
    words = moved(speech.words, START)
    (heard,) = judge(mix, (Planned(words, words[0].start, words[-1].end, english, True),), recogniser)
    return heard


def test_the_right_line_at_the_right_time_passes(spoken: Speech, recogniser: Recogniser) -> None:
    heard = verdict_on(mix_of(spoken), spoken, recogniser)
    assert heard.verdict == "pass"
    assert heard.offset_ms == pytest.approx(0, abs=30)


@pytest.mark.parametrize("late_s", [0.12, -0.12, 0.25])
def test_a_late_or_early_line_fails(spoken: Speech, recogniser: Recogniser, late_s: float) -> None:
    heard = verdict_on(mix_of(spoken, START + round(late_s * RATE)), spoken, recogniser)
    assert heard.verdict == "fail"
    assert heard.offset_ms == pytest.approx(late_s * 1000, abs=40)


def test_another_line_fails(voices: KokoroVoices, spoken: Speech, recogniser: Recogniser) -> None:
    other = voices.speak(Line("Every morning the old man feeds two hungry dogs.", "af_heart"), go_on)
    assert verdict_on(mix_of(other), spoken, recogniser).verdict == "fail"


def test_silence_fails(spoken: Speech, recogniser: Recogniser) -> None:
    assert verdict_on(np.zeros_like(mix_of(spoken)), spoken, recogniser).verdict == "fail"


def test_mandarin_is_judged_by_classes_of_sounds(voices: KokoroVoices, recogniser: Recogniser) -> None:
    right = voices.speak(Line("妈妈明天去北京看我的朋友。", "zf_xiaoxiao"), go_on)
    wrong = voices.speak(Line("这本书一共有三百二十页。", "zf_xiaoxiao"), go_on)
    heard = verdict_on(mix_of(right), right, recogniser, english=False)
    assert heard.phoneme_error is None
    assert heard.class_error is not None
    assert heard.verdict == "pass"
    assert verdict_on(mix_of(wrong), right, recogniser, english=False).verdict == "fail"
