"""Subtitles of lines: WebVTT for players, SRT for everything else."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

from fastapi import Response

Format = Literal["vtt", "srt"]
CONTENT_TYPES: dict[Format, str] = {"vtt": "text/vtt", "srt": "application/x-subrip"}
_DESCRIBED: dict[int | str, dict[str, Any]] = {
    200: {"description": "The subtitles", "content": {kind: {} for kind in CONTENT_TYPES.values()}}
}
_WIDEST = 42  # signs of a row; full-width ones count twice
_LEAST_S = 0.8  # shorter than that nobody reads


@dataclass(frozen=True)
class Cue:
    """What is read from when to when, in seconds from the start."""

    start_s: float
    end_s: float
    text: str


def described() -> dict[int | str, dict[str, Any]]:
    """What the API's document says of a reply with subtitles."""
    return dict(_DESCRIBED)


def answer_subtitles(body: str, name: str, how: Format) -> Response:
    """A reply that is saved as a file of this name."""
    plain = name.encode("ascii", "replace").decode().replace('"', "_").replace("?", "_")
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    return Response(body, media_type=CONTENT_TYPES[how], headers={"Content-Disposition": disposition})


def cues_of(speech: Sequence[Mapping[str, Any]], names: Mapping[str, str], *, after_s: float = 0) -> list[Cue]:
    """Of the lines as they were heard in a take; who speaks is named where more than one person does."""
    speakers = {line["character_id"] for line in speech}
    cues = []
    for line in speech:
        if not line["text"].strip():
            continue
        name = names.get(line["character_id"] or "") if len(speakers) > 1 else None
        text = f"{name}: {line['text']}" if name else line["text"]
        end = max(line["end_s"], line["start_s"] + _LEAST_S)
        cues.append(Cue(after_s + line["start_s"], after_s + end, text.strip()))
    return cues


def write_subtitles(cues: Iterable[Cue], how: Format) -> str:
    """The whole file."""
    ordered = sorted(cues, key=lambda cue: cue.start_s)
    point = "." if how == "vtt" else ","
    blocks = [
        f"{number}\n{_clock(cue.start_s, point)} --> {_clock(cue.end_s, point)}\n{_rows(cue.text, how)}\n"
        for number, cue in enumerate(ordered, start=1)
    ]
    return "\n".join((["WEBVTT\n"] if how == "vtt" else []) + blocks)


def _clock(seconds: float, point: str) -> str:
    whole = round(seconds * 1000)
    return f"{whole // 3_600_000:02}:{whole // 60_000 % 60:02}:{whole // 1000 % 60:02}{point}{whole % 1000:03}"


def _rows(text: str, how: Format) -> str:
    """In rows that fit a screen; nothing in a text is a tag or an arrow to a player."""
    plain = " ".join(text.split()).replace("-->", "→")
    if how == "vtt":
        plain = plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    wide = sum(ord(sign) >= 0x2E80 for sign in plain) > len(plain) / 2
    return "\n".join(textwrap.wrap(plain, _WIDEST // 2 if wide else _WIDEST) or [""])
