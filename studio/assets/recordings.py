"""A recording's way in: fetched, decoded in the engine's sandbox, trimmed and levelled, made an asset.

A recording that cannot be used is refused in words, and what was uploaded stays until its announcement expires.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Annotated

from fastapi import Depends, Request

from inference.catalogue import MOST_RECORDING_BYTES
from inference.protocol import Listened, Sink, SoundReady, Source
from storage.objects import ObjectMissing, Objects, ObjectTooLarge
from storage.queries.assets import make_asset_ready
from storage.retry import retried
from storage.tables import Asset
from storage.unit import Database
from studio.assets.uploads import UploadDiffers, UploadMissing, find_upload, forget_upload
from studio.engines.contract import EngineError, SpeechEngine, SpeechUnusable
from studio.engines.unavailable import unavailable
from studio.http.errors import StudioError

LANGUAGE = "en-US"  # until a line says what is spoken, sounds are found as English ones


class RecordingRefused(StudioError):
    """This recording cannot be used."""

    status = 422
    code = "recording_refused"


async def get_speech_engine(request: Request) -> SpeechEngine:
    """The engine that listens."""
    engine: SpeechEngine = request.app.state.identity
    return engine


SpeechEngineOf = Annotated[SpeechEngine, Depends(get_speech_engine)]


async def complete_recording(
    database: Database, objects: Objects, engine: SpeechEngine, *, org_id: str, asset: Asset
) -> tuple[Asset, tuple[str, ...]]:
    """Take in what was uploaded, once: a second call returns the same asset. With it what is to be said of it.

    Raises UploadMissing, UploadDiffers, RecordingRefused, EngineUnavailable, StoreError: it may be completed again.
    """
    if asset.state == "ready" or asset.upload_key is None:
        return asset, ()
    source = await _check(objects, asset, asset.upload_key)
    key = f"orgs/{org_id}/assets/{asset.id}/{source.sha256[:16]}-{secrets.token_hex(4)}.wav"
    sounds: list[SoundReady] = []

    async def supply(ready: SoundReady) -> Sink:
        sounds.append(ready)
        return Sink(url=objects.link_to_write(key, sha256=ready.sha256))

    try:
        listened = await engine.listen(source, LANGUAGE, supply)
        made = await _make_ready(database, org_id, asset.id, key, sounds[0], listened)
    except BaseException as error:
        await objects.delete([key])
        if isinstance(error, SpeechUnusable):
            raise RecordingRefused(error.words, refusal=error.refusal) from error
        if isinstance(error, EngineError):
            raise unavailable(error) from error
        raise
    if not made:
        await objects.delete([key])  # another request was first
    await objects.delete([asset.upload_key])
    await forget_upload(database, org_id, asset.id)
    return await find_upload(database, org_id, asset.id), tuple(note for note in listened.notes if note == "clipped")


async def _check(objects: Objects, asset: Asset, upload_key: str) -> Source:
    """Where the engine reads what came, if it is what was announced."""
    try:
        body = await objects.get(upload_key, most_bytes=MOST_RECORDING_BYTES)
    except ObjectMissing:
        raise UploadMissing("upload the recording first, then complete") from None
    except ObjectTooLarge:
        words = f"a recording may have at most {MOST_RECORDING_BYTES // 2**20} MiB: cut it to the line"
        raise RecordingRefused(words, refusal="recording_too_large") from None
    sha256 = hashlib.sha256(body).hexdigest()
    if len(body) != asset.size_bytes or asset.declared_sha256 not in (None, sha256):
        raise UploadDiffers("size or SHA-256 is not what was announced")
    return Source(url=objects.link_to_read(upload_key), sha256=sha256)


@retried
async def _make_ready(
    database: Database, org_id: str, asset_id: str, key: str, sound: SoundReady, listened: Listened
) -> bool:
    async with database.write(org_id=org_id) as session:
        return await make_asset_ready(
            session,
            org_id=org_id,
            asset_id=asset_id,
            content_type=sound.content_type,
            size_bytes=sound.size_bytes,
            object_key=key,
            sha256=sound.sha256,
            width=None,
            height=None,
            unsafe_score=None,
            length_ms=max(1, round(1000 * listened.duration_s)),
        )
