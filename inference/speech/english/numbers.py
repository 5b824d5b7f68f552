"""Numbers in English words, as sanotts spells them, without its commas."""

from __future__ import annotations

from sanotts import nano_g2p


def cardinal_words(value: int) -> str:
    """1250 → one thousand two hundred and fifty."""
    return str(nano_g2p.cardinal_words(value)).replace(",", "")


def decimal_words(digits: str) -> str:
    """`3.5` → three point five."""
    return str(nano_g2p.decimal_words(digits)).replace(",", "")


def ordinal_words(value: int) -> str:
    """21 → twenty-first."""
    return str(nano_g2p.ordinal_words(value)).replace(",", "")


def year_words(value: int) -> str:
    """1998 → nineteen ninety-eight."""
    return str(nano_g2p.year_words(value)).replace(",", "")
