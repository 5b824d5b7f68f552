"""Notes: remarks that members pin to frames of a take."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from inference.protocol import RenderRequest
from storage.queries.people import get_person
from storage.queries.shot_takes import delete_note, insert_note, list_notes
from storage.tables import TakeNote
from studio.auth.caller import Caller
from studio.generation.takes import find_take
from studio.http.errors import InvalidRequest, NotFound
from studio.http.ids import new_id
from studio.storyboard.schemas import NoteCreate, NoteView


async def view_notes(session: AsyncSession, *, org_id: str, take_id: str) -> list[NoteView]:
    """By frame. Raises NotFound."""
    await find_take(session, org_id=org_id, take_id=take_id)
    return [_view(note, author) for note, author in await list_notes(session, org_id=org_id, take_id=take_id)]


async def add_note(session: AsyncSession, *, caller: Caller, take_id: str, asked: NoteCreate) -> NoteView:
    """Raises NotFound, InvalidRequest."""
    take = await find_take(session, org_id=caller.org_id, take_id=take_id)
    frames = RenderRequest.model_validate(take.request).frames
    if asked.frame >= frames:
        raise InvalidRequest(f"frame: the take has frames 0 to {frames - 1}, not {asked.frame}", field="frame")
    note = await insert_note(
        session,
        org_id=caller.org_id,
        note_id=new_id("not"),
        take_id=take_id,
        frame=asked.frame,
        text=asked.text,
        person_id=caller.person_id,
    )
    author = await get_person(session, person_id=caller.person_id) if caller.person_id is not None else None
    return _view(note, author.name if author is not None else None)


async def erase_note(session: AsyncSession, *, org_id: str, take_id: str, note_id: str) -> None:
    """Raises NotFound."""
    if not await delete_note(session, org_id=org_id, take_id=take_id, note_id=note_id):
        raise NotFound(f"the take has no note {note_id}")


def _view(note: TakeNote, author: str | None) -> NoteView:
    return NoteView(
        id=note.id, take_id=note.take_id, frame=note.frame, text=note.text, author=author, created_at=note.created_at
    )
