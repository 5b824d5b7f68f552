"""Identifiers: a prefix that says what they name, then 26 characters that sort by time (the layout of a ULID)."""

from __future__ import annotations

import secrets
import time
from datetime import datetime

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
_RANDOM_BITS = 80
_LENGTH = 26


def new_id(prefix: str) -> str:
    """For example `chr_01J9ZK3Q5T8M4N6P7R9S0V2W3X`: 48 bits of milliseconds, 80 random ones."""
    number = (time.time_ns() // 1_000_000) << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
    return _spell(prefix, number)


def first_id_at(prefix: str, instant: datetime) -> str:
    """The least id of any that are made from this instant on: ids compare as their times do."""
    number = max(0, int(instant.timestamp() * 1000)) << _RANDOM_BITS
    return _spell(prefix, number)


def _spell(prefix: str, number: int) -> str:
    letters = (ALPHABET[number >> shift & 31] for shift in range(5 * (_LENGTH - 1), -1, -5))
    return f"{prefix}_{''.join(letters)}"
