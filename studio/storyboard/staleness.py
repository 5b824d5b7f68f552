"""What a take of a shot is made of, and what of it has changed since.

Kept with every take when it is submitted: comparing it with the shot as it stands says whether the take is stale, and
why. Only what changes the clip counts: not the seed (takes differ in it on purpose).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from inference.catalogue import MODELS, PULLED
from inference.protocol import CameraChoice
from storage.queries.looks import get_looks
from storage.queries.shot_takes import KnownFace, list_faces
from storage.tables import Look
from studio.generation.dialogue import pronunciations_in
from studio.generation.staging import stage
from studio.storyboard.scene_setting import SceneSetting, stage_in_scene
from studio.storyboard.schemas import ShotContent
from studio.storyboard.shot_camera import of_today
from studio.storyboard.stale_reasons import PARTS_OF_THE_SHOT, Change, Part


@dataclass(frozen=True)
class Cast:
    """The characters and looks that some shots name, by id; those that are gone are missing."""

    faces: Mapping[str, KnownFace]
    looks: Mapping[str, Look]

    @property
    def names(self) -> dict[str, str]:
        """By character id."""
        return {character_id: face.name for character_id, face in self.faces.items()}


async def read_cast(session: AsyncSession, *, org_id: str, contents: Collection[ShotContent]) -> Cast:
    """Everybody who is in these shots, with two queries."""
    entries = [entry for content in contents for entry in content.characters]
    look_ids = {entry.look_id for entry in entries if entry.look_id is not None}
    ids = {entry.character_id for entry in entries}.union(*map(_speakers, contents))
    return Cast(
        await list_faces(session, org_id=org_id, character_ids=ids),
        await get_looks(session, org_id=org_id, look_ids=look_ids) if look_ids else {},
    )


def made_of(
    content: ShotContent, setting: SceneSetting, aspect: str, cast: Cast, pronunciations: Mapping[str, str]
) -> dict[str, Any]:
    """Everything that a take of this shot depends on, as JSON. Characters that are gone have no name and no photos.

    `setting`: of its scene. A grade is no part of it: it colours the take that is there.
    """
    staged = stage_in_scene(content, setting)
    ids = [entry.character_id for entry in content.characters]
    places = stage([entry.placement for entry in content.characters])
    known = [each for each in ids if each in cast.faces]
    return {
        "prompt": content.prompt.strip(),
        "cast": sorted(ids),
        "staging": dict(zip(ids, places, strict=True)),
        "expected": {entry.character_id: entry.expected for entry in content.characters},
        "framing": staged.framing,
        "camera": None if content.camera is None else content.camera.model_dump(mode="json"),
        "performance": content.performance,
        "pace": content.pace,
        "plate": staged.plate.model_dump(mode="json"),
        "light": staged.light if reads_light(content.model) else None,
        "keyframes": [choice.model_dump(mode="json") for choice in content.keyframes],
        "seconds": content.seconds,
        "size": content.size or aspect,
        "model": [content.model, content.tier],
        "dialogue": [line.model_dump(mode="json", exclude={"id", "speaker"}) for line in content.dialogue],
        "pronunciations": [pronunciations_in(line.text, pronunciations) for line in content.dialogue],
        "voices": {each: list(cast.faces[each].voice) for each in sorted(_speakers(content)) if each in cast.faces},
        "names": {each: cast.faces[each].name for each in known},
        "photos": {each: list(cast.faces[each].photos) for each in known},
        "looks": _looks(content, cast),
    }


def list_changes(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[Change]:
    """What differs; empty when the take is up to date."""
    # takes from before a shot could have them
    later: dict[str, Any] = {"keyframes": [], "dialogue": [], "pronunciations": [], "voices": {}, "light": None}
    then = {**later, "performance": 0, "pace": 0, **then}
    then["camera"] = _spelt_out(then["camera"])
    changes = [Change(part) for part in PARTS_OF_THE_SHOT if then[part] != now[part]]
    if then["cast"] != now["cast"]:  # who stands where follows from it
        changes = [change for change in changes if change.part not in ("staging", "expected")]
    if then["dialogue"] != now["dialogue"]:  # and with the words, how they are said
        changes = [change for change in changes if change.part != "pronunciations"]
    for character_id, name in then["names"].items():
        if character_id in now["cast"]:
            changes += [Change(part, name) for part in _changed_parts(character_id, name, then, now)]
    return changes + _changed_voices(then, now)


def _spelt_out(camera: object) -> dict[str, Any] | None:
    """A camera as takes keep it now, from one that was kept as a word."""
    choice = of_today(camera)
    return None if choice is None else CameraChoice.model_validate(choice).model_dump(mode="json")


def _changed_voices(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[Change]:
    """Whose voice is another one, where the take's line did not name one itself."""
    by_their_own = {line["character_id"] for line in now["dialogue"] if not (line["voice"] or line["recording"])}
    both = by_their_own & set(then["voices"]) & set(now["voices"])
    changed = sorted(each for each in both if then["voices"][each][1:] != now["voices"][each][1:])
    return [Change("voice", now["voices"][each][0]) for each in changed]


def _speakers(content: ShotContent) -> set[str]:
    return {line.character_id for line in content.dialogue if line.character_id is not None}


def _changed_parts(character_id: str, name: str, then: Mapping[str, Any], now: Mapping[str, Any]) -> list[Part]:
    if character_id not in now["names"]:
        return ["character"]
    changed: list[Part] = []
    if now["names"][character_id] != name:
        changed.append("name")
    if now["photos"][character_id] != then["photos"][character_id]:
        changed.append("photos")
    if now["looks"].get(character_id) != then["looks"].get(character_id):
        changed.append("look")
    return changed


def reads_light(model: str) -> bool:
    """Whether words about the light change what this model draws; of one that is not known here, they may."""
    card = (MODELS | PULLED).get(model)
    return card is None or card.acts_anything


def _looks(content: ShotContent, cast: Cast) -> dict[str, list[str | None]]:
    """What is worn, by character id, where the model draws it: words and picture, so that another name is no change."""
    card = (MODELS | PULLED).get(content.model)
    if card is not None and not card.dresses:
        return {}
    return {
        entry.character_id: [look.wardrobe, look.hair, look.props, look.picture_asset_id]
        for entry in content.characters
        if entry.look_id is not None and (look := cast.looks.get(entry.look_id)) is not None
    }
