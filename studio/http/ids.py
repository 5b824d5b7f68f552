"""Identifiers: a prefix that says what they name, then 26 characters that sort by time (the layout of a ULID)."""

from __future__ import annotations

import secrets
import threading
import time
from datetime import datetime

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
_RANDOM_BITS = 80
_STEP_BITS = 64  # within a millisecond: the next one cannot be guessed, and thousands of steps fit
_LENGTH = 26

_one_by_one = threading.Lock()
_latest = 0


def new_id(prefix: str) -> str:
    """For example `chr_01J9ZK3Q5T8M4N6P7R9S0V2W3X`: 48 bits of milliseconds, 80 random ones.

    Ids that one process makes ascend, those of one millisecond too: a list by id is a list by time.
    """
    global _latest
    with _one_by_one:
        number = (time.time_ns() // 1_000_000) << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
        if number >> _RANDOM_BITS <= _latest >> _RANDOM_BITS:
            number = _latest + 1 + secrets.randbits(_STEP_BITS)
        _latest = number
    return _spell(prefix, number)


def first_id_at(prefix: str, instant: datetime) -> str:
    """The least id of any that are made from this instant on: ids compare as their times do."""
    number = max(0, int(instant.timestamp() * 1000)) << _RANDOM_BITS
    return _spell(prefix, number)


def _spell(prefix: str, number: int) -> str:
    letters = (ALPHABET[number >> shift & 31] for shift in range(5 * (_LENGTH - 1), -1, -5))
    return f"{prefix}_{''.join(letters)}"
