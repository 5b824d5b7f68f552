"""Who is in a video: characters by id, by `@name`, or one-off from photos with a consent.

A one-off becomes a hidden character, enrolled like every other, which goes when the last video that shows it goes.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from storage.objects import Objects
from storage.queries.characters import find_characters_mentioned, get_characters
from storage.tables.characters import mention_of
from storage.unit import Database
from studio.assets.content_policy import PicturePolicy
from studio.assets.intake import MOST_BYTES, PhotoRefused, take_in_frames
from studio.assets.retention import erase_soon, schedule_assets_erasure
from studio.assets.uploads import PhotoTooLarge, PhotoUndecodable, keep_photo
from studio.assets.upright import by_detection
from studio.characters.consent import ConsentRequired
from studio.characters.enrolment import PhotosRefused, PreparedCharacter, inspect_photos, prepare_character
from studio.characters.mentions import MENTION
from studio.characters.schemas import CharacterCreate, ConsentGiven, ReferenceAsked
from studio.characters.standing_consent import find_standing_consent
from studio.engines.contract import IdentityEngine
from studio.generation.line_choice import LineChoice
from studio.generation.schemas import CastEntry
from studio.http.errors import InvalidRequest
from studio.videos.errors import ReferenceRequired
from studio.videos.request_body import SentFile
from studio.videos.schemas import CharacterSent, VideoCreate
from studio.videos.spoken_prompt import cast_lines, read_spoken
from studio.videos.translate import understand

_MOST_PHOTOS = 10


@dataclass(frozen=True)
class Stores:
    """What enrolling a one-off needs."""

    database: Database
    objects: Objects
    identity: IdentityEngine
    policy: PicturePolicy


@dataclass(frozen=True)
class SentCharacter:
    """A character that was made of what a request brought; `sent` are the assets of its photos that came with it."""

    prepared: PreparedCharacter
    sent: list[str]


@dataclass
class Cast:
    """The cast and the prompt as it is played; `one_offs` are to be kept with this video."""

    entries: list[CastEntry]
    prompt: str
    dialogue: list[LineChoice] = field(default_factory=list)
    one_offs: list[SentCharacter] = field(default_factory=list)


async def cast_video(stores: Stores, *, org_id: str, asked: VideoCreate) -> Cast:
    """Raises InvalidRequest, ReferenceRequired, ConsentRequired, and what enrolment raises."""
    talking, spoken = read_spoken(asked.prompt)
    prompt, mentioned = await _read_mentions(stores.database, org_id, talking)
    wanted = _wanted(asked)
    named = {one.id for one in wanted}
    wanted += [CharacterSent(id=each) for each in dict.fromkeys(mentioned.values()) if each not in named]
    if not wanted:
        raise ReferenceRequired(
            "send a photo as `input_reference` with `consent`, or `characters`, or `@name` in the prompt",
            field="input_reference",
        )
    if any(one.id is None and one.consent is None for one in wanted):
        standing = await find_standing_consent(stores.database, org_id=org_id)
        wanted = [one if one.id or one.consent else one.model_copy(update={"consent": standing}) for one in wanted]
    for one in wanted:
        if one.references is not None:
            require_consent(one.consent)  # of everybody, before anybody is enrolled
    cast = Cast([], prompt)
    try:
        for number, one in enumerate(wanted, start=1):
            if one.id is None:
                cast.one_offs.append(await _prepare_one_off(stores, org_id, one, number))
            character_id = one.id or cast.one_offs[-1].prepared.id
            cast.entries.append(CastEntry(character_id=character_id, placement=one.placement, expected=one.expected))
        names = await _names(stores.database, org_id, cast)
        cast.dialogue = cast_lines(asked.dialogue, spoken, mentioned, names)
    except BaseException:
        await dismiss(stores, org_id=org_id, characters=cast.one_offs)
        raise
    return cast


async def dismiss(stores: Stores, *, org_id: str, characters: Sequence[SentCharacter]) -> None:
    """Erase the photos of characters that were not kept."""
    sent = [asset_id for one in characters for asset_id in one.sent]
    to_erase = await schedule_assets_erasure(stores.database, org_id=org_id, asset_ids=sent)
    await erase_soon(stores.database, stores.objects, to_erase)


async def prepare_sent(
    stores: Stores,
    *,
    org_id: str,
    name: str,
    references: list[Any],
    consent: ConsentGiven | None,
    hidden: bool,
    filmed: bool = False,
    allow_duplicate_name: bool = False,
) -> SentCharacter:
    """Take in photos of any kind and have them accepted as a character. What was taken in for nothing is erased.

    `filmed`: the photos are frames of a video, and those without a good face are left out.
    """
    require_consent(consent)
    kept: list[str] = []
    try:
        for photo in references:
            kept.append(await _keep_reference(stores, org_id, photo))
        chosen = await _leave_out(stores, org_id, kept) if filmed else list(dict.fromkeys(kept))
        asked = CharacterCreate(
            name=name,
            consent=consent,
            references=[ReferenceAsked(asset_id=each) for each in chosen],
            hidden=hidden,
            allow_duplicate_name=allow_duplicate_name,
        )
        prepared = await prepare_character(stores.database, stores.objects, stores.identity, org_id=org_id, asked=asked)
    except BaseException:
        await schedule_assets_erasure(stores.database, org_id=org_id, asset_ids=_sent_among(kept, references))
        raise
    return SentCharacter(prepared, _sent_among(kept, references))


async def _leave_out(stores: Stores, org_id: str, kept: list[str]) -> list[str]:
    """The frames in which one good face is seen; the others are erased. Raises PhotosRefused when there is none."""
    views = await inspect_photos(stores.database, stores.objects, stores.identity, org_id=org_id, asset_ids=kept)
    good = [view.asset_id for view in views if view.refusal is None]
    if not good:
        raise PhotosRefused(f"no frame of the video shows one clear face: {views[0].words}", field="video")
    await schedule_assets_erasure(stores.database, org_id=org_id, asset_ids=set(kept) - set(good))
    return good


async def read_frames(video: SentFile) -> list[SentFile]:
    """A few frames over the whole of a video. Raises PhotoUndecodable, PhotoTooLarge."""
    try:
        return [SentFile(frame) for frame in await take_in_frames(video.body)]
    except PhotoRefused as refused:
        refusal = PhotoTooLarge if refused.refusal == "too_large" else PhotoUndecodable
        raise refusal(refused.words, field="video") from refused


def read_consent(sent: object) -> ConsentGiven | None:
    """A kind in one word, or {kind, by, evidence, …}. Raises InvalidRequest."""
    if sent is None or sent == "":
        return None
    told = {"kind": sent} if isinstance(sent, str) else sent
    if not isinstance(told, dict):
        raise InvalidRequest("consent is a kind, or {kind, by, evidence}", field="consent")
    return understand(ConsentGiven, told, within="consent")


def read_references(*sent: object) -> list[Any]:
    """Every photo of `input_reference` and `references`, in order. Raises InvalidRequest."""
    photos: list[Any] = []
    for value in sent:
        if value is not None and value != "":
            photos += value if isinstance(value, list) else [value]
    if len(photos) > _MOST_PHOTOS:
        raise InvalidRequest(f"at most {_MOST_PHOTOS} photos of a character", field="references")
    return photos


def require_consent(consent: ConsentGiven | None) -> None:
    """Raises ConsentRequired."""
    if consent is None:
        words = "say who consents: `consent` is own, permission (with evidence), guardian or invented"
        words += "; or let your organisation attest it once"
        raise ConsentRequired(words, field="consent")


def _wanted(asked: VideoCreate) -> list[CharacterSent]:
    sent = [] if asked.characters in (None, "") else asked.characters
    if not isinstance(sent, list):
        raise InvalidRequest("characters is a list of {id} or {references, consent}", field="characters")
    consent = read_consent(asked.consent)
    wanted = []
    for entry in sent:
        told: dict[str, Any] = {"id": entry} if isinstance(entry, str) else entry
        if not isinstance(told, dict):
            raise InvalidRequest("characters is a list of {id} or {references, consent}", field="characters")
        if isinstance(told.get("consent"), str):
            told = told | {"consent": {"kind": told["consent"]}}
        one = understand(CharacterSent, told)
        if (one.id is None) == (one.references is None):
            raise InvalidRequest("each of characters has either an id or references", field="characters")
        wanted.append(one if one.consent or one.id else one.model_copy(update={"consent": consent}))
    photos = read_references(asked.input_reference, asked.references)
    if photos:
        wanted.insert(0, CharacterSent(references=photos, consent=consent))
    return wanted


async def _prepare_one_off(stores: Stores, org_id: str, one: CharacterSent, number: int) -> SentCharacter:
    return await prepare_sent(
        stores,
        org_id=org_id,
        name=one.name or f"Person {number}",
        references=one.references or [],
        consent=one.consent,
        hidden=True,
    )


async def _names(database: Database, org_id: str, cast: Cast) -> dict[str, str]:
    """Of everybody in the video, by id."""
    named = {one.prepared.id: one.prepared.asked.name for one in cast.one_offs}
    ids = {entry.character_id for entry in cast.entries} - set(named)
    async with database.read(org_id=org_id) as session:
        kept = await get_characters(session, org_id=org_id, character_ids=ids)
    return named | {each: character.name for each, character in kept.items()}


async def _read_mentions(database: Database, org_id: str, prompt: str) -> tuple[str, dict[str, str]]:
    """The prompt with plain names for mentions, and whom each means, by id. Raises InvalidRequest."""
    mentions = list(dict.fromkeys(MENTION.findall(prompt)))
    if not mentions:
        return prompt, {}
    async with database.read(org_id=org_id) as session:
        named = await find_characters_mentioned(session, org_id=org_id, mentions=set(map(mention_of, mentions)))
        by_id = await get_characters(session, org_id=org_id, character_ids=set(mentions))
        found: dict[str, str] = {}
        for mention in mentions:
            ids = [mention] if mention in by_id else named.get(mention_of(mention), [])
            if len(ids) != 1:
                words = f"{len(ids)} characters are" if ids else "no character is"
                raise InvalidRequest(f"{words} named {mention!r}: use an id, as `@chr_…`", field="prompt", ids=ids)
            found[mention] = ids[0]
        names = await get_characters(session, org_id=org_id, character_ids=set(found.values()))
    played = MENTION.sub(lambda match: names[found[match[1]]].name, prompt)
    return played, found


def _sent_among(kept: Sequence[str], references: Sequence[object]) -> list[str]:
    """Those of the assets that came with the request; the others were named in it."""
    return [each for each, photo in zip(kept, references, strict=False) if _asset_of(photo) is None]


def _asset_of(photo: object) -> str | None:
    told = photo.get("asset_id", photo.get("file_id")) if isinstance(photo, dict) else photo
    return told if isinstance(told, str) and told.startswith("ast_") and len(told) <= 40 else None


async def _keep_reference(stores: Stores, org_id: str, photo: object) -> str:
    asset_id = _asset_of(photo)
    if asset_id is not None:
        return asset_id
    body = photo.body if isinstance(photo, SentFile) else _read_data_url(photo)
    return await keep_photo(
        stores.database, stores.objects, stores.policy, by_detection(stores.identity), org_id=org_id, body=body
    )


def _read_data_url(photo: object) -> bytes:
    url = photo.get("image_url") if isinstance(photo, dict) else photo
    if not isinstance(url, str) or not url.startswith("data:image/"):
        words = (
            "a photo is a file, a data URL (`data:image/…;base64,…`) or an uploaded asset's id; links are not fetched"
        )
        raise InvalidRequest(words, field="input_reference")
    if len(url) > MOST_BYTES * 4 // 3 + 100:
        raise InvalidRequest(f"a photo may have at most {MOST_BYTES // 2**20} MiB", field="input_reference")
    try:
        return base64.b64decode(url.partition(",")[2], validate=True)
    except (binascii.Error, ValueError):
        raise InvalidRequest("the data URL is not base64", field="input_reference") from None
