"""Frames that a voice gave every sign → words and phonemes with times exact to the sample."""

from __future__ import annotations

from inference.speech.port import Phoneme, Word
from inference.speech.reading import PAUSES, ReadSentence

_STRESSES = {"ˌ": 1, "ˈ": 2}
_LENGTHENERS = "ːʰʲ\u0303→↗↘↓"  # they go on with the sound before them
_SYMBOLS = {
    "A": "eɪ", "I": "aɪ", "O": "oʊ", "Q": "əʊ", "W": "aʊ", "Y": "ɔɪ", "T": "ɾ", "ᵊ": "ə", "ᵻ": "ɪ", "ʤ": "dʒ",
    "ʧ": "tʃ", "ʦ": "ts", "ʨ": "tɕ", "ꭧ": "tʂ",
}  # fmt: skip


def time_words(
    sentence: ReadSentence, frames: list[int], *, start: int, samples_per_frame: int
) -> tuple[list[Word], int]:
    """The sentence's words, and the sample after its last frame.

    `frames`: one count for the pad before the signs, one for each sign, one for the pad behind them.
    """
    assert len(frames) == len(sentence.signs) + 2, "every sign and both pads have their frames"
    edges = [start]
    for count in frames:
        edges.append(edges[-1] + count * samples_per_frame)
    words = []
    for text, first, last in sentence.words:
        # Sign n lies between edges n+1 and n+2. A space belongs to the sound before it.
        closing = last + 1 if sentence.signs[last : last + 1] == " " else last
        if phonemes := _phonemes(sentence.signs[first:last], edges[first + 1 : last + 2], edges[closing + 1]):
            words.append(Word(text, phonemes))
    return words, edges[-1]


def _phonemes(signs: str, edges: list[int], end: int) -> tuple[Phoneme, ...]:
    found: list[Phoneme] = []
    stress, begin = 0, edges[0]
    for place, sign in enumerate(signs):
        if sign in _STRESSES:
            stress = _STRESSES[sign]
        elif sign in _LENGTHENERS or sign == " " or sign in PAUSES:
            if found:
                symbol = found[-1].symbol + (sign if sign in "ːʰ" else "")
                found[-1] = Phoneme(symbol, found[-1].start, edges[place + 1], found[-1].stress)
            begin = edges[place + 1]
        else:
            found.append(Phoneme(_SYMBOLS.get(sign, sign), begin, edges[place + 1], stress))
            stress, begin = 0, edges[place + 1]
    if found:
        found[-1] = Phoneme(found[-1].symbol, found[-1].start, end, found[-1].stress)
    return tuple(found)
