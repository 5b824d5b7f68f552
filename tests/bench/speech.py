"""Speech: how rightly English and Mandarin are spoken, how fast, with how much memory, and how soon it stops."""

from __future__ import annotations

import resource
import statistics
import threading
import time

from inference.registry.packaged import default_cache_dir
from inference.registry.voice_pack import require_voice_pack
from inference.speech.hearing import Recogniser
from inference.speech.kokoro import KokoroVoices
from inference.speech.port import RATE, Line, Speech
from tests.bench import speech_measure as measure
from tests.bench.outcome import Outcome, Report

ENGLISH = ("af_heart", "am_michael", "bf_emma", "bm_george")
MANDARIN = ("zf_xiaoxiao", "zm_yunxi")
LONG = "The lighthouse keeper counted the ships as they passed, and wrote each name in his book. " * 10


def run(report: Report) -> Outcome:
    outcome = Outcome()
    voices, recogniser = KokoroVoices(require_voice_pack(default_cache_dir())), Recogniser()
    measure.say(voices, "Hello.", ENGLISH[0])  # loads the graph
    costs: list[float] = []
    for voice in ENGLISH:
        report(f"listening to {voice}")
        sentences = measure.SEALED["english"]["heard"]
        spoken = [_timed(voices, text, voice, costs) for text in sentences]
        errors = measure.phoneme_errors(spoken, recogniser, british=voice[0] == "b")
        outcome.check(f"{voice}_phoneme_error", round(errors[0], 4), "<=", 0.13)
        outcome.check(f"{voice}_consonant_error", round(errors[1], 4), "<=", 0.09)
        outcome.note(f"{voice}_boundary_error_ms", _boundary_error_ms(spoken, recogniser))
    misread = measure.misread_forms()
    outcome.check("written_forms_read_right", round(1 - len(misread) / 30, 4), ">=", 0.9)
    outcome.note("written_forms_misread", misread)
    right, wrong = measure.misread_syllables()
    outcome.check("mandarin_syllables_right", round(right, 4), ">=", 0.98)
    outcome.note("mandarin_misread", wrong)
    for voice in MANDARIN:
        report(f"listening to {voice}")
        spoken = [_timed(voices, sentence["text"], voice, costs) for sentence in measure.SEALED["mandarin"]]
        outcome.check(f"{voice}_told_apart", round(measure.share_told_apart(spoken, recogniser), 4), ">=", 0.9)
    outcome.check("core_s_per_s", round(statistics.median(costs), 2), "<=", 1.5)
    _measure_limits(voices, outcome)
    return outcome


def _timed(voices: KokoroVoices, text: str, voice: str, costs: list[float]) -> Speech:
    started = time.process_time()
    speech = measure.say(voices, text, voice)
    costs.append((time.process_time() - started) / speech.duration_s)
    return speech


def _boundary_error_ms(spoken: list[Speech], recogniser: Recogniser) -> float:
    """The median difference of the voice's own times and those at which the recogniser finds the same phonemes."""
    differences = [
        abs(own.start - found.start) / RATE * 1000
        for speech in spoken[:12]
        for word, aligned in zip(speech.words, recogniser.align(speech.samples, speech.words), strict=True)
        for own, found in zip(word.phonemes, aligned.phonemes, strict=True)
    ]
    return round(statistics.median(differences), 1)


class _Unwanted(Exception):
    pass


def _measure_limits(voices: KokoroVoices, outcome: Outcome) -> None:
    measure.say(voices, LONG, ENGLISH[0])
    outcome.check("peak_memory_gb", round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2), "<=", 1.5)
    first, second = (measure.say(voices, "The same again, please.", ENGLISH[0]) for _ in range(2))
    outcome.check("same_samples_twice", first.samples.tobytes() == second.samples.tobytes(), "==", True)
    outcome.check("cancelled_after_s", max(_cancel_after(voices, wait_s) for wait_s in (0.3, 0.7, 1.5)), "<=", 0.3)


def _cancel_after(voices: KokoroVoices, wait_s: float) -> float:
    unwanted = threading.Event()
    asked: list[float] = []

    def ask() -> None:
        asked.append(time.monotonic())
        unwanted.set()

    def check() -> None:
        if unwanted.is_set():
            raise _Unwanted

    timer = threading.Timer(wait_s, ask)
    timer.start()
    try:
        voices.speak(Line(LONG, ENGLISH[0]), check)
    except _Unwanted:
        return round(time.monotonic() - asked[0], 3)
    raise AssertionError("the line was said before it was cancelled")
