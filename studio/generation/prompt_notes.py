"""What a take would note about its prompt, and understand of it, told while the prompt is still being written."""

from __future__ import annotations

import uuid
from typing import Any

from inference.protocol import PromptRead, ReadPrompt, RenderRequest
from studio.engines.contract import PromptReader
from studio.generation.schemas import PromptNote

WAIT_S = 1.0  # for an engine that starts or is busy; it is asked again with the next change


async def read_prompt(reader: PromptReader | None, request: RenderRequest | None) -> PromptRead | None:
    """What a take of this request will note about its words, and understand of them. None: it cannot be told now.

    `reader`: the engine that would render it, where it can be asked; `request`: None where it would be refused.
    """
    if reader is None or request is None:
        return None
    asked = ReadPrompt(
        id=uuid.uuid4().hex,
        model=request.model,
        prompt=request.prompt,
        names=tuple(character.name for character in request.characters),
        framing=request.framing,
        seconds=request.seconds,
    )
    return await reader.read_prompt(asked, wait_s=WAIT_S)


def tell_reading(read: PromptRead | None) -> dict[str, Any]:
    """The fields of EstimateView that come of it."""
    if read is None:
        return {"notes": None, "understood": None}
    notes = [PromptNote.model_validate(note.model_dump()) for note in read.notes]
    return {"notes": notes, "understood": read.understood}
