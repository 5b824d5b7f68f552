"""What the shots of a scene have in common: plate, light, framing and grade; and what of it a shot has for itself.

A shot that leaves one of them out takes the scene's; where the scene leaves it out too, the defaults below.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from inference.protocol import Framing, ReferencePlate
from storage.queries.assets import get_ready_assets
from storage.tables import Scene
from studio.generation.bodies import Body
from studio.generation.schemas import PlateChoice, UploadedPlate
from studio.http.errors import NotFound
from studio.storyboard.grading import Grade

Light = Literal["day", "overcast", "golden_hour", "dusk", "night", "lamplight", "candlelight", "moonlight"]
Ambience = Literal["room", "wind", "rain", "sea", "street", "forest", "night", "fire"]
DEFAULT_FRAMING: Framing = "cu"
LIGHT_SENTENCES: dict[Light, str] = {
    "day": "The light is bright daylight.",
    "overcast": "The light is soft and grey, under clouds.",
    "golden_hour": "The light is low, warm sunlight.",
    "dusk": "The light is the blue of dusk.",
    "night": "It is night.",
    "lamplight": "The light comes from warm lamps.",
    "candlelight": "The light is warm and flickers, from candles.",
    "moonlight": "The light is cold, from the moon.",
}


class SceneSetting(BaseModel):
    """What shots of the scene take where they have nothing of their own; null: the scene says nothing either."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "plate": {"kind": "backdrop", "name": "living-room"},
                    "framing": "ms",
                    "light": "lamplight",
                    "grade": {"style": "warm", "exposure": 0.0, "temperature": 0.0, "contrast": 0.0},
                    "ambience": "fire",
                }
            ]
        },
    )

    plate: PlateChoice | None = Field(default=None, description="null: each photo's own background.")
    framing: Framing | None = Field(default=None, description="Of the master shot. null: cu.")
    light: Light | None = Field(default=None, description="For models that read words; a previs has its plate's light.")
    grade: Grade = Field(default=Grade(), description="The colour of the finished picture; nothing is rendered again.")
    ambience: Ambience | None = Field(default=None, description="The sound of the place, under all that is said.")


class SceneSuggestion(BaseModel):
    """What a heading says beyond what is set; null: nothing."""

    plate: PlateChoice | None
    light: Light | None


class SettingChange(Body):
    """What is left out stays; null takes it away."""

    plate: PlateChoice | None = None
    framing: Framing | None = None
    light: Light | None = None
    grade: Grade | None = None
    ambience: Ambience | None = None


class OwnSetting(Body):
    """What a shot has for itself; null: its scene's."""

    framing: Framing | None = Field(default=None, description="null: the scene's.")
    plate: PlateChoice | None = Field(default=None, description="null: the scene's.")
    light: Light | None = Field(default=None, description="null: the scene's. For models that read words.")
    grade: Grade | None = Field(default=None, description="null: the scene's. Nothing is rendered again for it.")


@dataclass(frozen=True)
class Staged:
    """What holds for a shot: its own, else its scene's, else the default."""

    framing: Framing
    plate: PlateChoice
    light: Light | None
    grade: Grade


def read_setting(scene: Scene) -> SceneSetting:
    """What the scene's shots have in common."""
    return SceneSetting.model_validate(scene.setting)


def stage_in_scene(own: OwnSetting, setting: SceneSetting) -> Staged:
    """What holds for a shot of this scene."""
    return Staged(
        framing=own.framing or setting.framing or DEFAULT_FRAMING,
        plate=own.plate or setting.plate or ReferencePlate(),
        light=own.light or setting.light,
        grade=own.grade if own.grade is not None else setting.grade,
    )


def merge_setting(before: SceneSetting, asked: SettingChange) -> SceneSetting:
    """The setting with the change; a grade that is taken away is the neutral one."""
    changed = {name: getattr(asked, name) for name in asked.model_fields_set}
    if "grade" in changed and changed["grade"] is None:
        changed["grade"] = Grade()
    return before.model_copy(update=changed)


async def check_plate(
    session: AsyncSession, *, org_id: str, plate: PlateChoice | None, known: PlateChoice | None
) -> None:
    """An uploaded plate must be there; one that stood there before may have been erased meanwhile. Raises NotFound."""
    if not isinstance(plate, UploadedPlate) or plate == known:
        return
    if not await get_ready_assets(session, org_id=org_id, asset_ids={plate.asset_id}):
        raise NotFound(f"there is no uploaded picture {plate.asset_id}", field="setting.plate")
