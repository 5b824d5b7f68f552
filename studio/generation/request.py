"""From what a client asked for to the one RenderRequest that is checked, stored, and later rendered as it stands.

A stored request names objects as `asset:<id>`; links are minted only inside the step that opens the engine's stream,
so that no link ever lies in the database.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from inference.catalogue import MODELS, ModelCard, check, get_card
from inference.protocol import (
    Box,
    CharacterInput,
    ImagePlate,
    KeyframeInput,
    LookInput,
    Plate,
    PrevisControl,
    Reference,
    RenderRequest,
    Source,
)
from studio.generation.clip_length import length_of
from studio.generation.dialogue import ASSET_SCHEME
from studio.generation.planned_dialogue import PlannedDialogue
from studio.generation.schemas import TakeCreate, UploadedPlate
from studio.generation.staging import stage

Opening = tuple[float, ...]
NONE: Mapping[str, Opening] = MappingProxyType({})
SEED_LIMIT = 2**31  # drawn seeds stay short enough to be typed


@dataclass(frozen=True)
class StoredPhoto:
    """A normalised picture: its asset, its hash, the face that was chosen in it, and by how much that is turned."""

    asset_id: str
    sha256: str
    face: Box | None = None
    yaw_deg: float | None = None

    @property
    def source(self) -> Source:
        """Names the asset; carries no link."""
        return Source(url=ASSET_SCHEME + self.asset_id, sha256=self.sha256)


@dataclass(frozen=True)
class CastCharacter:
    """A character as the render needs it."""

    id: str
    name: str
    photos: tuple[StoredPhoto, ...]
    look: LookInput | None = None


def make_request(
    asked: TakeCreate,
    cast: list[CastCharacter],
    plate: StoredPhoto | None,
    track: Source | None = None,
    known: Mapping[str, ModelCard] = MODELS,
    openings: Mapping[str, Opening] = NONE,
    keyframes: Collection[KeyframeInput] = (),
    dialogue: PlannedDialogue = PlannedDialogue(),  # noqa: B008 (it cannot be changed)
) -> RenderRequest:
    """The request with every default filled in. Raises RequestRefused and RequestUnrenderable, naming the nearest
    legal values.

    `cast` is in the order of `asked.characters`; `plate` is the uploaded one, when one was chosen; `track` the motion
    of the take that is to drive this one. `known`: the models of this installation. `openings` are by character id, for
    a take that goes on from another. `keyframes`: those that were asked for, with their pictures' sizes.
    """
    card = get_card(asked.model, known)
    tier = asked.tier or card.tiers[0]
    guidance = card.guidance_in(tier) if asked.guidance_scale is None else asked.guidance_scale
    width, height = _parse_size(asked.size) if asked.size else card.default_size
    places = stage([entry.placement for entry in asked.characters])
    fps = asked.fps or card.default_fps
    request = RenderRequest(
        model=asked.model,
        prompt=asked.prompt,
        negative_prompt=card.negative_prompt_at(guidance) if asked.negative_prompt is None else asked.negative_prompt,
        characters=tuple(
            CharacterInput(
                id=character.id,
                name=character.name,
                references=tuple(
                    Reference(source=photo.source, face=photo.face, yaw_deg=photo.yaw_deg) for photo in character.photos
                ),
                placement=place,
                expected=entry.expected,
                look=character.look,
                opening=openings.get(character.id),
            )
            for character, place, entry in zip(cast, places, asked.characters, strict=True)
        ),
        plate=_plate(asked, plate),
        framing=asked.framing,
        camera=asked.camera,
        performance=asked.performance,
        pace=asked.pace,
        control=None if asked.control is None else PrevisControl(track=track),
        keyframes=tuple(keyframes),
        seconds=length_of(card, fps, asked.seconds, dialogue),
        fps=fps,
        width=width,
        height=height,
        seed=secrets.randbelow(SEED_LIMIT) if asked.seed is None else asked.seed,
        steps=asked.steps or card.steps_in(tier),
        guidance_scale=guidance,
        shift=card.shift_in(tier) if asked.shift is None else asked.shift,
        tier=tier,
        dialogue=dialogue.lines,
    )
    check(request, known)
    return request


def with_links(request: RenderRequest, link: Callable[[str], str]) -> RenderRequest:
    """The same request with every `asset:<id>` replaced by `link(id)`, a URL that can be read now."""

    def linked(source: Source) -> Source:
        return source.model_copy(update={"url": link(source.url.removeprefix(ASSET_SCHEME))})

    characters = tuple(
        character.model_copy(
            update={
                "references": tuple(
                    reference.model_copy(update={"source": linked(reference.source)})
                    for reference in character.references
                ),
                "look": _linked_look(character.look, linked),
            }
        )
        for character in request.characters
    )
    plate = request.plate
    if isinstance(plate, ImagePlate):
        plate = plate.model_copy(update={"source": linked(plate.source)})
    control = request.control
    if control is not None and control.track is not None:
        control = control.model_copy(update={"track": linked(control.track)})
    keyframes = tuple(one.model_copy(update={"source": linked(one.source)}) for one in request.keyframes)
    dialogue = tuple(
        line if line.recording is None else line.model_copy(update={"recording": linked(line.recording)})
        for line in request.dialogue
    )
    return request.model_copy(
        update={
            "characters": characters,
            "plate": plate,
            "control": control,
            "keyframes": keyframes,
            "dialogue": dialogue,
        }
    )


def assets_of(request: RenderRequest) -> tuple[str, ...]:
    """Ids of every asset that a stored request reads."""
    sources = [reference.source for character in request.characters for reference in character.references]
    looks = [character.look for character in request.characters if character.look is not None]
    sources += [look.picture for look in looks if look.picture is not None]
    if isinstance(request.plate, ImagePlate):
        sources.append(request.plate.source)
    if request.control is not None and request.control.track is not None:
        sources.append(request.control.track)
    sources += [keyframe.source for keyframe in request.keyframes]
    sources += [line.recording for line in request.dialogue if line.recording is not None]
    return tuple(dict.fromkeys(source.url.removeprefix(ASSET_SCHEME) for source in sources))


def _linked_look(look: LookInput | None, linked: Callable[[Source], Source]) -> LookInput | None:
    if look is None or look.picture is None:
        return look
    return look.model_copy(update={"picture": linked(look.picture)})


def _plate(asked: TakeCreate, uploaded: StoredPhoto | None) -> Plate:
    if isinstance(asked.plate, UploadedPlate):
        if uploaded is None:
            raise TypeError("an uploaded plate was chosen but not given")
        return ImagePlate(source=uploaded.source)
    return asked.plate


def _parse_size(words: str) -> tuple[int, int]:
    width, _, height = words.partition("x")
    return int(width), int(height)
