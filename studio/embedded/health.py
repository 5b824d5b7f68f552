"""Whether the studio lives, and whether it can work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import structlog
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError

from storage.objects import StoreError
from storage.queries.timestamps import read_clock
from studio.http.dependencies import DatabaseOf, ObjectsOf
from studio.http.examples import with_examples

log = structlog.get_logger(__name__)
router = APIRouter(tags=["health"])

ANSWERS_WITHIN_S = 2.0


class Health(BaseModel):
    """`ok`, or what is wrong, part by part. A part that is None is well."""

    model_config = with_examples({"ok": True, "parts": {"database": None, "objects": None, "render_engine": None}})

    ok: bool
    parts: dict[str, str | None]


@router.get("/healthz")
async def get_health() -> Health:
    """The process answers."""
    return Health(ok=True, parts={})


@router.get("/readyz", responses={503: {"model": Health}})
async def get_readiness(request: Request, response: Response, database: DatabaseOf, objects: ObjectsOf) -> Health:
    """Database and object store answer. Engines that still load are named, but do not count: takes wait for them."""
    asked = {"database": _database_problem(database), "objects": _objects_problem(objects)}
    needed = dict(zip(asked, await asyncio.gather(*map(_in_time, asked.values())), strict=True))
    engines = {f"{engine.role}_engine": engine.why_not_ready for engine in request.app.state.engines}
    ok = not any(needed.values())
    if not ok:
        response.status_code = 503
    return Health(ok=ok, parts={**needed, **engines})


async def _in_time(question: Awaitable[str | None]) -> str | None:
    """A probe gives up soon, and would take silence for a process that hangs."""
    try:
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            return await question
    except TimeoutError:
        return f"no answer within {ANSWERS_WITHIN_S:.0f} s"


async def _database_problem(database: DatabaseOf) -> str | None:
    try:
        async with database.read() as session:
            await read_clock(session)
    except SQLAlchemyError as error:
        return type(error).__name__
    return None


async def _objects_problem(objects: ObjectsOf) -> str | None:
    try:
        await objects.check()
    except StoreError as error:
        log.warning("store_does_not_answer", words=str(error))
        return "the object store does not answer; the studio's log says more"
    return None
