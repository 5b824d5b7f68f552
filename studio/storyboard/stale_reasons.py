"""What can change between a take and its shot: as a code for programs (and their translations), and in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Part = Literal[
    "prompt", "cast", "staging", "expected", "framing", "camera", "performance", "pace", "plate", "light", "keyframes",
    "seconds", "size", "model", "dialogue", "pronunciations", "character", "name", "photos", "look", "voice",
]  # fmt: skip
PARTS_OF_THE_SHOT: dict[Part, str] = {
    "prompt": "the prompt",
    "cast": "the cast",
    "staging": "the staging",
    "expected": "whose face should be seen",
    "framing": "the framing",
    "camera": "the camera move",
    "performance": "how large the acting is",
    "pace": "how quick the acting is",
    "plate": "the plate",
    "light": "the light",
    "keyframes": "the keyframes",
    "seconds": "the length",
    "size": "the size",
    "model": "the model",
    "dialogue": "the lines",
    "pronunciations": "how words are said",
}
_OF_A_CHARACTER: dict[Part, str] = {
    "character": "{name} was deleted",
    "name": "{name}'s name",
    "photos": "{name}'s photos",
    "look": "{name}'s look",
    "voice": "{name}'s voice",
}


@dataclass(frozen=True)
class Change:
    """One thing that is not as it was: a code with the character's name, for words in any language."""

    part: Part
    name: str | None = None

    @property
    def words(self) -> str:
        """In English, as "the prompt" or "Ada's photos"."""
        return (PARTS_OF_THE_SHOT | _OF_A_CHARACTER)[self.part].format(name=self.name)
