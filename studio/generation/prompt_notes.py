"""What a take would note about its prompt, and understand of it, told while the prompt is still being written."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from inference.protocol import CharacterInput, PromptRead, ReadPrompt
from studio.engines.contract import PromptReader
from studio.generation.estimates import Estimate
from studio.generation.schemas import PromptNote

WAIT_S = 1.0  # for an engine that starts or is busy; it is asked again with the next change


ReaderFor = Callable[[str, str], PromptReader]  # for an organisation, by id; of a take in this pool


async def read_prompt(reader: ReaderFor | None, estimated: Estimate, *, org_id: str) -> dict[str, Any]:
    """The fields of EstimateView that tell what a take of this estimate will note about its words, and how they will
    direct it. None: it cannot be told now. `reader`: who can be asked, if anybody.
    """
    request = estimated.request
    if reader is None or request is None:
        return {"notes": None, "understood": None}
    if estimated.acts_anything:
        return {"notes": [], "understood": None}
    asked = ReadPrompt(
        id=uuid.uuid4().hex,
        model=request.model,
        prompt=request.prompt,
        names=tuple(character.name for character in request.characters),
        framing=request.framing,
        seconds=request.seconds,
        turned=tuple(_turned(character) for character in request.characters),
    )
    return tell(await reader(org_id, estimated.pool).read_prompt(asked, wait_s=WAIT_S))


def _turned(character: CharacterInput) -> tuple[float, ...]:
    """By how much its photos show the face turned."""
    return tuple(photo.yaw_deg for photo in character.references if photo.yaw_deg is not None)


def tell(read: PromptRead | None) -> dict[str, Any]:
    """What was read, as EstimateView has it."""
    if read is None:
        return {"notes": None, "understood": None}
    notes = [PromptNote.model_validate(note.model_dump()) for note in read.notes]
    return {"notes": notes, "understood": read.understood}
