"""How a shot is directed, as words on a command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

from inference.protocol import CameraChoice, CameraMove, CameraSpeed, Framing


class DirectionRefused(ValueError):
    """The options direct nothing; the message says what to type instead."""


@dataclass(frozen=True)
class Direction:
    """camera: None leaves it to the prompt's words."""

    camera: CameraChoice | None = None
    performance: float = 0.0
    pace: float = 0.0

    def body(self) -> dict[str, Any]:
        """The fields of a take that ask for it; none where nothing is asked."""
        asked: dict[str, Any] = {"performance": self.performance, "pace": self.pace}
        if self.camera is not None:
            asked["camera"] = self.camera.model_dump(exclude_none=True)
        return {name: value for name, value in asked.items() if value != 0}


def read_direction(camera: str | None, performance: float, pace: float) -> Direction:
    """Raises DirectionRefused."""
    return Direction(None if camera is None else read_camera(camera), performance, pace)


def read_camera(words: str) -> CameraChoice:
    """`push_in`, `push_in,slow`, `push_in,ws-cu`, `arc_left,0.8`: a move, then in any order a speed, how far from 0 to
    1, and framings to go between. Raises DirectionRefused.
    """
    move, *rest = [word.strip() for word in words.split(",")]
    if move not in get_args(CameraMove):
        raise DirectionRefused(f"--camera is one of {', '.join(get_args(CameraMove))}, not {move!r}")
    asked: dict[str, Any] = {"move": move}
    for word in rest:
        asked |= _part(word)
    return CameraChoice.model_validate(asked)


def _part(word: str) -> dict[str, Any]:
    if word in get_args(CameraSpeed):
        return {"speed": word}
    starts, dash, ends = word.partition("-")
    if dash and {starts, ends} <= {"", *get_args(Framing)}:
        return {"starts": starts or None, "ends": ends or None}
    try:
        amount = float(word)
    except ValueError:
        raise DirectionRefused(
            f"--camera takes slow or fast, a number from 0 to 1, and framings as ws-cu after its move, not {word!r}"
        ) from None
    if not 0 <= amount <= 1:
        raise DirectionRefused(
            f"--camera goes from 0 (hardly) to 1 (as far as it can), not {word}: the nearest is "
            f"{min(max(amount, 0.0), 1.0):g}"
        )
    return {"amount": amount}
