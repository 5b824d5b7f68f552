"""What the engine knows about faces: which face of each reference is meant, and how well the clip keeps it."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, replace

import numpy as np

from inference.engine.failures import RenderFailed
from inference.identity.enrol import Enrolment, enrol_references
from inference.identity.pack import Faces
from inference.identity.score import CastFace, ClipScorer
from inference.pipelines.contract import CastPhoto, Photo
from inference.protocol import Box, CharacterInput, ComparedWith, EnrolledPhoto, RenderRequest

_Key = tuple[tuple[str, Box | None], ...]

_REMEMBERED = 256  # enrolments: a few kB each
_FORGOTTEN_AFTER_S = 900.0  # embeddings are personal data: a character that was deleted is soon gone from here too


@dataclass(frozen=True)
class Meeting:
    """The cast with the chosen face's box on each photo, without the photos that cannot be used.

    `enrolled` says for each character which of those are strangers among the others, or repetitions.
    """

    cast: tuple[CastPhoto, ...]
    enrolled: dict[str, tuple[EnrolledPhoto, ...]]


@dataclass(frozen=True)
class Comparison:
    """A scorer for one clip, and for each character the SHA-256 of the references that it compares with."""

    scorer: ClipScorer
    compared: dict[str, frozenset[str]]


class IdentityScoring:
    """Enrols references by content: a photo that was seen before, with the same face chosen, costs nothing again.

    Used by one thread at a time; the scorer it returns may run on another.
    """

    def __init__(self, faces: Faces) -> None:
        self._faces = faces
        self._enrolled: OrderedDict[_Key, tuple[float, Enrolment]] = OrderedDict()  # when, what; the oldest first

    def meet(self, cast: tuple[CastPhoto, ...]) -> Meeting:
        """Find everybody's face. Raises RenderFailed `bad_reference` when a character has no photo that can be used."""
        met = [self._meet(character) for character in cast]
        return Meeting(
            cast=tuple(character for character, _ in met),
            enrolled={character.character_id: enrolled for character, enrolled in met},
        )

    def compare(self, request: RenderRequest, meeting: Meeting, drawn: dict[str, tuple[str, ...]]) -> Comparison:
        """Start scoring. A character is compared with its photos that were *not* drawn, wherever one can be used."""
        faces = []
        compared = {}
        for character, photos in zip(request.characters, meeting.cast, strict=True):
            others = _others(photos.photos, meeting.enrolled[character.id], drawn[character.id])
            face, used = self._choose_template(character, photos.photos, others, drawn[character.id])
            faces.append(face)
            compared[character.id] = used
        return Comparison(ClipScorer(self._faces, faces, request.fps), compared)

    def _meet(self, character: CastPhoto) -> tuple[CastPhoto, tuple[EnrolledPhoto, ...]]:
        usable = []
        refusals = []
        verdicts, enrolled, _ = self._enrol(character.photos)
        for photo, verdict in zip(character.photos, verdicts, strict=True):
            if verdict.refusal is None and verdict.chosen is not None:
                usable.append(replace(photo, face=verdict.faces[verdict.chosen].box))
            else:
                refusals.append(verdict.words)
        if not usable:
            raise RenderFailed("bad_reference", f"no photo of {character.name} can be used: {'; '.join(refusals)}")
        return replace(character, photos=tuple(usable)), enrolled

    def _choose_template(
        self, character: CharacterInput, photos: tuple[Photo, ...], others: tuple[Photo, ...], drawn: tuple[str, ...]
    ) -> tuple[CastFace, frozenset[str]]:
        same = tuple(photo for photo in photos if photo.sha256 in drawn)
        compared_with: ComparedWith = "other_photos" if others else "same_photo"
        _, enrolled, template = self._enrol(others or same)
        if template is None:
            raise RenderFailed("bad_reference", f"no face of {character.name} can be compared with")
        face = CastFace(
            character_id=character.id,
            name=character.name,
            expected=character.expected,
            template_unit=np.array(template.embedding_unit, np.float32),
            threshold=self._faces.settings.threshold,
            compared_with=compared_with,
            placement=character.placement,
        )
        return face, frozenset(photo.sha256 for photo in enrolled if photo.weight > 0 and not photo.stranger)

    def _enrol(self, photos: tuple[Photo, ...]) -> Enrolment:
        self._forget()
        key = tuple((photo.sha256, photo.face) for photo in photos)
        remembered = self._enrolled.get(key)
        if remembered is not None:
            return remembered[1]
        enrolment = enrol_references(self._faces, [(one.sha256, one.rgb_HWC_uint8, one.face) for one in photos])
        self._enrolled[key] = (time.monotonic(), enrolment)
        return enrolment

    def _forget(self) -> None:
        """Drop what is old, and the oldest of too many."""
        now = time.monotonic()
        while self._enrolled:
            since, _ = next(iter(self._enrolled.values()))
            if now - since < _FORGOTTEN_AFTER_S and len(self._enrolled) < _REMEMBERED:
                return
            self._enrolled.popitem(last=False)


def _others(
    photos: tuple[Photo, ...], enrolled: tuple[EnrolledPhoto, ...], drawn: tuple[str, ...]
) -> tuple[Photo, ...]:
    """The photos that those drawn can honestly be compared with: neither repetitions of them nor of somebody else."""
    facts = {photo.sha256: photo for photo in enrolled}
    originals = {facts[one].duplicate_of or one for one in drawn}
    return tuple(
        photo
        for photo in photos
        if photo.sha256 not in originals
        and facts[photo.sha256].duplicate_of not in originals
        and not facts[photo.sha256].stranger
    )
