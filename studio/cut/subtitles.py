"""Subtitles of a whole film: each shot's lines at the place where the cut has them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.cuts import list_takes_by_number
from storage.tables import Cut, Take
from studio.cut.cuts import find_cut, take_ids_of
from studio.generation.plan import require_consent
from studio.http.errors import NotFound
from studio.speech.subtitles import Cue, Format, cues_of, write_subtitles


async def subtitle_cut(session: AsyncSession, *, org_id: str, cut_id: str, how: Format) -> tuple[str, str]:
    """The film's name and its subtitles. Raises NotFound, ConsentRequired."""
    cut = await find_cut(session, org_id=org_id, cut_id=cut_id)
    take_ids = take_ids_of(cut)
    await require_consent(session, org_id, take_ids)
    found = await list_takes_by_number(session, org_id=org_id, take_ids=take_ids)
    cues = cues_of_cut(cut, [found[each][1] if each in found else None for each in take_ids])
    if not cues:
        raise NotFound("nothing is said in this film")
    return cut.name, write_subtitles(cues, how)


def cues_of_cut(cut: Cut, takes: Sequence[Take | None]) -> list[Cue]:
    """`takes`: of the entries in order, None where one was erased. A line never outlasts its shot."""
    cues: list[Cue] = []
    frames = cut.title_frames
    for entry, take in zip(cut.entries, takes, strict=True):
        starts_s, ends_s = frames / cut.fps, (frames + entry["frames"]) / cut.fps
        frames += entry["frames"]
        if take is None or not take.speech:
            continue
        names = {str(one["id"]): str(one["name"]) for one in take.request["characters"]}
        for cue in cues_of(take.speech, names, after_s=starts_s):
            if cue.start_s < ends_s:
                cues.append(Cue(cue.start_s, min(cue.end_s, ends_s), cue.text))
    return cues
