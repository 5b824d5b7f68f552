"""A take's lines as they will be said: who says each, in which voice or as it was recorded, and how long that needs.

A recording is somebody's own voice, and needs that person's consent for it, as a photo does for a face.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from inference.catalogue import VOICES, guess_seconds
from inference.protocol import Line, Source
from inference.timeline import needed_seconds
from storage.queries.assets import get_ready_assets
from storage.queries.casting import CastMember, list_cast
from storage.queries.line_lengths import get_line_lengths
from storage.tables import Asset
from studio.characters.consent import ConsentRequired
from studio.generation.line_choice import LineChoice
from studio.generation.line_text import LineUnsayable, check_length, check_text, first_voice, language_of
from studio.generation.planned_dialogue import PlannedDialogue
from studio.generation.refusals import RequestUnrenderable
from studio.http.errors import NotFound

ASSET_SCHEME = "asset:"


async def plan_dialogue(
    session: AsyncSession,
    *,
    org_id: str,
    dialogue: Sequence[LineChoice],
    cast_ids: Collection[str],
    pronunciations: Mapping[str, str],
) -> PlannedDialogue:
    """The lines, each checked. `cast_ids`: who is in the picture.

    Raises RequestUnrenderable, NotFound, ConsentRequired, each naming the field `dialogue`.
    """
    if not dialogue:
        return PlannedDialogue()
    speakers = await _speakers(session, org_id, dialogue)
    recordings = await _recordings(session, org_id, dialogue)
    lines = []
    for number, choice in enumerate(dialogue, start=1):
        speaker = speakers.get(choice.character_id or "")
        recording = recordings.get(choice.recording or "")
        try:
            lines.append(resolve_line(choice, number, speaker, recording, cast_ids, pronunciations))
        except LineUnsayable as unsayable:
            words = f"line {number}: {unsayable}"
            raise RequestUnrenderable(words, field="dialogue", line=number - 1, nearest=[]) from unsayable
    heard = {one.character_id for one in dialogue if one.recording is not None and one.character_id is not None}
    _require_voice_consent(heard, speakers)
    lengths = await _lengths(session, org_id, lines, recordings)
    seconds = [length or guess_seconds(line.text) for line, length in zip(lines, lengths, strict=True)]
    return PlannedDialogue(tuple(lines), frozenset(heard), needed_seconds(lines, seconds), None not in lengths)


def resolve_line(
    choice: LineChoice,
    number: int,
    speaker: CastMember | None,
    recording: Asset | None,
    cast_ids: Collection[str],
    pronunciations: Mapping[str, str],
) -> Line:
    """One line as the engine takes it. Raises LineUnsayable."""
    off_screen = choice.off_screen or choice.character_id not in cast_ids
    common: dict[str, Any] = {
        "id": choice.id or f"line_{number}",
        "character_id": choice.character_id if choice.character_id in cast_ids else None,
        "text": choice.text.strip(),
        "parenthetical": choice.parenthetical.strip(),
        "pause_before_s": choice.pause_before_s,
        "off_screen": off_screen,
        "pronunciations": pronunciations_in(choice.text, pronunciations),
    }
    if recording is not None:
        if choice.character_id is None:
            raise LineUnsayable("a recording is somebody's own voice: say which character says it")
        check_length(choice.text)
        source = Source(url=ASSET_SCHEME + recording.id, sha256=recording.sha256 or "")
        return Line(**common, language=language_of(choice.text), recording=source)
    if speaker is not None and speaker.own_recordings and choice.voice is None:
        raise LineUnsayable(f"{speaker.name} speaks in own recordings alone: record this line, or choose a voice")
    voice = choice.voice or (speaker.voice if speaker else None) or first_voice(language_of(choice.text))
    check_text(choice.text, voice)
    return Line(**common, language=VOICES[voice].language, voice=voice)


def pronunciations_in(text: str, pronunciations: Mapping[str, str]) -> dict[str, str]:
    """Those of the list that the text can need: a line's sound depends on no other."""
    said = text.casefold()
    return {word: reading for word, reading in pronunciations.items() if word.casefold() in said}


def length_digest(line: Line) -> str:
    """Of all that decides how long a voice needs for a line."""
    decides = [line.text, line.voice, line.parenthetical, sorted(line.pronunciations.items())]
    return hashlib.sha256(json.dumps(decides, ensure_ascii=False).encode()).hexdigest()


async def _speakers(session: AsyncSession, org_id: str, dialogue: Sequence[LineChoice]) -> dict[str, CastMember]:
    wanted = {line.character_id for line in dialogue if line.character_id is not None}
    found = await list_cast(session, org_id=org_id, character_ids=wanted) if wanted else {}
    missing = sorted(wanted - set(found))
    if missing:
        raise NotFound(f"there is no character {', '.join(missing)}", field="dialogue", character_ids=missing)
    return found


async def _recordings(session: AsyncSession, org_id: str, dialogue: Sequence[LineChoice]) -> dict[str, Asset]:
    wanted = {line.recording for line in dialogue if line.recording is not None}
    found = await get_ready_assets(session, org_id=org_id, asset_ids=wanted)
    for asset_id in sorted(wanted):
        if asset_id not in found or found[asset_id].kind != "recording":
            raise NotFound(f"there is no recording {asset_id}: record the line again", field="dialogue")
    return found


def _require_voice_consent(heard: Collection[str], speakers: Mapping[str, CastMember]) -> None:
    missing = sorted(each for each in heard if not speakers[each].voice_consented)
    if missing:
        names = ", ".join(speakers[each].name for each in missing)
        words = f"no active consent for the recorded voice of {names}: record who allows it, on the cast page"
        raise ConsentRequired(words, character_ids=missing, likeness="voice", field="dialogue")


async def _lengths(
    session: AsyncSession, org_id: str, lines: Sequence[Line], recordings: Mapping[str, Asset]
) -> list[float | None]:
    """Seconds of each line; None: nobody has said it yet."""
    digests = {length_digest(line) for line in lines if line.voice is not None}
    said = await get_line_lengths(session, org_id=org_id, digests=digests) if digests else {}
    lengths: list[float | None] = []
    for line in lines:
        if line.recording is None:
            lengths.append(said.get(length_digest(line)))
            continue
        length_ms = recordings[line.recording.url.removeprefix(ASSET_SCHEME)].length_ms
        lengths.append(length_ms / 1000 if length_ms is not None else None)
    return lengths
