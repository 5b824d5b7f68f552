"""What can be told of a line by its text alone: its language, and what no voice can say of it.

The engine reads a line more closely; what it refuses of one is refused here first, where it is cheap to say so.
"""

from __future__ import annotations

import re
import unicodedata

from inference.catalogue import LANGUAGES, MOST_CHARACTERS, VOICES, Language

_MARKUP = re.compile(r"</?[A-Za-z][^<>]*>|<\?xml|&(?:amp|lt|gt|quot);")
_NAMES: dict[Language, str] = {"en-US": "English", "en-GB": "British English", "zh": "Mandarin"}


class LineUnsayable(ValueError):
    """No voice can say this; the words say what to do."""


def language_of(text: str) -> Language:
    """Of a text that has no voice yet: Mandarin where one of its letters is Chinese, English otherwise."""
    return "zh" if any(_is_chinese(sign) for sign in text) else "en-US"


def first_voice(language: Language) -> str:
    """The best voice of a language, for who has none."""
    return next(name for name, voice in VOICES.items() if voice.language == language)


def check_text(text: str, voice: str) -> None:
    """Raises LineUnsayable."""
    if voice not in VOICES:
        nearest = ", ".join(list(VOICES)[:3])
        raise LineUnsayable(f"there is no voice {voice!r}: choose one, such as {nearest}")
    language = VOICES[voice].language
    if not text.strip():
        raise LineUnsayable("this line is empty: type what the character says, or take the line away")
    check_length(text)
    if _MARKUP.search(text):
        raise LineUnsayable("this line holds markup such as SSML: keep the words alone, and write pauses as … or —")
    letters = [sign for sign in text if unicodedata.category(sign)[0] in "LN"]
    if not letters:
        raise LineUnsayable("there is no word in this line: type what the character says")
    _check_script(letters, language)


def check_length(text: str) -> None:
    """Raises LineUnsayable."""
    if len(text) > MOST_CHARACTERS:
        raise LineUnsayable(
            f"this line has {len(text):,} characters and may have {MOST_CHARACTERS:,}: split it into several lines"
        )


def _check_script(letters: list[str], language: Language) -> None:
    strange = [sign for sign in letters if not (_is_latin(sign) or _is_chinese(sign))]
    if strange:
        shown = "".join(dict.fromkeys(strange))[:8]
        offered = ", ".join(_NAMES[each] for each in LANGUAGES)
        raise LineUnsayable(
            f"no voice here reads “{shown}”: lines are said in {offered}; spell it as it sounds, or record the line"
        )
    chinese = [sign for sign in letters if _is_chinese(sign)]
    if chinese and language != "zh":
        shown = "".join(dict.fromkeys(chinese))[:8]
        raise LineUnsayable(f"this voice speaks {_NAMES[language]} and cannot read “{shown}”: choose a Mandarin voice")
    if language == "zh" and not chinese and not any(sign.isdigit() for sign in letters):
        raise LineUnsayable("this voice speaks Mandarin and the line has no Chinese in it: choose an English voice")


def _is_chinese(sign: str) -> bool:
    return "\u4e00" <= sign <= "\u9fff" or "\u3400" <= sign <= "\u4dbf"


def _is_latin(sign: str) -> bool:
    return sign.isdigit() or "LATIN" in unicodedata.name(sign, "") or unicodedata.category(sign) in ("No", "Lm")
