"""One alphabet for what was meant and what was heard, so that spelling habits are no errors.

Applied alike to both sides:
- marks are dropped: stress, length, tone, tie bars, dental and syllabic marks, aspiration, nasality;
- allophones are their phoneme: a tap or a glottal stop is t, dark l is l, every r is ɹ, script g is ɡ;
- r-coloured vowels are vowel and r; the affricates tʃ and dʒ, and diphthongs, are one sound each;
- near vowels are one (for the figure that says so): ɪ ə ʌ æ ɛ ɐ ɜ a; ɑ ɔ ɒ.

Function words that have a weak and a strong form may be either, as in every dictionary (the: ðə, ði).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

_MARKS = frozenset("ˈˌːˑ.→↗↘↓ʰʲʷˤʱˀ˞~²³¹⁰⁴⁵⁻⁽⁾˥˦˧˨˩꜔‿˕^ ") | {"\u0329", "\u032f"}
_ALLOPHONES = {
    "ɾ": "t", "ʔ": "t", "ʈ": "t", "T": "t", "ɖ": "d", "ɗ": "d", "ɓ": "b", "ɫ": "l", "ɮ": "l", "r": "ɹ", "ɻ": "ɹ",
    "ɽ": "ɹ", "ʀ": "ɹ", "ʁ": "ɹ", "g": "ɡ", "ɱ": "m", "ɲ": "n", "ɴ": "n", "ɦ": "h", "ħ": "h", "ʋ": "v", "ᵊ": "ə",
    "ᵻ": "ɪ", "ɘ": "ə", "ʉ": "u", "ɨ": "ɪ", "ʏ": "ɪ", "ɵ": "ʊ", "ɕ": "ʃ", "ʂ": "ʃ", "ʑ": "ʒ", "ʐ": "ʒ", "x": "h",
    "χ": "h", "ç": "h", "β": "v", "ɸ": "f", "ɥ": "w", "ɰ": "w", "c": "k", "ɟ": "ɡ", "ɣ": "ɡ", "y": "i",
}  # fmt: skip
_SPELLINGS = {
    "A": "eɪ", "I": "aɪ", "O": "oʊ", "Q": "əʊ", "W": "aʊ", "Y": "ɔɪ", "ʤ": "dʒ", "ʧ": "tʃ", "ɚ": "əɹ", "ɝ": "ɜɹ",
    "ʦ": "ts", "ʨ": "tʃ", "ꭧ": "tʃ",
}  # fmt: skip
_UNITS = {"eɪ": "eɪ", "aɪ": "aɪ", "aʊ": "aʊ", "ɔɪ": "ɔɪ", "oʊ": "oʊ", "əʊ": "oʊ", "dʒ": "dʒ", "tʃ": "tʃ"}
_NEAR = dict.fromkeys("ɪəʌæɛɐɜa", "ə") | dict.fromkeys("ɑɔɒ", "ɔ") | {"e": "eɪ", "o": "oʊ"}
_VOWELS = frozenset("aeiouɑɒɔəɛɜɪʊʌæɐɤɯøœ") | {unit for unit in _UNITS if unit[0] not in "dt"}
_EITHER_FORM = {
    "a": ("ə", "eɪ"), "an": ("ən", "æn"), "the": ("ðə", "ði"), "to": ("tə", "tu"), "and": ("ænd", "ən", "ənd"),
    "of": ("ʌv", "ə"), "for": ("fɔɹ", "fəɹ"), "or": ("ɔɹ", "əɹ"), "your": ("jʊɹ", "jɔɹ", "jəɹ"), "from": ("fɹʌm",),
}  # fmt: skip

# Classes that a lip, a tongue and an ear tell apart in any language.
_CLASSES = {
    "lips": "pbm", "teeth": "fvszʃʒθðtʃdʒts", "nose": "nŋ", "tongue": "tdlɹ", "throat": "kɡh", "round": "uʊowɔ",
    "open": "aɑæʌəɐɛɜɤɒ", "spread": "ieɪjy",
}  # fmt: skip


def sounds_of(symbols: Sequence[str]) -> tuple[str, ...]:
    """Symbols of either side → sounds of the common alphabet."""
    signs = unicodedata.normalize("NFD", "".join(symbols))
    spelt = "".join(_SPELLINGS.get(sign, sign) for sign in signs if not _is_mark(sign))
    plain = "".join(_ALLOPHONES.get(sign, sign) for sign in spelt)
    sounds: list[str] = []
    place = 0
    while place < len(plain):
        pair = plain[place : place + 2]
        sounds.append(_UNITS.get(pair, plain[place]))
        place += 2 if pair in _UNITS else 1
    return tuple(sound for sound in sounds if sound[0].isalpha())


def folded(sounds: Sequence[str]) -> tuple[str, ...]:
    """With near vowels made one."""
    return tuple(_NEAR.get(sound, sound) for sound in sounds)


def consonants(sounds: Sequence[str]) -> tuple[str, ...]:
    """Without vowels."""
    return tuple(sound for sound in sounds if sound not in _VOWELS)


def classes(sounds: Sequence[str]) -> tuple[str, ...]:
    """The class of every sound, runs of one class once."""
    named = [next((name for name, members in _CLASSES.items() if sound[0] in members), "open") for sound in sounds]
    return tuple(name for place, name in enumerate(named) if place == 0 or named[place - 1] != name)


def forms_of(word: str, symbols: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The ways in which the word may be heard: as it was meant, and in its other form where it has one."""
    others = (sounds_of([form]) for form in _EITHER_FORM.get(word.casefold(), ()))
    return tuple(dict.fromkeys((sounds_of(symbols), *others)))


def distance(meant: Sequence[Sequence[Sequence[str]]], heard: Sequence[str]) -> tuple[int, int]:
    """Edits between what was meant (words, each in one or more forms) and what was heard, and the sounds meant.

    The forms nearest to what was heard are counted.
    """
    row = [(column, 0) for column in range(len(heard) + 1)]  # edits, and sounds of the forms so far
    for forms in meant:
        rows = [_extended(row, form, heard) for form in forms]
        row = [min(cells) for cells in zip(*rows, strict=True)]
    return row[-1]


def _extended(row: list[tuple[int, int]], form: Sequence[str], heard: Sequence[str]) -> list[tuple[int, int]]:
    for sound in form:
        extended = [(row[0][0] + 1, row[0][1] + 1)]
        for column, other in enumerate(heard, 1):
            (diagonal, said), (above, said_above) = row[column - 1], row[column]
            extended.append(
                min(
                    (diagonal + (sound != other), said + 1),
                    (above + 1, said_above + 1),
                    (extended[-1][0] + 1, extended[-1][1]),
                )
            )
        row = extended
    return row


def _is_mark(sign: str) -> bool:
    return sign in _MARKS or unicodedata.combining(sign) > 0
