"""Sounds that are made for a moment's hearing: each lies in the store for an hour, and is swept like an upload that
nobody completed."""

from __future__ import annotations

from datetime import timedelta

from inference.protocol import Line, Sink, SoundReady, Spoken
from storage.objects import Objects
from storage.queries.assets import announce_asset
from storage.queries.line_lengths import keep_line_lengths
from storage.retry import retried
from storage.unit import Database
from studio.engines.contract import EngineError, SpeechEngine
from studio.generation.dialogue import length_digest
from studio.http.ids import new_id
from studio.speech.errors import told_of

HEARD_WITHIN = timedelta(hours=1)


async def say_line(
    database: Database, objects: Objects, engine: SpeechEngine, *, org_id: str, line: Line
) -> tuple[Spoken, str]:
    """Have the line said; returns what was said, and the key of its sound.

    Raises LineRefused, RecordingRefused, EngineUnavailable.
    """
    asset_id = new_id("ast")
    key = f"orgs/{org_id}/speech/{asset_id}.wav"

    async def supply(ready: SoundReady) -> Sink:
        await _announce(database, org_id, asset_id, key, ready)
        return Sink(url=objects.link_to_write(key, sha256=ready.sha256))

    try:
        spoken = await engine.speak(line, supply)
    except EngineError as error:
        raise told_of(error) from error
    if line.voice is not None:
        await _keep_length(database, org_id, line, spoken)
    return spoken, key


@retried
async def _announce(database: Database, org_id: str, asset_id: str, key: str, ready: SoundReady) -> None:
    async with database.write(org_id=org_id) as session:
        await announce_asset(
            session,
            org_id=org_id,
            asset_id=asset_id,
            kind="recording",
            content_type=ready.content_type,
            size_bytes=ready.size_bytes,
            declared_sha256=ready.sha256,
            upload_key=key,
            valid_for=HEARD_WITHIN,
        )


@retried
async def _keep_length(database: Database, org_id: str, line: Line, spoken: Spoken) -> None:
    async with database.write(org_id=org_id) as session:
        await keep_line_lengths(session, org_id=org_id, lengths_s={length_digest(line): spoken.duration_s})
