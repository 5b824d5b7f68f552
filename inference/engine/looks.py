"""Looks: what characters wear and carry, put into what a model is shown, or said aloud where it cannot draw them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from inference.catalogue import ModelCard
from inference.pipelines.contract import CastPhoto, Photo, PipelineNote
from inference.protocol import CharacterInput, LookInput, RenderRequest, UsedLook


@dataclass(frozen=True)
class Dressed:
    """A request whose prompt tells the looks, and a cast whose last photos show them."""

    request: RenderRequest
    cast: tuple[CastPhoto, ...]


def dress(request: RenderRequest, cast: tuple[CastPhoto, ...], pictures: Mapping[str, Photo]) -> Dressed:
    """`pictures` are of the looks, by character; each follows the character's own photos."""
    sentences = [describe(character) for character in request.characters]
    prompt = " ".join([request.prompt.rstrip(), *filter(None, sentences)])
    shown = tuple(
        replace(character, photos=(*character.photos, pictures[character.character_id]))
        if character.character_id in pictures
        else character
        for character in cast
    )
    return Dressed(request.model_copy(update={"prompt": prompt}), shown)


def describe(character: CharacterInput) -> str:
    """The look in a sentence about the character; empty where it has no words."""
    look = character.look
    if look is None:
        return ""
    parts = [
        f"{verb} {words.strip().rstrip('.')}"
        for verb, words in (("wears", look.wardrobe), ("has", _as_hair(look)), ("carries", look.props))
        if words.strip()
    ]
    return f"{character.name} {', '.join(parts)}." if parts else ""


def list_used_looks(
    request: RenderRequest, card: ModelCard, drawn: Mapping[str, tuple[str, ...]]
) -> tuple[UsedLook, ...]:
    """Every look that was asked for, those used for nothing too. `drawn`: the pictures that made each character."""
    used = []
    for character in request.characters:
        look = character.look
        if look is None:
            continue
        words = describe(character) if card.dresses else ""
        sha256 = None if look.picture is None else look.picture.sha256
        shown = card.dresses and sha256 in drawn.get(character.id, ())
        used_for = (*(("prompt",) if words else ()), *(("picture",) if shown else ()))
        used.append(UsedLook.model_validate({
            "character_id": character.id, "look_id": look.id, "name": look.name, "words": words,
            "picture_sha256": sha256, "used_for": used_for,
        }))  # fmt: skip
    return tuple(used)


def note_undrawn_looks(looks: tuple[UsedLook, ...], card: ModelCard) -> tuple[PipelineNote, ...]:
    """One note for all looks of which nothing was drawn."""
    names = tuple(dict.fromkeys(look.name for look in looks if not look.used_for))
    if not names:
        return ()
    message = f"{card.name} draws the reference photo as it is, and left the look aside: {', '.join(names)}"
    return (PipelineNote("look_left_aside", message, names),)


def faces_among(request: RenderRequest, drawn: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The references among the pictures drawn: a look says nothing of whose face it is."""
    known = {character.id: {one.source.sha256 for one in character.references} for character in request.characters}
    return {who: tuple(photo for photo in photos if photo in known[who]) for who, photos in drawn.items()}


def _as_hair(look: LookInput) -> str:
    words = look.hair.strip()
    return words if not words or "hair" in words.lower() else f"{words} hair"
