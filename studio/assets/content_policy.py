"""What happens to pictures that are not safe to show: a policy, asked before anything is kept.

A policy is a function of the picture where it lies in the store. To put your own in its place, override the dependency:
`app.dependency_overrides[get_picture_policy] = lambda: my_policy`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

import structlog
from fastapi import Depends, Request

from inference.protocol import Source
from studio.config import Settings
from studio.engines.contract import EngineError, IdentityEngine
from studio.http.errors import EngineUnavailable, StudioError

log = structlog.get_logger(__name__)

_FLAG_WAIT_S = 3.0  # an unscored picture is better than a late one
_REFUSE_WAIT_S = 20.0  # as long as an engine may need to start


class UnsafeImage(StudioError):
    """The picture is not safe to show; nothing of it is kept."""

    status = 422
    code = "unsafe_image"


@dataclass(frozen=True)
class Judged:
    """A picture that may stay. `score` is None where nobody has looked; `flagged` pictures are told of in the log."""

    score: float | None = None
    flagged: bool = False


PicturePolicy = Callable[[Source], Awaitable[Judged]]
"""Looks at a picture and lets it stay, or raises UnsafeImage. Other errors keep nothing either, and may be retried."""


async def allow_every_picture(picture: Source) -> Judged:
    """The policy of who wants none."""
    return Judged()


def flag_unsafe(engine: IdentityEngine, above: float) -> PicturePolicy:
    """Every picture stays, with its score, and without one where the engine is away."""

    async def policy(picture: Source) -> Judged:
        try:
            appraised = await engine.appraise(picture, wait_s=_FLAG_WAIT_S)
        except EngineError as error:
            log.warning("picture_not_scored", words=str(error))
            return Judged()
        return Judged(appraised.unsafe_score, flagged=appraised.unsafe_score > above)

    return policy


def refuse_unsafe(engine: IdentityEngine, above: float) -> PicturePolicy:
    """No picture above the threshold stays, and none that could not be looked at."""

    async def policy(picture: Source) -> Judged:
        try:
            appraised = await engine.appraise(picture, wait_s=_REFUSE_WAIT_S)
        except EngineError as error:
            log.warning("picture_not_scored", words=str(error))
            raise EngineUnavailable("no picture is taken in unseen", headers={"Retry-After": "5"}) from error
        if appraised.unsafe_score > above:
            words = "the picture may not be safe to show, and nothing of it was kept: send another one"
            raise UnsafeImage(words, unsafe_score=round(appraised.unsafe_score, 3))
        return Judged(appraised.unsafe_score)

    return policy


async def get_picture_policy(request: Request) -> PicturePolicy:
    """The policy that the settings name."""
    settings: Settings = request.app.state.settings
    engine: IdentityEngine = request.app.state.identity
    match settings.unsafe_images:
        case "off":
            return allow_every_picture
        case "flag":
            return flag_unsafe(engine, settings.unsafe_above)
        case "refuse":
            return refuse_unsafe(engine, settings.unsafe_above)


PicturePolicyOf = Annotated[PicturePolicy, Depends(get_picture_policy)]
