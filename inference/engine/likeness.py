"""What the engine asks about faces: which face of each reference is meant, and how well the clip keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from inference.engine.interruption import Check
from inference.pipelines.contract import CastPhoto, Picture
from inference.protocol import CharacterIdentity, RenderRequest


class Scorer(Protocol):
    """Watches one clip, frame by frame in order."""

    def add(self, rgb_HWC_uint8: Picture) -> None: ...

    def report(self) -> tuple[CharacterIdentity, ...]: ...


@dataclass(frozen=True)
class Comparison:
    """A scorer, and for each character the SHA-256 of the references that it compares with."""

    scorer: Scorer
    compared: dict[str, frozenset[str]]


class Likeness(Protocol):
    """The engine's sense of faces."""

    def meet(self, cast: tuple[CastPhoto, ...], check: Check) -> tuple[CastPhoto, ...]:
        """The cast with a face box on each photo and without the photos that cannot be used.

        Raises RenderFailed `bad_reference` when a character is left without any.
        """

    def compare(self, request: RenderRequest, cast: tuple[CastPhoto, ...], drawn: dict[str, str]) -> Comparison:
        """Start scoring. A character is compared with its photos that were *not* drawn wherever there are any."""
