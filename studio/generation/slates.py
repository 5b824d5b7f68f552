"""A take's slate: of which film, shot and number it is, and what its files are called when they are saved."""

from __future__ import annotations

import re

from storage.queries.shown_takes import Slate

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]')
_LONGEST = 100


def letters(place: int) -> str:
    """0 → A, 25 → Z, 26 → AA."""
    words = ""
    place += 1
    while place:
        place, letter = divmod(place - 1, len(_LETTERS))
        words = _LETTERS[letter] + words
    return words


def shot_number(slate: Slate) -> str | None:
    """For example 2A; None when the shot was taken off its board."""
    return None if slate.deleted else f"{slate.scene}{letters(slate.place - 1)}"


def file_stem(film: str) -> str:
    """The film's name as a file may be called on any system."""
    return _NOT_IN_NAMES.sub("_", film).strip(" .")[:_LONGEST] or "Film"


def take_file_name(slate: Slate, suffix: str) -> str:
    """For example `Film_2A_take3.mp4`."""
    parts = [file_stem(slate.film), shot_number(slate), f"take{slate.take}"]
    return f"{'_'.join(part for part in parts if part)}.{suffix}"
