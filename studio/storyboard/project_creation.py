"""Films that do not begin empty: from a screenplay, and the example."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from inference.protocol import BackdropPlate, CameraChoice
from storage.objects import Objects
from storage.queries.assets import mark_assets_deleted
from storage.queries.characters import find_without_consent, get_characters
from storage.queries.shot_takes import find_character_of_photo, list_listed_names
from storage.unit import Database
from studio.assets.content_policy import allow_every_picture
from studio.assets.retention import schedule_assets_erasure
from studio.assets.uploads import keep_photo
from studio.characters.enrolment import PreparedCharacter, keep_character, prepare_character
from studio.characters.mentions import mention_in_prompt
from studio.characters.schemas import CharacterCreate, ConsentGiven, ReferenceAsked
from studio.engines.contract import IdentityEngine
from studio.examples import PORTRAIT, ExampleUnavailable, example_path
from studio.generation.line_choice import LineChoice
from studio.generation.schemas import CastEntry
from studio.http.errors import StudioError
from studio.http.ids import new_id
from studio.storyboard.board import MOST_SCENES, MOST_SHOTS, Board, BoardFull
from studio.storyboard.edit_labels import Label
from studio.storyboard.editing import begin_edit, keep_edit
from studio.storyboard.projects import create_project
from studio.storyboard.scene_setting import SceneSetting
from studio.storyboard.scenes import insert_scene
from studio.storyboard.schemas import ScreenplayImport, ShotContent
from studio.storyboard.screenplay import PlannedFilm, PlannedScene, plan_film
from studio.storyboard.shots import insert_shot

UNTITLED = "Untitled film"
EXAMPLE_NAME = "First contact"


class ExampleMissing(StudioError):
    """The example character cannot be cast just now."""

    status = 503
    code = "example_unavailable"
    waiting_helps = True


async def import_screenplay(
    session: AsyncSession, *, org_id: str, asked: ScreenplayImport, told: dict[str, Any]
) -> tuple[Board, PlannedFilm]:
    """The film of a screenplay that was read as `told`. Raises BoardFull: nothing is kept of one that does not fit."""
    film = plan_film(told, await list_listed_names(session, org_id=org_id))
    _check_room(film.scenes)
    name = (asked.name or film.title or UNTITLED)[:200]
    board = await _begin_film(session, org_id, name, asked.aspect, film.scenes, Label("import_screenplay"))
    return board, film


async def prepare_example(
    database: Database, objects: Objects, engine: IdentityEngine, *, org_id: str
) -> PreparedCharacter | None:
    """The example character, accepted under its licence; None when it is in the cast.

    Raises ExampleMissing, and what enrolment raises.
    """
    async with database.read(org_id=org_id) as session:
        if await _find_example(session, org_id) is not None:
            return None
    return await _prepare_example(database, objects, engine, org_id)


async def begin_example(session: AsyncSession, *, org_id: str, prepared: PreparedCharacter | None) -> Board:
    """Five shots of the example character, who is kept with them unless in the cast. Raises ExampleMissing."""
    character_id = await _find_example(session, org_id)
    if character_id is None:
        if prepared is None:
            raise ExampleMissing("the example character was erased meanwhile: try again")
        character_id = (await keep_character(session, prepared)).id
    elif prepared is not None:  # two began at once, here or on another machine: one is cast, the other's photo goes
        photos = [photo.asset.id for photo in prepared.photos]
        await mark_assets_deleted(session, org_id=org_id, asset_ids=photos)
    found = await get_characters(session, org_id=org_id, character_ids=[character_id])
    scenes = example_scenes(character_id, found[character_id].name)
    return await _begin_film(session, org_id, EXAMPLE_NAME, "16:9", scenes, Label("begin_example"))


def example_scenes(character_id: str, name: str) -> list[PlannedScene]:
    """What the previs does well, in five shots before two backdrops that it draws."""
    mention = mention_in_prompt(name)
    cast = [CastEntry(character_id=character_id)]
    shot = partial(ShotContent, characters=cast)
    return [
        PlannedScene(
            "INT. MISSION CONTROL - DAY",
            [
                shot(
                    prompt=f"{mention} looks into the camera and slowly smiles",
                    camera=CameraChoice(move="push_in", speed="slow"),
                ),
                shot(prompt=f"{mention} turns her head to the left and raises her eyebrows", framing="ms", seconds=4),
                shot(prompt=f"{mention} nods twice, smiling", framing="ecu", seconds=3),
            ],
            SceneSetting(plate=BackdropPlate(name="office"), light="day"),
        ),
        PlannedScene(
            "EXT. ROOF OF MISSION CONTROL - NIGHT",
            [
                shot(
                    prompt=f"{mention} talks, then looks up",
                    seconds=4,
                    dialogue=[LineChoice(id=new_id("lin"), character_id=character_id, text="They are answering.")],
                ),
                shot(
                    prompt=f"{mention} tilts her head and laughs",
                    framing="ms",
                    camera=CameraChoice(move="pull_out", speed="slow"),
                ),
            ],
            SceneSetting(plate=BackdropPlate(name="night-city"), light="night"),
        ),
    ]


async def _begin_film(
    session: AsyncSession, org_id: str, name: str, aspect: str, scenes: Sequence[PlannedScene], label: Label
) -> Board:
    project = await create_project(session, org_id=org_id, name=name, aspect=aspect)
    edit = await begin_edit(session, org_id=org_id, project_id=project.id)
    for number, planned in enumerate(scenes):
        scene = insert_scene(edit, number, planned.heading, planned.setting)
        for place, content in enumerate(planned.shots):
            insert_shot(edit, scene.id, place, content)
    await keep_edit(session, edit, label)
    return edit.board


def _check_room(scenes: Sequence[PlannedScene]) -> None:
    shots = sum(len(scene.shots) for scene in scenes)
    if len(scenes) > MOST_SCENES or shots > MOST_SHOTS:
        raise BoardFull(
            f"the screenplay makes {len(scenes)} scenes and {shots} shots; "
            f"a board holds {MOST_SCENES} and {MOST_SHOTS}: import it in parts",
            scenes=len(scenes),
            shots=shots,
        )


async def _find_example(session: AsyncSession, org_id: str) -> str | None:
    """The oldest character of the example photo that may be shown."""
    found = await find_character_of_photo(session, org_id=org_id, declared_sha256=PORTRAIT.sha256)
    forbidden = await find_without_consent(session, org_id=org_id, character_ids=found)
    return next((character_id for character_id in found if character_id not in forbidden), None)


async def _prepare_example(
    database: Database, objects: Objects, engine: IdentityEngine, org_id: str
) -> PreparedCharacter:
    try:
        photo = example_path().read_bytes()
    except ExampleUnavailable as error:
        raise ExampleMissing(str(error)) from error
    asset_id = await keep_photo(database, objects, allow_every_picture, org_id=org_id, body=photo)
    asked = CharacterCreate(
        name=PORTRAIT.name,
        consent=ConsentGiven(kind="licensed_example", by=PORTRAIT.licence),
        references=[ReferenceAsked(asset_id=asset_id)],
        allow_duplicate_name=True,  # somebody of this name may be cast already, or may not be shown any more
    )
    try:
        return await prepare_character(database, objects, engine, org_id=org_id, asked=asked)
    except BaseException:
        await schedule_assets_erasure(database, org_id=org_id, asset_ids=[asset_id])
        raise
