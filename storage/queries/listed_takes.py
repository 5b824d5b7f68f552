"""Takes as lists read them: without their receipts and the cosines of every frame, which are most of their bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import defer
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from storage.tables import ShotTake, Take, Video
from storage.tables.columns import JsonOrNull

_MOST_CHARACTERS = 8  # in a take
WITHOUT_THE_REST = (defer(Take.receipt, raiseload=True), defer(Take.identity, raiseload=True))


class verdicts_of(FunctionElement[Any]):
    """An identity report without its cosines of every frame, which are most of its bytes."""

    type: TypeEngine[Any] = JsonOrNull
    inherit_cache = True


@compiles(verdicts_of)
def _verdicts(element: verdicts_of, compiler: SQLCompiler, **words: Any) -> str:  # noqa: ANN401 (the compiler's own)
    return compiler.process(element.clauses, **words) + "".join(
        f" #- '{{{place},series}}'" for place in range(_MOST_CHARACTERS)
    )


@compiles(verdicts_of, "sqlite")
def _verdicts_sqlite(element: verdicts_of, compiler: SQLCompiler, **words: Any) -> str:  # noqa: ANN401
    paths = ", ".join(f"'$[{place}].series'" for place in range(_MOST_CHARACTERS))
    return f"json_remove({compiler.process(element.clauses, **words)}, {paths})"


@dataclass(frozen=True)
class ListedTake:
    """A take of a list, whose receipt and identity report were left where they are; `verdicts`: the report without
    the cosines of its frames."""

    take: Take
    verdicts: list[dict[str, Any]] | None

    @property
    def id(self) -> str:
        return self.take.id


async def list_takes_of_shot(session: AsyncSession, *, org_id: str, shot_id: str) -> list[tuple[ShotTake, ListedTake]]:
    """Newest first."""
    rows = await session.execute(
        select(ShotTake, Take, verdicts_of(Take.identity))
        .options(*WITHOUT_THE_REST)
        .join(Take, (Take.org_id == ShotTake.org_id) & (Take.id == ShotTake.take_id))
        .where(ShotTake.org_id == org_id, ShotTake.shot_id == shot_id)
        .order_by(ShotTake.number.desc())
        .execution_options(populate_existing=True)
    )
    return [(kept, ListedTake(take, verdicts)) for kept, take, verdicts in rows]


async def list_videos(
    session: AsyncSession, *, org_id: str, after: str | None, limit: int, order: Literal["asc", "desc"]
) -> list[tuple[Video, ListedTake]]:
    """Videos with their takes by time; `after` is the id of the last one of the page before."""
    query = (
        select(Video, Take, verdicts_of(Take.identity))
        .options(*WITHOUT_THE_REST)
        .join(Take, (Take.org_id == Video.org_id) & (Take.id == Video.take_id))
        .where(Video.org_id == org_id)
        .order_by(Video.id.desc() if order == "desc" else Video.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(Video.id < after if order == "desc" else Video.id > after)
    return [(video, ListedTake(take, verdicts)) for video, take, verdicts in await session.execute(query)]
