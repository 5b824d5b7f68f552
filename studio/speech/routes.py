"""Voices and lines over HTTP: which there are, and how one sounds before anything is rendered."""

from __future__ import annotations

from fastapi import APIRouter

from inference.catalogue import VOICES
from inference.protocol import Line
from storage.objects import Objects
from storage.queries.assets import get_ready_assets
from storage.queries.storyboard import get_project
from storage.unit import Database
from studio.assets.recordings import RecordingRefused, SpeechEngineOf
from studio.auth.caller import TakesCaller
from studio.billing.spending import UNPAID
from studio.characters.consent import ConsentRequired
from studio.engines.contract import EngineError
from studio.generation.dialogue import plan_dialogue
from studio.generation.refusals import RequestUnrenderable
from studio.http.dependencies import DatabaseOf, ObjectsOf
from studio.http.errors import EngineUnavailable, NotFound, StoreUnavailable, problems
from studio.organisations.suspension import OrganisationSuspended
from studio.speech.errors import LineRefused, told_of
from studio.speech.paying import pay_preview, require_preview
from studio.speech.schemas import HeardWord, SpeechCreate, SpeechPrepare, SpeechView, VoiceEntry, VoiceList
from studio.speech.sounds import say_line

router = APIRouter(prefix="/v1", tags=["speech"])


@router.get("/voices")
async def list_voices(caller: TakesCaller) -> VoiceList:
    """The voices that lines can be said in."""
    return VoiceList(data=[VoiceEntry.of(voice) for voice in VOICES.values()])


@router.post(
    "/speech",
    responses=problems(
        LineRefused, RecordingRefused, RequestUnrenderable, ConsentRequired, NotFound, EngineUnavailable,
        StoreUnavailable, OrganisationSuspended, *UNPAID,
    ),
)  # fmt: skip
async def create_speech(
    asked: SpeechCreate, caller: TakesCaller, database: DatabaseOf, objects: ObjectsOf, engine: SpeechEngineOf
) -> SpeechView:
    """Hear one line as a take would say it. Nothing is kept but how long it lasts.

    Where a preview has a price, a line in a voice is paid for once, however often it is heard.
    """
    line = await _plan(database, objects, caller.org_id, asked)
    priced = await require_preview(database, org_id=caller.org_id, line=line, project_id=asked.project_id)
    spoken, key = await say_line(database, objects, engine, org_id=caller.org_id, line=line)
    if priced:
        await pay_preview(database, org_id=caller.org_id, line=line, project_id=asked.project_id)
    return SpeechView(
        url=objects.link_to_download(key, content_type="audio/wav"),
        sha256=spoken.sha256,
        seconds=spoken.duration_s,
        voice=line.voice,
        pause_before_s=line.pause_before_s + spoken.pause_before_s,
        words=[
            HeardWord(text=word.text, start_s=word.sounds[0].start_s, end_s=word.sounds[-1].end_s)
            for word in spoken.words
            if word.sounds
        ],
        unspoken=list(spoken.unspoken),
        unheeded=spoken.unheeded,
    )


@router.post(
    "/speech/prepare",
    status_code=204,
    responses=problems(
        RecordingRefused, RequestUnrenderable, ConsentRequired, NotFound, EngineUnavailable, OrganisationSuspended,
        *UNPAID,
    ),
)  # fmt: skip
async def prepare_speech(
    asked: SpeechPrepare, caller: TakesCaller, database: DatabaseOf, objects: ObjectsOf, engine: SpeechEngineOf
) -> None:
    """Say that a line will soon be heard: the voices are loaded meanwhile, so that the first line does not wait for it.

    They rest again after a minute without a line. A line that is told of is said already, where no other one waits, so
    that `POST /v1/speech` finds it; it is paid for when it is heard.
    """
    line = None
    if asked.line is not None:
        line = await _plan(database, objects, caller.org_id, asked.line)
        await require_preview(database, org_id=caller.org_id, line=line, project_id=asked.line.project_id)
    try:
        await engine.prepare_voices(asked.language if line is None else line.language, line)
    except EngineError as error:
        raise told_of(error) from error


async def _plan(database: Database, objects: Objects, org_id: str, asked: SpeechCreate) -> Line:
    async with database.read(org_id=org_id) as session:
        pronunciations = dict(asked.pronunciations)
        if asked.project_id is not None:
            project = await get_project(session, org_id=org_id, project_id=asked.project_id)
            if project is None:
                raise NotFound(f"there is no project {asked.project_id}")
            pronunciations = project.pronunciations | pronunciations
        planned = await plan_dialogue(
            session, org_id=org_id, dialogue=[asked], cast_ids=(), pronunciations=pronunciations
        )
        line = planned.lines[0]
        if line.recording is None or asked.recording is None:
            return line
        found = await get_ready_assets(session, org_id=org_id, asset_ids=[asked.recording])
    key = found[asked.recording].object_key or ""
    return line.model_copy(update={"recording": line.recording.model_copy(update={"url": objects.link_to_read(key)})})
