"""The packaged voices: sound whose phonemes have exact times, the same every time, and given up when it is unwanted."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from inference.catalogue import VOICES
from inference.registry.packaged import default_cache_dir
from inference.registry.voice_pack import STYLES, require_voice_pack
from inference.speech.hearing import Recogniser
from inference.speech.kokoro import KokoroVoices
from inference.speech.port import RATE, Line, Speech, SpeechRefused
from tests.inference.speech.conftest import SENTENCE, go_on


class Unwanted(Exception):
    pass


def test_every_listed_voice_has_its_styles_and_no_other_has() -> None:
    from safetensors import safe_open

    with safe_open(require_voice_pack(default_cache_dir()) / STYLES, framework="numpy") as styles:
        assert set(styles.keys()) == VOICES.keys()


def test_times_tile_the_sound_to_the_sample(spoken: Speech) -> None:
    assert spoken.samples.dtype == np.float32
    assert [word.text for word in spoken.words] == SENTENCE.replace(",", "").replace(".", "").split()
    phonemes = [phoneme for word in spoken.words for phoneme in word.phonemes]
    assert all(phoneme.start < phoneme.end for phoneme in phonemes)
    assert all(one.end <= other.start for one, other in pairwise(phonemes))
    assert phonemes[-1].end <= len(spoken.samples)
    assert len(spoken.samples) % (RATE // 40) == 0  # whole frames of 25 ms
    for word in spoken.words:
        assert all(one.end == other.start for one, other in pairwise(word.phonemes))


def test_a_comma_is_a_pause_and_the_pause_is_quiet(spoken: Speech) -> None:
    down, following = spoken.words[3], spoken.words[4]
    assert following.start - down.end > RATE // 20
    middle = spoken.samples[down.end : following.start]
    assert np.sqrt(np.mean(middle**2)) < 0.02 * np.sqrt(np.mean(spoken.samples[: down.end] ** 2))


def test_what_was_meant_is_heard_where_it_is_said(spoken: Speech, recogniser: Recogniser) -> None:
    aligned = recogniser.align(spoken.samples, spoken.words)
    offsets = [abs(own.start - found.start) for own, found in zip(spoken.words, aligned, strict=True)]
    assert np.median(offsets) < 0.06 * RATE


def test_the_same_line_has_the_same_samples(voices: KokoroVoices, spoken: Speech) -> None:
    again = voices.speak(Line(SENTENCE, "af_heart"), go_on)
    assert again.samples.tobytes() == spoken.samples.tobytes()
    assert again.words == spoken.words


def test_a_faster_line_is_shorter(voices: KokoroVoices, spoken: Speech) -> None:
    assert len(voices.speak(Line(SENTENCE, "af_heart", speed=1.4), go_on).samples) < 0.85 * len(spoken.samples)


def test_mandarin_is_spoken_too(voices: KokoroVoices) -> None:
    speech = voices.speak(Line("你好，世界！", "zf_xiaoxiao"), go_on)
    assert "".join(word.text for word in speech.words) == "你好世界"
    assert speech.duration_s > 0.5


def test_a_line_that_is_unwanted_is_given_up_in_the_middle(voices: KokoroVoices) -> None:
    asked = []

    def check() -> None:
        asked.append(True)
        if len(asked) > 4:  # the graph runs by then: this is asked between its polls
            raise Unwanted

    with pytest.raises(Unwanted):
        voices.speak(Line("The keeper counted the ships, and wrote each name in his book. " * 12, "af_heart"), check)
    assert voices.speak(Line("Still here.", "af_heart"), go_on).words  # and the engine speaks on


def test_an_unknown_voice_is_refused(voices: KokoroVoices) -> None:
    with pytest.raises(SpeechRefused, match="unknown_voice"):
        voices.speak(Line("Hello", "nobody"), go_on)


def test_a_pronunciation_in_foreign_signs_is_refused(voices: KokoroVoices) -> None:
    with pytest.raises(SpeechRefused, match="bad_pronunciation"):
        voices.speak(Line("Hello", "af_heart", pronunciations={"hello": "/ʘ♥/"}), go_on)
