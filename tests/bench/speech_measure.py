"""How well the voices speak, by ears that are not theirs: the recogniser's for English, pinyin by hand for Mandarin.

The sentences are sealed: they were written, and kept in the history, before anything was measured on them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from inference.speech.comparison import classes, consonants, distance, folded, forms_of, sounds_of
from inference.speech.english.text import spell_out as spell_out_english
from inference.speech.english.words import read_words
from inference.speech.hearing import Recogniser
from inference.speech.kokoro import KokoroVoices
from inference.speech.mandarin.text import spell_out as spell_out_mandarin
from inference.speech.mandarin.tones import read_clause
from inference.speech.port import Line, Speech

SEALED: dict[str, Any] = json.loads((Path(__file__).parent / "speech_sealed.json").read_text())
DECOYS = 3

Sounds = tuple[str, ...]


def say(voices: KokoroVoices, text: str, voice: str) -> Speech:
    return voices.speak(Line(text, voice), lambda: None)


def phoneme_errors(spoken: Iterable[Speech], recogniser: Recogniser, *, british: bool) -> tuple[float, float]:
    """Shares of sounds and of consonants heard otherwise than they were meant.

    A British voice leaves out an r that no vowel follows; the recogniser, an American, may write it: dropped from both.
    """
    edits = sounds = consonant_edits = meant_consonants = 0
    for speech in spoken:
        heard = recogniser.hear(speech.samples).sounds
        meant = [forms_of(word.text, [phoneme.symbol for phoneme in word.phonemes]) for word in speech.words]
        if british:
            heard, meant = _without_r(heard), [tuple(map(_without_r, forms)) for forms in meant]
        wrong, count = distance([[folded(form) for form in forms] for forms in meant], folded(heard))
        edits, sounds = edits + wrong, sounds + count
        wrong, count = distance([[consonants(form) for form in forms] for forms in meant], consonants(heard))
        consonant_edits, meant_consonants = consonant_edits + wrong, meant_consonants + count
    return edits / sounds, consonant_edits / meant_consonants


def _without_r(sounds: Sounds) -> Sounds:
    vowels = "aeiouɑɒɔəɛɜɪʊʌæ"
    return tuple(
        sound
        for place, sound in enumerate(sounds)
        if sound != "ɹ" or (place + 1 < len(sounds) and sounds[place + 1][0] in vowels)
    )


def misread_forms() -> list[str]:
    """Sentences with numbers, dates and abbreviations that are not read as the person who wrote them would."""
    wrong = []
    for form in SEALED["english"]["spoken_forms"]:
        read, meant = (_signs(form[key]) for key in ("text", "reading"))
        if read != meant:
            wrong.append(f"{form['text']}: {read} instead of {meant}")
    return wrong


def _signs(text: str) -> str:
    """Sounds alone: pauses and degrees of stress are taste."""
    words = read_words(spell_out_english(text), "en-US")
    return "".join(sounds_of([word.signs for word in words if word.signs]))


def misread_syllables() -> tuple[float, list[str]]:
    """The share of syllables whose sound and tone are as the pinyin says, and what is not."""
    wrong, edits, count = [], 0, 0
    for sentence in SEALED["mandarin"]:
        read = [
            syllable
            for clause in re.findall("[\u4e00-\u9fff]+", spell_out_mandarin(sentence["text"]))
            for word in read_clause(clause)
            for syllable in word.syllables
        ]
        of_sentence, said = min(distance([_choices(part) for part in way.split()], read) for way in sentence["pinyin"])
        edits, count = edits + of_sentence, count + said
        if of_sentence:
            wrong.append(f"{sentence['text']} {' '.join(read)}")
    return 1 - edits / count, wrong


def _choices(written: str) -> list[tuple[str]]:
    """`wo3|2` is wo3 or wo2."""
    first, *others = written.split("|")
    return [(first,), *((first[:-1] + tone,) for tone in others)]


def share_told_apart(spoken: list[Speech], recogniser: Recogniser) -> float:
    """How often what is heard is nearer to its own sentence than to another of like length, by classes of sounds."""
    meant = [
        classes(sounds_of([phoneme.symbol for word in speech.words for phoneme in word.phonemes])) for speech in spoken
    ]
    right = pairs = 0
    for place, speech in enumerate(spoken):
        heard = classes(recogniser.hear(speech.samples).sounds)
        others = sorted((abs(len(other) - len(meant[place])), at) for at, other in enumerate(meant) if at != place)
        own = distance([[meant[place]]], heard)[0]
        right += sum(own < distance([[meant[at]]], heard)[0] for _, at in others[:DECOYS])
        pairs += DECOYS
    return right / pairs
