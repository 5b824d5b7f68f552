"""Lines on a command line: `--line 'Ada (softly): "At last."'`, `--voice af_heart` or `--voice Ada=af_heart`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inference.catalogue import VOICES, ModelCard, guess_seconds
from inference.protocol import MOST_LINES, Line
from inference.timeline import needed_seconds
from studio.generation.clip_length import length_of
from studio.generation.line_text import LineUnsayable, check_text, first_voice, language_of
from studio.generation.planned_dialogue import PlannedDialogue

NARRATOR = "Narrator"
_LINE = re.compile(
    r"(?P<name>[^:：()（）\"“]{1,80}?)\s*(?:[（(](?P<aside>[^()（）]{1,200})[)）])?\s*[:：]\s*(?P<text>.+)",  # noqa: RUF001
    re.DOTALL,
)
_QUOTES = ('""', "“”", "「」", "''")


class LineRefused(ValueError):
    """The options do not describe lines; the message says what to type instead."""


@dataclass(frozen=True)
class SaidLine:
    """A line of the command line: whose by name (None: a narrator), and in which voice."""

    name: str | None
    text: str
    parenthetical: str
    voice: str


def read_lines(lines: Sequence[str], voices: Sequence[str], names: Sequence[str]) -> tuple[SaidLine, ...]:
    """`names`: of the cast. A line without a name is said by whoever is alone in the shot. Raises LineRefused."""
    if len(lines) > MOST_LINES:
        raise LineRefused(f"a clip holds {MOST_LINES} lines, not {len(lines)}")
    chosen = _read_voices(voices, names)
    return tuple(_read_line(words, chosen, names) for words in lines)


def with_ids(said: Sequence[SaidLine], ids: Mapping[str, str]) -> tuple[Line, ...]:
    """As the engine takes them; `ids`: of the cast by name."""
    return tuple(
        Line(
            id=f"line_{number}",
            character_id=None if line.name is None else ids[line.name],
            text=line.text,
            parenthetical=line.parenthetical,
            voice=line.voice,
            language=VOICES[line.voice].language,
            off_screen=line.name is None,
        )
        for number, line in enumerate(said, start=1)
    )


def seconds_for(card: ModelCard, seconds: float | None, said: Sequence[SaidLine]) -> float:
    """The length that was asked for, or one that the lines fit into. Raises RequestUnrenderable."""
    lines = with_ids(said, {line.name: line.name for line in said if line.name is not None})
    needed = needed_seconds(lines, [guess_seconds(line.text) for line in lines])
    return length_of(card, card.default_fps, seconds, PlannedDialogue(lines, needed_s=needed, known=False))


def _read_line(words: str, chosen: Mapping[str | None, str], names: Sequence[str]) -> SaidLine:
    found = _LINE.fullmatch(words.strip())
    name = found["name"].strip() if found else None
    text = (found["text"] if found else words).strip()
    if name is None or not _is_named(name, names):
        if found and len(names) > 1:
            raise LineRefused(f"nobody in this shot is called {name!r}: use {', '.join(names)} or {NARRATOR}")
        if len(names) > 1:
            raise LineRefused(f"say who says {words!r}: for instance --line '{names[0]}: {words}'")
        name, text = names[0], words.strip()
        found = None
    speaker = None if name.casefold() == NARRATOR.casefold() else _named(name, names)
    text = _unquoted(text)
    voice = chosen.get(speaker) or chosen.get("*") or first_voice(language_of(text))
    try:
        check_text(text, voice)
    except LineUnsayable as unsayable:
        raise LineRefused(f"--line {text[:40]!r}: {unsayable}") from unsayable
    return SaidLine(speaker, text, (found["aside"] or "").strip() if found else "", voice)


def _read_voices(voices: Sequence[str], names: Sequence[str]) -> dict[str | None, str]:
    """By name, `*` for everybody. Raises LineRefused."""
    chosen: dict[str | None, str] = {}
    for words in voices:
        name, equals, voice = words.rpartition("=")
        if voice not in VOICES:
            raise LineRefused(f"there is no voice {voice!r}: choose one of {', '.join(VOICES)}")
        if equals and not _is_named(name.strip(), names):
            raise LineRefused(f"nobody in this shot is called {name!r}: use {', '.join(names)} or {NARRATOR}")
        chosen["*" if not equals else _named(name.strip(), names)] = voice
    return chosen


def _is_named(name: str, names: Sequence[str]) -> bool:
    return name.casefold() in {NARRATOR.casefold(), *(one.casefold() for one in names)}


def _named(name: str, names: Sequence[str]) -> str | None:
    return next((one for one in names if one.casefold() == name.casefold()), None)


def _unquoted(text: str) -> str:
    return text[1:-1].strip() if len(text) > 1 and text[0] + text[-1] in _QUOTES else text
