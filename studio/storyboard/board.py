"""A film's board in memory: its scenes and shots in order, and their numbers, which follow from that order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.storyboard import (
    find_project_of_scene,
    find_project_of_shot,
    get_project,
    list_scenes,
    list_shots,
)
from storage.tables import Project, Scene, Shot
from studio.generation.slates import letters
from studio.http.errors import NotFound, StudioError

MOST_SCENES = 200
MOST_SHOTS = 500


class BoardFull(StudioError):
    """A board holds no more than this."""

    status = 409
    code = "board_full"


@dataclass
class Board:
    """What is on the board now. `shots` are by scene id; every scene has its list."""

    project: Project
    scenes: list[Scene]
    shots: dict[str, list[Shot]]

    def all_shots(self) -> Iterator[Shot]:
        """In the order of the film."""
        for scene in self.scenes:
            yield from self.shots[scene.id]

    def scene(self, scene_id: str) -> Scene:
        """Raises NotFound."""
        found = next((scene for scene in self.scenes if scene.id == scene_id), None)
        if found is None:
            raise NotFound(f"there is no scene {scene_id} in this film")
        return found

    def shot(self, shot_id: str) -> Shot:
        """Raises NotFound."""
        found = next((shot for shot in self.all_shots() if shot.id == shot_id), None)
        if found is None:
            raise NotFound(f"there is no shot {shot_id} in this film")
        return found

    def scene_number(self, scene: Scene) -> int:
        """Counted from 1."""
        return self.scenes.index(scene) + 1

    def number(self, shot: Shot) -> str:
        """For example 2C."""
        scene = self.scene(shot.scene_id)
        return f"{self.scene_number(scene)}{letters(self.shots[scene.id].index(shot))}"

    def numbers(self) -> dict[str, str]:
        """Every shot's, by id."""
        return {
            shot.id: f"{number}{letters(place)}"
            for number, scene in enumerate(self.scenes, start=1)
            for place, shot in enumerate(self.shots[scene.id])
        }


async def open_board(session: AsyncSession, *, org_id: str, project_id: str) -> Board:
    """Raises NotFound. Within a unit that writes, nobody else changes it until the unit ends."""
    project = await get_project(session, org_id=org_id, project_id=project_id)
    if project is None:
        raise NotFound(f"there is no project {project_id}")
    scenes = await list_scenes(session, org_id=org_id, project_id=project_id)
    shots: dict[str, list[Shot]] = {scene.id: [] for scene in scenes}
    for shot in await list_shots(session, org_id=org_id, project_id=project_id):
        shots[shot.scene_id].append(shot)
    return Board(project, scenes, shots)


async def open_board_of_scene(session: AsyncSession, *, org_id: str, scene_id: str) -> Board:
    """Raises NotFound."""
    project_id = await find_project_of_scene(session, org_id=org_id, scene_id=scene_id)
    if project_id is None:
        raise NotFound(f"there is no scene {scene_id}")
    return await open_board(session, org_id=org_id, project_id=project_id)


async def open_board_of_shot(session: AsyncSession, *, org_id: str, shot_id: str) -> Board:
    """Raises NotFound."""
    project_id = await find_project_of_shot(session, org_id=org_id, shot_id=shot_id)
    if project_id is None:
        raise NotFound(f"there is no shot {shot_id}")
    return await open_board(session, org_id=org_id, project_id=project_id)
