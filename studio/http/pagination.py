"""Lists, newest first, a page at a time: `?after=<last_id>&limit=<n>`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, Protocol, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, Field

MOST_A_PAGE = 100


class Identified(Protocol):
    """Anything with an id that sorts by time."""

    @property
    def id(self) -> str: ...


Item = TypeVar("Item", bound=BaseModel)
Row = TypeVar("Row", bound=Identified)


class Page(BaseModel, Generic[Item]):
    """One page. Ask for the next with `after=last_id` while `has_more`."""

    data: list[Item]
    has_more: bool
    last_id: str | None = Field(description="Where the next page begins.")


@dataclass(frozen=True)
class PageAsked:
    """Which page a client wants."""

    after: str | None
    limit: int

    @property
    def fetch(self) -> int:
        """How many rows to ask the database for: one more than are shown, to know whether there are more."""
        return self.limit + 1


async def _asked(
    after: Annotated[str | None, Query(max_length=40, description="The `last_id` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_A_PAGE)] = 20,
) -> PageAsked:
    return PageAsked(after=after, limit=limit)


AskedPage = Annotated[PageAsked, Depends(_asked)]


def cut_page(rows: Sequence[Row], asked: PageAsked) -> tuple[list[Row], bool]:
    """The rows to show of those that `asked.fetch` brought, and whether there are more."""
    return list(rows[: asked.limit]), len(rows) > asked.limit
