"""What a take of a shot is made of, and what of it has changed since.

Kept with every take when it is submitted: comparing it with the shot as it stands says whether the take is stale, and
why. Only what changes the picture counts: not the seed (takes differ in it on purpose), not the dialogue.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from storage.queries.shot_takes import KnownFace
from studio.generation.staging import stage
from studio.storyboard.schemas import ShotContent

_WORDS = {
    "prompt": "the prompt",
    "cast": "the cast",
    "staging": "the staging",
    "expected": "whose face should be seen",
    "looks": "the looks",
    "framing": "the framing",
    "camera": "the camera move",
    "plate": "the plate",
    "seconds": "the length",
    "size": "the size",
    "model": "the model",
}


def made_of(content: ShotContent, aspect: str, faces: Mapping[str, KnownFace]) -> dict[str, Any]:
    """Everything that a take of this shot depends on, as JSON. Characters that are gone have no face."""
    cast = [entry.character_id for entry in content.characters]
    places = stage([entry.placement for entry in content.characters])
    told = content.model_dump(mode="json")
    return {
        "prompt": content.prompt.strip(),
        "cast": sorted(cast),
        "staging": dict(zip(cast, places, strict=True)),
        "expected": {entry.character_id: entry.expected for entry in content.characters},
        "looks": {one["character_id"]: one.get("look_id") for one in told["characters"]},
        "framing": content.framing,
        "camera": content.camera,
        "plate": told["plate"],
        "seconds": content.seconds,
        "size": content.size or aspect,
        "model": [content.model, content.tier],
        "names": {each: faces[each].name for each in cast if each in faces},
        "photos": {each: list(faces[each].photos) for each in cast if each in faces},
    }


def list_changes(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What differs, in words, as "the prompt" or "Ada's photos"; empty when the take is up to date."""
    changes = [words for part, words in _WORDS.items() if then.get(part) != now[part]]
    if "the cast" in changes:  # who stands where, and how, follows from it
        changes = [words for words in changes if words not in (_WORDS["staging"], _WORDS["expected"], _WORDS["looks"])]
    for character_id, name in then["names"].items():
        if character_id not in now["cast"]:
            continue
        if character_id not in now["names"]:
            changes.append(f"{name} was deleted")
        elif now["photos"][character_id] != then["photos"][character_id]:
            changes.append(f"{name}'s photos")
        elif now["names"][character_id] != name:
            changes.append(f"{name}'s name")
    return changes
