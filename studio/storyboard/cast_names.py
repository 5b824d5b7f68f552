"""Whom of the cast a name in a script means.

A whole name counts before a first name, and names are the same when they are mentioned alike. Of several who share a
name the oldest is meant, which is told; a first name that different names share means nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from storage.tables.characters import mention_of

_WIDE = 0x2E80  # from here on scripts write no spaces between words


@dataclass(frozen=True)
class SharedName:
    """A name of several characters, of whom the oldest, `character_id`, was taken."""

    name: str
    character_id: str
    other_ids: tuple[str, ...]


class CastNames:
    """The names of a cast: ids and names, oldest first. `shared`: what was asked for and is the name of several."""

    def __init__(self, cast: Sequence[tuple[str, str]]) -> None:
        self.names = {character_id: name for character_id, name in cast if name.split()}
        self.shared: dict[str, SharedName] = {}
        self._bearers: dict[str, list[str]] = {}
        for character_id, name in self.names.items():
            self._bearers.setdefault(mention_of(name), []).append(character_id)
        for first, whole in _first_names(self.names.values()).items():
            self._bearers.setdefault(first, self._bearers[whole])
        self._pattern = _pattern(self.names.values())

    def match(self, name: str) -> str | None:
        """The character whose name this is."""
        first, *others = self._bearers.get(mention_of(name)) or (None,)
        if first is not None and others:
            self.shared[first] = SharedName(self.names[first], first, tuple(filter(None, others)))
        return first

    def find(self, text: str) -> list[str]:
        """Who is named, in order."""
        found = (self.match(named.group()) for named in self._pattern.finditer(text))
        return list(dict.fromkeys(character_id for character_id in found if character_id is not None))

    def is_name(self, text: str) -> bool:
        """Whether the text is a name and nothing else."""
        return self._pattern.fullmatch(text) is not None


def _first_names(names: Iterable[str]) -> dict[str, str]:
    """Whole names by first name, where one name alone begins so; all as they are mentioned."""
    wholes: dict[str, set[str]] = {}
    for name in names:
        wholes.setdefault(mention_of(name.split()[0]), set()).add(mention_of(name))
    return {first: found.pop() for first, found in wholes.items() if len(found) == 1}


def _pattern(names: Iterable[str]) -> re.Pattern[str]:
    """Names and their first words, as they are written or in capitals. Where words have no spaces, anywhere."""
    forms = {form for name in names for part in (name, name.split()[0]) for form in (part, part.upper())}
    longest_first = sorted(forms, key=lambda form: (-len(form), form))
    wide = "|".join(re.escape(form) for form in longest_first if ord(form[0]) >= _WIDE)
    apart = "|".join(re.escape(form) for form in longest_first if ord(form[0]) < _WIDE)
    parts = ([wide] if wide else []) + ([rf"(?<!\w)(?:{apart})(?!\w)"] if apart else [])
    return re.compile("|".join(parts) or r"(?!)")
