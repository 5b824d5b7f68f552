"""Photos whose face lies on its side, though no EXIF says so: how they are turned when they are taken in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

import structlog
from fastapi import Depends, Request

from inference.protocol import Source
from studio.engines.contract import EngineError, IdentityEngine

log = structlog.get_logger(__name__)

_WAIT_S = 8.0  # with the start of an engine that rested; a photo that lies is better than one that is later still

FindTurn = Callable[[Source], Awaitable[int]]
"""Degrees, counter-clockwise in quarters, by which a photo in the store has to be turned."""


async def leave_as_it_is(photo: Source) -> int:
    """For photos that are known to stand."""
    return 0


def by_detection(engine: IdentityEngine) -> FindTurn:
    """Where the face is found surest. A photo stays as it is where the engine is away."""

    async def find(photo: Source) -> int:
        try:
            found = await engine.find_upright(photo, wait_s=_WAIT_S)
        except EngineError as error:
            log.warning("photo_not_turned", words=str(error))
            return 0
        return found.turn_deg

    return find


async def get_turning(request: Request) -> FindTurn:
    """Asks the identity engine."""
    return by_detection(request.app.state.identity)


TurningOf = Annotated[FindTurn, Depends(get_turning)]
