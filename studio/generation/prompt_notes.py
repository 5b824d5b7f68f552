"""What a take would note about its prompt, told while the prompt is still being written."""

from __future__ import annotations

from inference.protocol import RenderRequest
from studio.engines.contract import PromptReader
from studio.generation.schemas import PromptNote

WAIT_S = 1.0  # for an engine that starts or is busy; it is asked again with the next change


async def note_prompt(reader: PromptReader | None, request: RenderRequest | None) -> list[PromptNote] | None:
    """The notes that a take of this request will carry about its words. None: they cannot be told now.

    `reader`: the engine that would render it, where it can be asked; `request`: None where it would be refused.
    """
    if reader is None or request is None:
        return None
    names = tuple(character.name for character in request.characters)
    notes = await reader.read_prompt(request.model, request.prompt, names, wait_s=WAIT_S)
    return None if notes is None else [PromptNote.model_validate(note.model_dump()) for note in notes]
