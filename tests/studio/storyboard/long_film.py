"""A long film, written straight into the tables: shots with finished takes, as long work would leave them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from storage.queries.assets import insert_ready_asset
from storage.queries.characters import insert_character
from storage.queries.storyboard import insert_project
from storage.tables import Character, Scene, Shot, ShotTake, Take
from storage.unit import Database
from studio.generation.schemas import CastEntry
from studio.http.ids import new_id
from studio.storyboard.scene_setting import SceneSetting
from studio.storyboard.schemas import ShotContent
from studio.storyboard.staleness import made_of, read_cast


@dataclass
class LongFilm:
    """Ids of what was filled in."""

    project_id: str
    scene_ids: list[str] = field(default_factory=list)
    shot_ids: list[str] = field(default_factory=list)

    def rotated(self) -> list[str]:
        """Three shots, others at each call."""
        self.shot_ids.append(self.shot_ids.pop(0))
        return self.shot_ids[:3]


async def fill_film(database: Database, org_id: str, *, scenes: int, shots: int, takes: int, frames: int) -> LongFilm:
    """`shots` a scene, `takes` a shot, each with an identity report of `frames` frames for two characters."""
    film = LongFilm(new_id("prj"))
    async with database.write(org_id=org_id) as session:
        await insert_project(session, org_id=org_id, project_id=film.project_id, name="Long", aspect="16:9")
        cast = [await _character(session, org_id, name) for name in ("Ada", "Grace")]
        clip = await insert_ready_asset(
            session,
            org_id=org_id,
            asset_id=new_id("ast"),
            kind="clip",
            content_type="video/mp4",
            size_bytes=1,
            object_key=new_id("key"),
            sha256="0" * 64,
        )
        content = ShotContent(
            prompt="@Ada nods while @Grace talks", characters=[CastEntry(character_id=each) for each in cast]
        )
        depends = made_of(
            content, SceneSetting(), "16:9", await read_cast(session, org_id=org_id, contents=[content]), {}
        )
        for ordinal in range(1, scenes + 1):
            scene = Scene(
                id=new_id("scn"), org_id=org_id, project_id=film.project_id, heading=f"SCENE {ordinal}", ordinal=ordinal
            )
            session.add(scene)
            await session.flush()
            film.scene_ids.append(scene.id)
            for place in range(1, shots + 1):
                shot = Shot(
                    id=new_id("sht"),
                    org_id=org_id,
                    project_id=film.project_id,
                    scene_id=scene.id,
                    ordinal=place,
                    content=content.model_dump(mode="json"),
                )
                session.add(shot)
                film.shot_ids.append(shot.id)
                made = [_take(org_id, shot.id, cast, clip.id, frames, number) for number in range(1, takes + 1)]
                session.add_all(made)
                await session.flush()
                session.add_all(
                    ShotTake(take_id=take.id, org_id=org_id, shot_id=shot.id, number=number, made_of=depends)
                    for number, take in enumerate(made, start=1)
                )
        await session.flush()
    return film


async def _character(session: Any, org_id: str, name: str) -> str:  # noqa: ANN401 (a session)
    character = Character(
        id=new_id("chr"), org_id=org_id, name=name, template=b"", template_pack="none", template_strength=1.0
    )
    await insert_character(session, character, [])
    return character.id


def _take(org_id: str, shot_id: str, cast: list[str], clip_id: str, frames: int, number: int) -> Take:
    identity = [
        {
            "character_id": each,
            "character_name": "Ada",
            "score": 0.5 + number / 100,
            "worst_decile": 0.4123,
            "presence": 1.0,
            "drift": 0.00123,
            "yaw_range_deg": [-12.3, 8.1],
            "threshold": 0.363,
            "compared_with": "other_photos",
            "expected": "always",
            "verdict": "pass",
            "series": [round(0.5 + frame / 1000, 4) for frame in range(frames)],
        }
        for each in cast
    ]
    return Take(
        id=new_id("take"),
        org_id=org_id,
        shot_id=shot_id,
        state="SUCCEEDED",
        request={},
        model="previs",
        prompt="Ada nods while Grace talks",
        seed=number,
        seconds=5.0,
        width=768,
        height=432,
        progress=1.0,
        expected_ms=1000,
        identity=identity,
        receipt_sha256="0" * 64,
        clip_asset_id=clip_id,
    )
