"""What is wrong with a line before anybody says it: each refusal says what to do, and nothing typed is changed."""

from __future__ import annotations

import re
import unicodedata

from inference.catalogue import MOST_CHARACTERS, Language
from inference.speech.mandarin.text import is_character
from inference.speech.port import FASTEST, SLOWEST, Line, SpeechRefused
from inference.speech.reading import is_letter

_MARKUP = re.compile(r"</?[A-Za-z][^<>]*>|<\?xml|&(?:amp|lt|gt|quot);")
_JOINERS = "\u200d\ufe0e\ufe0f"
_LANGUAGE_NAMES = {"en-US": "English", "en-GB": "British English", "zh": "Mandarin"}


def check_line(line: Line, language: Language) -> tuple[str, ...]:
    """The signs that will be left unspoken (emoji and the like). Raises SpeechRefused."""
    text = line.text
    if not text.strip():
        raise SpeechRefused("empty_line", "this line is empty: type what the character says")
    if len(text) > MOST_CHARACTERS:
        raise SpeechRefused(
            "line_too_long",
            f"this line has {len(text):,} characters and may have {MOST_CHARACTERS:,}: split it into several lines",
        )
    if _MARKUP.search(text):
        raise SpeechRefused(
            "markup_in_line",
            "this line holds markup such as SSML: keep the words alone, and write pauses as … or —",
        )
    if not SLOWEST <= line.speed <= FASTEST:
        raise SpeechRefused("bad_speed", f"speed may be from {SLOWEST} to {FASTEST}, not {line.speed}")
    _check_script(text, language)
    return tuple(dict.fromkeys(sign for sign in text if _is_symbol(sign)))


def without_symbols(text: str) -> str:
    """The text with emoji and other pictures taken out."""
    return "".join(" " if _is_symbol(sign) else sign for sign in text)


def _check_script(text: str, language: Language) -> None:
    """A voice reads its own script (a Mandarin one Latin words too): another would come out as nothing."""
    letters = [sign for sign in text if is_letter(sign)]
    foreign = [sign for sign in letters if not _is_read(sign, language)]
    if foreign:
        shown = "".join(dict.fromkeys(foreign))[:8]
        raise SpeechRefused(
            "wrong_language",
            f"this voice speaks {_LANGUAGE_NAMES[language]} and cannot read “{shown}”: "
            "choose a voice of that language, or spell it as it sounds",
        )
    if not letters:
        raise SpeechRefused("nothing_to_say", "there is no word in this line: type what the character says")
    if language == "zh" and not any(is_character(sign) or sign.isdigit() for sign in letters):
        raise SpeechRefused(
            "wrong_language", "this voice speaks Mandarin and the line has no Chinese in it: choose an English voice"
        )


def _is_read(sign: str, language: Language) -> bool:
    if language == "zh" and is_character(sign):
        return True
    return sign.isdigit() or "LATIN" in unicodedata.name(sign, "") or unicodedata.category(sign) in ("No", "Lm")


def _is_symbol(sign: str) -> bool:
    """Emoji and other pictures; ° and the like are read with their numbers."""
    return (unicodedata.category(sign) in ("So", "Sk", "Cs", "Co", "Cn") and sign not in "°℃℉^`") or sign in _JOINERS
