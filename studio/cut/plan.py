"""What a cut is made of: one take of each shot in the order of the board, and one format for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from inference.protocol import RenderRequest
from storage.queries.assets import get_ready_assets
from storage.queries.cuts import list_takes_by_number
from storage.tables import Take
from studio.http.errors import StudioError
from studio.storyboard.board import Board
from studio.storyboard.board_view import view_shots
from studio.storyboard.rendering import ASPECT_RATIOS, SAME_SHAPE
from studio.storyboard.scene_setting import Ambience, read_setting
from studio.storyboard.schemas import ShotView

TITLE_S = 2
WhyMissing = Literal["no_take", "rendering", "failed", "erased"]


class CutEmpty(StudioError):
    """No shot of this film has a take to join."""

    status = 409
    code = "cut_empty"


@dataclass(frozen=True)
class PlannedEntry:
    """One shot of the film: `number` 1A, `take` T2; `frames` of the film that its take fills. `grade`: a `Grade`."""

    shot_id: str
    number: str
    take_id: str
    take: str
    circled: bool
    frames: int
    grade: dict[str, Any]
    scene_id: str
    ambience: Ambience | None


@dataclass(frozen=True)
class MissingShot:
    """A shot that the film is without, and why."""

    shot_id: str
    number: str
    why: WhyMissing


@dataclass(frozen=True)
class PlannedCut:
    """Width and height in pixels; the title card's frames come first."""

    project_id: str
    name: str
    width: int
    height: int
    fps: int
    entries: tuple[PlannedEntry, ...]
    missing: tuple[MissingShot, ...]

    @property
    def title_frames(self) -> int:
        """How long the title card stands."""
        return TITLE_S * self.fps

    @property
    def frames(self) -> int:
        """Of the whole film."""
        return self.title_frames + sum(entry.frames for entry in self.entries)


async def plan_cut(session: AsyncSession, board: Board) -> PlannedCut:
    """The cut as the board stands now. Each shot gives its circled take, else the one that stands for it."""
    org_id, project = board.project.org_id, board.project
    shots = list(board.all_shots())
    views = await view_shots(session, board, shots)
    posters = {view.poster_take_id for view in views.values() if view.poster_take_id is not None}
    takes = await list_takes_by_number(session, org_id=org_id, take_ids=posters)
    clips = {take.clip_asset_id for _, take in takes.values() if take.clip_asset_id is not None}
    kept = (await get_ready_assets(session, org_id=org_id, asset_ids=clips)).keys()
    shown = {take_id: (number, take) for take_id, (number, take) in takes.items() if take.clip_asset_id in kept}
    width, height, fps = choose_format([take for _, take in shown.values()], project.aspect)
    ambiences = {scene.id: read_setting(scene).ambience for scene in board.scenes}
    entries, missing = [], []
    for shot in shots:
        view = views[shot.id]
        if view.poster_take_id in shown:
            entries.append(_entry(view, shown, fps, ambiences))
        else:
            missing.append(MissingShot(shot.id, view.number, _why(view, takes)))
    return PlannedCut(project.id, project.name, width, height, fps, tuple(entries), tuple(missing))


def choose_format(takes: Sequence[Take], aspect: str) -> tuple[int, int, int]:
    """Width, height and frames a second: the largest of the takes' sizes that has the film's shape, else the smallest
    frame of that shape that holds the largest take; the highest of their rates. Without takes: 768 pixels wide, 24.
    """
    ratio = ASPECT_RATIOS[aspect]
    fps = max((RenderRequest.model_validate(take.request).fps for take in takes), default=24)
    fitting = [(take.width, take.height) for take in takes if abs(take.width / take.height / ratio - 1) <= SAME_SHAPE]
    if fitting:
        width, height = max(fitting, key=lambda size: size[0] * size[1])
        return _even(width), _even(height), fps
    width, height = max(
        ((take.width, take.height) for take in takes), key=lambda size: size[0] * size[1], default=(768, 1)
    )
    return _even(max(width, height * ratio)), _even(max(height, width / ratio)), fps


def _even(pixels: float) -> int:
    return 2 * round(pixels / 2)


def _entry(
    view: ShotView, shown: Mapping[str, tuple[int, Take]], fps: int, ambiences: Mapping[str, Ambience | None]
) -> PlannedEntry:
    take_id = view.poster_take_id or ""
    number, take = shown[take_id]
    request = RenderRequest.model_validate(take.request)
    return PlannedEntry(
        shot_id=view.id,
        number=view.number,
        take_id=take_id,
        take=f"T{number}",
        circled=view.circled_take_id == take_id,
        frames=round(request.frames * fps / request.fps),
        grade=view.staged.grade.model_dump(mode="json"),
        scene_id=view.scene_id,
        ambience=ambiences[view.scene_id],
    )


def _why(view: ShotView, takes: Mapping[str, tuple[int, Take]]) -> WhyMissing:
    if view.takes.running:
        return "rendering"
    _, poster = takes.get(view.poster_take_id or "", (0, None))
    if poster is not None and poster.state == "SUCCEEDED":
        return "erased"
    return "failed" if view.takes.failed else "no_take"
