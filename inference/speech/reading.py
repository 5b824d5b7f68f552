"""A line as it is written → sentences as a voice reads them: signs, and which of them make which word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from inference.catalogue import Language
from inference.speech.english import text as english_text
from inference.speech.english.words import Accent, is_latin_word, read_words
from inference.speech.mandarin import text as mandarin_text
from inference.speech.mandarin.sounds import signs_of
from inference.speech.port import SpeechRefused

PAUSES = ';:,.!?—…"()“”'  # the signs that a voice reads as a pause or a turn of the voice
MOST_SIGNS = 160  # of one reading, about 10 s: memory grows with it, and a shorter one is sooner given up
_SENTENCE_END = ".!?…"
_CHINESE_PAUSES = str.maketrans({
    "，": ",", "、": ",", "。": ".", "．": ".", "！": "!", "？": "?", "：": ":", "；": ";", "（": "(", "）": ")",
    "《": "“", "》": "”", "「": "“", "」": "”", "『": "“", "』": "”", "【": "“", "】": "”", "·": " ",
})  # fmt: skip
_WORDS_OF_CHINESE = re.compile(r"[\u4e00-\u9fff]+|[A-Za-z]+(?:['’-][A-Za-z]+)*|\s+|.", re.DOTALL)
_PINYIN = re.compile(r"[a-zü]+[1-5]", re.IGNORECASE)


@dataclass(frozen=True)
class ReadSentence:
    """`signs` go to the voice; each word is its text, and from where to where its signs stand in them."""

    signs: str
    words: tuple[tuple[str, int, int], ...]


def read_line(text: str, language: Language, pronunciations: Mapping[str, str]) -> tuple[ReadSentence, ...]:
    """The line's sentences, none of more than MOST_SIGNS signs. Raises SpeechRefused if nothing can be said."""
    pieces = _read_chinese(text, pronunciations) if language == "zh" else _read_english(text, language, pronunciations)
    sentences = tuple(_join(group) for group in _grouped(pieces))
    if not any(sentence.words for sentence in sentences):
        raise SpeechRefused("nothing_to_say", "there is no word in this line: type what the character says")
    return tuple(sentence for sentence in sentences if sentence.words)


@dataclass(frozen=True)
class _Piece:
    """A word or a pause (text empty), with the signs for it; `spaced`: a space follows."""

    text: str
    signs: str
    spaced: bool


def _read_english(text: str, accent: Accent, pronunciations: Mapping[str, str]) -> list[_Piece]:
    said = {word.casefold(): _english_signs(reading, accent) for word, reading in pronunciations.items()}
    pieces = []
    for word in read_words(english_text.spell_out(text), accent):
        signs = said.get(word.text.casefold().replace("’", "'"), word.signs)
        is_pause = not any(sign.isalpha() for sign in signs)
        pieces.append(_Piece("" if is_pause else word.text, signs, word.spaced))
    return pieces


def _english_signs(reading: str, accent: Accent) -> str:
    if reading.startswith("/") and reading.endswith("/") and len(reading) > 2:
        return reading[1:-1]
    return " ".join(word.signs for word in read_words(english_text.spell_out(reading), accent) if word.signs)


def _read_chinese(text: str, pronunciations: Mapping[str, str]) -> list[_Piece]:
    """Characters by word with a space after each, as misaki writes them; Latin words as an American says them."""
    spelt = mandarin_text.spell_out(text).translate(_CHINESE_PAUSES)
    pieces: list[_Piece] = []
    for run in _WORDS_OF_CHINESE.findall(spelt):
        if mandarin_text.is_character(run[0]):
            pieces += _read_characters(run, pronunciations)
        elif is_latin_word(run):
            pieces += [_Piece(word.text, word.signs, True) for word in read_words(run, "en-US")]
        elif run in PAUSES:
            pieces.append(_Piece("", run, True))
    return pieces


def _read_characters(clause: str, pronunciations: Mapping[str, str]) -> list[_Piece]:
    """Words whose pronunciation was given are read by it, whatever stands around them."""
    from inference.speech.mandarin.tones import read_clause  # its dictionaries take half a second: Chinese lines alone

    given = [word for word in pronunciations if word and word in clause]
    if not given:
        return [_Piece(word.text, "".join(map(signs_of, word.syllables)), True) for word in read_clause(clause)]
    word = max(given, key=len)
    before, _, after = clause.partition(word)
    pieces = _read_characters(before, pronunciations) if before else []
    pieces.append(_Piece(word, _pinyin_signs(word, pronunciations[word]), True))
    return pieces + (_read_characters(after, pronunciations) if after else [])


def _pinyin_signs(word: str, reading: str) -> str:
    if reading.startswith("/") and reading.endswith("/") and len(reading) > 2:
        return reading[1:-1]
    try:
        syllables = reading.lower().replace("ü", "v").split()
        if not all(_PINYIN.fullmatch(syllable) for syllable in syllables):
            raise ValueError(reading)
        return "".join(map(signs_of, syllables))
    except (ValueError, KeyError):
        raise SpeechRefused(
            "bad_pronunciation",
            f"{reading!r} is not pinyin: write {word} as syllables with the number of their tone, such as chang2 jie1",
        ) from None


def _grouped(pieces: list[_Piece]) -> list[list[_Piece]]:
    """As many whole sentences at a time as MOST_SIGNS allows; a longer one is cut at a pause, or else between words."""
    groups: list[list[_Piece]] = [[]]
    for part in _parts(_parts([pieces], _SENTENCE_END), PAUSES):
        for portion in _portions(part):
            if groups[-1] and _length([*groups[-1], *portion]) > MOST_SIGNS:
                groups.append([])
            groups[-1] += portion
    return groups


def _parts(wholes: list[list[_Piece]], ends: str) -> list[list[_Piece]]:
    """Each whole that is too long, cut after every piece that ends one."""
    parts: list[list[_Piece]] = []
    for whole in wholes:
        if ends is not _SENTENCE_END and _length(whole) <= MOST_SIGNS:
            parts.append(whole)
            continue
        parts.append([])
        for piece in whole:
            if parts[-1] and _ends(parts[-1][-1], ends) and not _ends(piece, PAUSES):
                parts.append([])
            parts[-1].append(piece)
    return parts


def _portions(part: list[_Piece]) -> list[list[_Piece]]:
    portions: list[list[_Piece]] = [[]]
    for piece in part:
        if portions[-1] and _length([*portions[-1], piece]) > MOST_SIGNS:
            portions.append([])
        portions[-1].append(piece)
    return portions


def _ends(piece: _Piece, ends: str) -> bool:
    return not piece.text and piece.signs != "" and piece.signs[-1] in ends


def _length(pieces: list[_Piece]) -> int:
    return sum(len(piece.signs) + piece.spaced for piece in pieces)


def _join(pieces: list[_Piece]) -> ReadSentence:
    """The pieces' signs in one string, a space where one was written and none before a pause."""
    signs, words = "", []
    for piece in pieces:
        if not piece.text and piece.signs:
            signs = signs.rstrip(" ")
        if piece.text and piece.signs:
            words.append((piece.text, len(signs), len(signs) + len(piece.signs)))
        signs += piece.signs + (" " if piece.spaced and piece.signs else "")
    return ReadSentence(signs.rstrip(" "), tuple(words))


def is_letter(sign: str) -> bool:
    """Whether the sign is a letter or a numeral of any script."""
    return unicodedata.category(sign)[0] in "LN"
