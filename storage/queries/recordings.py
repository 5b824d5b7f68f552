"""Which recordings are in somebody's voice: lines name both, in shots, in takes, and in edits that can be undone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import String, cast, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.tables import BoardEdit, Shot, Take

_NAMING = (Shot.content, Take.request, BoardEdit.changes)


async def list_recordings_of(session: AsyncSession, *, org_id: str, character_id: str) -> set[str]:
    """Ids of the assets that lines of this character name. Reads every document that names the character."""
    found: set[str] = set()
    for document in _NAMING:
        named = cast(document, String).contains(character_id)
        query = select(document).where(document.class_.org_id == org_id, named)
        for told in await session.scalars(query):
            found.update(_recordings(told, character_id))
    return found


def _recordings(told: Any, character_id: str) -> Iterator[str]:  # noqa: ANN401 (JSON)
    if isinstance(told, list):
        for one in told:
            yield from _recordings(one, character_id)
    if not isinstance(told, dict):
        return
    recording = told.get("recording")
    if told.get("character_id") == character_id and recording:
        yield recording if isinstance(recording, str) else str(recording["url"]).removeprefix("asset:")
    for one in told.values():
        yield from _recordings(one, character_id)
