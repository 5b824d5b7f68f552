"""Takes with what is shown beside them, their files and their slate: one statement, however many takes they are.

The statements are made once: to make one takes as long as to run it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, and_, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from storage.queries.listed_takes import WITHOUT_THE_REST, ListedTake, verdicts_of
from storage.tables import Asset, Project, Scene, Shot, ShotTake, Take
from storage.tables.takes import TakeState


class TakeFile(NamedTuple):
    """One file of a take, which is there."""

    sha256: str
    size_bytes: int
    content_type: str


@dataclass(frozen=True)
class Slate:
    """What a take is of: film, scene and place in it counted from 1, number. `deleted`: its shot has left the board."""

    project_id: str
    film: str
    shot_id: str
    scene: int
    place: int
    take: int
    deleted: bool


@dataclass(frozen=True)
class Beside:
    """What is shown beside a take. `files`: by what they are called; `slate`: of a take of a shot."""

    files: dict[str, TakeFile]
    slate: Slate | None


@dataclass(frozen=True)
class ShownTake:
    """A take with what is shown beside it. Of one in a list the receipt and the identity report were left where they
    are; `verdicts` is then that report without the cosines of its frames."""

    take: Take
    beside: Beside
    verdicts: list[dict[str, Any]] | None = None

    @property
    def id(self) -> str:
        return self.take.id


_NOTHING_BESIDE = Beside({}, None)


async def get_shown_take(session: AsyncSession, *, org_id: str, take_id: str) -> ShownTake | None:
    row = (await session.execute(_ONE, {"org_id": org_id, "take_id": take_id})).first()
    return None if row is None else ShownTake(row[0], _beside(row[1:]))


async def list_takes(
    session: AsyncSession, *, org_id: str, after: str | None, limit: int, state: TakeState | None = None
) -> list[ShownTake]:
    """Newest first."""
    asked = {"org_id": org_id, "after": after, "limit": limit, "state": state}
    statement = _page(after=after is not None, state=state is not None)
    rows = await session.execute(statement, {name: value for name, value in asked.items() if value is not None})
    return [ShownTake(row[0], _beside(row[2:]), row[1]) for row in rows]


async def show_listed(session: AsyncSession, *, org_id: str, listed: Sequence[ListedTake]) -> list[ShownTake]:
    """The same takes with what is shown beside them."""
    furnished = [one.id for one in listed if one.take.clip_asset_id is not None or one.take.shot_id is not None]
    beside = await find_beside(session, org_id=org_id, take_ids=furnished)
    return [ShownTake(one.take, beside.get(one.id, _NOTHING_BESIDE), one.verdicts) for one in listed]


async def find_beside(session: AsyncSession, *, org_id: str, take_ids: Collection[str]) -> dict[str, Beside]:
    """What is shown beside these takes, by their ids."""
    if not take_ids:
        return {}
    rows = await session.execute(_BESIDE, {"org_id": org_id, "take_ids": list(take_ids)})
    return {row[0]: _beside(row[1:]) for row in rows}


FILES = {
    "video": Take.clip_asset_id,
    "thumbnail": Take.thumbnail_asset_id,
    "sprite": Take.sprite_asset_id,
    "motion": Take.motion_asset_id,
}
_ASSETS = {name: (aliased(Asset), asset_id) for name, asset_id in FILES.items()}
_FILES = [column for asset, _ in _ASSETS.values() for column in (asset.sha256, asset.size_bytes, asset.content_type)]
_SLATE = [
    Project.id,
    Project.name,
    Shot.id,
    Scene.ordinal,
    Shot.ordinal,
    ShotTake.number,
    Shot.deleted | Scene.deleted,
]
_WIDTH = len(TakeFile._fields)


def _shown(*columns: Any) -> Select[Any]:  # noqa: ANN401 (whatever `select` takes)
    """These columns of the tenant's takes, then those of what is shown beside them."""
    statement = select(*columns, *_FILES, *_SLATE).select_from(Take)
    for asset, asset_id in _ASSETS.values():
        ready = and_(asset.org_id == Take.org_id, asset.id == asset_id, asset.state == "ready")
        statement = statement.outerjoin(asset, ready)
    return (
        statement.outerjoin(ShotTake, (ShotTake.org_id == Take.org_id) & (ShotTake.take_id == Take.id))
        .outerjoin(Shot, (Shot.org_id == ShotTake.org_id) & (Shot.id == ShotTake.shot_id))
        .outerjoin(Scene, (Scene.org_id == Shot.org_id) & (Scene.id == Shot.scene_id))
        .outerjoin(Project, (Project.org_id == Shot.org_id) & (Project.id == Shot.project_id))
        .where(Take.org_id == bindparam("org_id"))
    )


_ONE = _shown(Take).where(Take.id == bindparam("take_id"))
_BESIDE = _shown(Take.id).where(Take.id.in_(bindparam("take_ids", expanding=True)))


@cache
def _page(*, after: bool, state: bool) -> Select[Any]:
    statement = _shown(Take, verdicts_of(Take.identity)).options(*WITHOUT_THE_REST)
    if after:
        statement = statement.where(Take.id < bindparam("after"))
    if state:
        statement = statement.where(Take.state == bindparam("state"))
    return statement.order_by(Take.id.desc()).limit(bindparam("limit"))


def _beside(row: Sequence[Any] | Row[Any]) -> Beside:
    files = {
        name: TakeFile._make(row[start : start + _WIDTH])
        for name, start in zip(_ASSETS, range(0, len(_FILES), _WIDTH), strict=True)
        if row[start] is not None
    }
    slate = row[len(_FILES) :]
    return Beside(files, Slate(*slate) if slate[0] is not None else None)
