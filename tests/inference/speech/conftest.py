"""One engine and one ear for all tests: loading them takes longer than most of what is asked of them."""

from __future__ import annotations

import pytest

from inference.registry.packaged import VOICE_ACTIVITY, default_cache_dir, require
from inference.registry.voice_pack import require_voice_pack
from inference.speech.hearing import Recogniser
from inference.speech.kokoro import KokoroVoices
from inference.speech.port import Line, Speech
from inference.speech.voice_activity import VoiceActivity

SENTENCE = "Put the knife down, and step away from the window."


def go_on() -> None:
    """A check that never stops anything."""


@pytest.fixture(scope="session")
def voices() -> KokoroVoices:
    return KokoroVoices(require_voice_pack(default_cache_dir()))


@pytest.fixture(scope="session")
def recogniser() -> Recogniser:
    return Recogniser()


@pytest.fixture(scope="session")
def activity() -> VoiceActivity:
    return VoiceActivity(require(VOICE_ACTIVITY, default_cache_dir()))


@pytest.fixture(scope="session")
def spoken(voices: KokoroVoices) -> Speech:
    return voices.speak(Line(SENTENCE, "af_heart"), go_on)
