"""Somebody's own recording → a line like any other: trimmed, levelled, and with times for what is said in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from inference.catalogue import Language
from inference.speech.comparison import classes, distance, folded, forms_of
from inference.speech.hearing import Recogniser
from inference.speech.port import RATE, Samples, Speech, SpeechRefused, Word
from inference.speech.reading import read_line
from inference.speech.timing import time_words
from inference.speech.voice_activity import VoiceActivity

Note = Literal["clipped", "words_differ", "hard_to_hear", "sounds_only"]

_SILENT_PEAK = 10 ** (-50 / 20)
_SPEECH_LEVEL = 10 ** (-23 / 20)  # root mean square of what is spoken
_HIGHEST_PEAK = 10 ** (-1 / 20)
_BEFORE, _AFTER, _FADE = RATE * 15 // 100, RATE // 4, RATE // 200
_FULL_SCALE = 0.998
_CLIPPED_NOTE, _CLIPPED_REFUSED = 0.0005, 0.02  # shares of the spoken samples
_DIFFERS = 0.6  # share of sounds heard otherwise, above which it is another sentence
# Clean lines have up to 0.26, two voices at once of one loudness 0.40 and more (docs/benchmarks.md).
_HARD = 0.35  # told, never refused


@dataclass(frozen=True)
class Recording:
    """`speech` begins `trimmed_start` samples into what was recorded; `notes` are for whoever recorded it."""

    speech: Speech
    trimmed_start: int
    notes: tuple[Note, ...]


def prepare_recording(
    samples: Samples,
    activity: VoiceActivity,
    recogniser: Recogniser,
    known: tuple[str, Language] | None = None,
    pronunciations: Mapping[str, str] | None = None,
) -> Recording:
    """`samples`: mono float32 at RATE; `known`: the words and their language. Raises SpeechRefused.

    Without known words the sounds are the recogniser's, each phoneme a word of its own text: exact for English alone.
    """
    if not len(samples) or np.abs(samples).max() < _SILENT_PEAK:
        raise SpeechRefused(
            "recording_silent", "nothing is heard in this recording: check the microphone and record it again"
        )
    spans = activity.find(samples)
    if not spans:
        raise SpeechRefused(
            "recording_without_speech",
            "nobody is heard speaking in this recording (music does not count): record the line in a quiet room",
        )
    notes: list[Note] = ["clipped"] if _clipped_share(samples, spans) > _CLIPPED_NOTE else []
    start = max(0, spans[0][0] - _BEFORE)
    sound = _levelled(samples[start : spans[-1][1] + _AFTER], [(a - start, b - start) for a, b in spans])
    words, note = _find_words(sound, recogniser, known, pronunciations or {})
    return Recording(Speech(sound, words), start, (*notes, *note))


def _clipped_share(samples: Samples, spans: tuple[tuple[int, int], ...]) -> float:
    spoken = np.concatenate([samples[start:end] for start, end in spans])
    share = float((np.abs(spoken) >= _FULL_SCALE).mean())
    if share > _CLIPPED_REFUSED:
        raise SpeechRefused(
            "recording_clipped",
            "the recording is too loud and distorted: turn the microphone down or step back, and record it again",
        )
    return share


def _levelled(sound: Samples, spans: list[tuple[int, int]]) -> Samples:
    """At a common loudness, without a peak above -1 dBFS, and without clicks at its ends."""
    spoken = np.concatenate([sound[start:end] for start, end in spans])
    level = float(np.sqrt(np.mean(spoken.astype(np.float64) ** 2)))
    gain = min(_SPEECH_LEVEL / level, _HIGHEST_PEAK / float(np.abs(sound).max()))
    levelled = (sound * gain).astype(np.float32)
    fade = min(_FADE, len(levelled) // 2)
    ramp = np.linspace(0, 1, fade, dtype=np.float32)
    levelled[:fade] *= ramp
    levelled[len(levelled) - fade :] *= ramp[::-1]
    return levelled


def _find_words(
    sound: Samples, recogniser: Recogniser, known: tuple[str, Language] | None, pronunciations: Mapping[str, str]
) -> tuple[tuple[Word, ...], list[Note]]:
    heard = recogniser.hear(sound)
    if known is None:
        return tuple(Word(phoneme.symbol, (phoneme,)) for phoneme in heard.phonemes), ["sounds_only"]
    text, language = known
    words = untimed_words(text, language, pronunciations)
    forms = [forms_of(word.text, [phoneme.symbol for phoneme in word.phonemes]) for word in words]
    if language == "zh":  # the recogniser knows English sounds alone
        meant = [[classes([sound for word_forms in forms for sound in word_forms[0]])]]
        wrong, count = distance(meant, classes(heard.sounds))
    else:
        wrong, count = distance([[folded(form) for form in word_forms] for word_forms in forms], folded(heard.sounds))
    notes: list[Note] = []
    if wrong > _DIFFERS * count:
        notes = ["words_differ"]
    elif language != "zh" and wrong > _HARD * count:
        notes = ["hard_to_hear"]
    return recogniser.align(sound, words), notes


def untimed_words(text: str, language: Language, pronunciations: Mapping[str, str]) -> tuple[Word, ...]:
    """The words of a text with their phonemes, whose times mean nothing yet. Raises SpeechRefused."""
    words: list[Word] = []
    for sentence in read_line(text, language, pronunciations):
        timed, _ = time_words(sentence, [1] * (len(sentence.signs) + 2), start=0, samples_per_frame=1)
        words += timed
    return tuple(words)
