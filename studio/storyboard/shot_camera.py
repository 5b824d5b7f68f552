"""A shot's camera: as it is asked for today, and as boards kept it when it was one word."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator

from studio.generation.direction import Camera

_ONCE = {"still": "hold", "in": "push_in", "out": "pull_out"}  # the other words are what moves are called now


def of_today(camera: Any) -> Any:  # noqa: ANN401 (whatever was sent or kept)
    """A move's word as the choice that it stands for; `none` is no choice. Anything else is left to be judged."""
    if camera == "none":
        return None
    return {"move": _ONCE.get(camera, camera)} if isinstance(camera, str) else camera


ShotCamera = Annotated[Camera | None, BeforeValidator(of_today)]
