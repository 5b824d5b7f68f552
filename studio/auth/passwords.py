"""Passwords: Argon2id, in threads of their own, two at a time: 64 MiB and a tenth of a second each are the point."""

from __future__ import annotations

import asyncio
import functools
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 10, 200
_HASHER = PasswordHasher()  # the library's own parameters: RFC 9106, low memory
_THREADS = ThreadPoolExecutor(2, thread_name_prefix="argon2")


async def hash_password(password: str) -> str:
    """What is kept of a password, its salt and parameters within."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _HASHER.hash, password)


async def check_password(password: str, kept: str | None) -> bool:
    """Whether it is the one. Without a kept hash the same work is done for nothing, so that time tells nothing."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _check, password, kept)


def needs_rehash(kept: str) -> bool:
    """Whether the library has stronger parameters by now."""
    return _HASHER.check_needs_rehash(kept)


def _check(password: str, kept: str | None) -> bool:
    try:
        matches = _HASHER.verify(kept or _nobodys_hash(), password)
    except (VerificationError, InvalidHashError):
        return False
    return matches and kept is not None


@functools.cache
def _nobodys_hash() -> str:
    return _HASHER.hash("nobody has this password")
