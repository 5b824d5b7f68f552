"""What a take would note about its prompt, told while the prompt is still being written."""

from __future__ import annotations

from collections.abc import Callable

from studio.engines.contract import PromptReader
from studio.generation.estimates import Estimate
from studio.generation.schemas import PromptNote

WAIT_S = 1.0  # for an engine that starts or is busy; it is asked again with the next change


ReaderFor = Callable[[str, str], PromptReader]  # for an organisation, by id; of a take in this pool


async def note_prompt(reader: ReaderFor | None, estimated: Estimate, *, org_id: str) -> list[PromptNote] | None:
    """The notes that a take of this estimate will carry about its words. None: they cannot be told now.

    `reader`: who can be asked, if anybody.
    """
    request = estimated.request
    if reader is None or request is None:
        return None
    if estimated.acts_anything:
        return []
    names = tuple(character.name for character in request.characters)
    notes = await reader(org_id, estimated.pool).read_prompt(request.model, request.prompt, names, wait_s=WAIT_S)
    return None if notes is None else [PromptNote.model_validate(note.model_dump()) for note in notes]
