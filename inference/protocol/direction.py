"""How a shot is directed beyond its prompt, as a client asks for it and as a receipt names it."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field, JsonValue

from inference.protocol.messages import Message

Framing = Literal["ecu", "cu", "mcu", "ms", "ws"]
FRAMINGS: tuple[Framing, ...] = ("ws", "ms", "mcu", "cu", "ecu")  # each nearer than the one before
CameraMove = Literal[
    "hold", "push_in", "pull_out", "zoom_in", "zoom_out", "pan_left", "pan_right", "tilt_up", "tilt_down",
    "roll_left", "roll_right", "truck_left", "truck_right", "arc_left", "arc_right", "handheld",
]  # fmt: skip
CameraSpeed = Literal["slow", "normal", "fast"]


class CameraChoice(Message):
    """A camera move that rules over the prompt's words. It fills the clip; a fast one is over in half of it.

    amount: 0 is hardly seen, 1 as far as the renderer goes. starts, ends: framings between which the camera travels;
    left out, the shot's own framing is where it starts, and `amount` says how far it goes.
    """

    move: CameraMove
    amount: float = Field(default=0.5, ge=0, le=360)
    """At most 1; what is more (somebody thinks of degrees) is refused by `check` with the nearest."""

    speed: CameraSpeed = "normal"
    starts: Framing | None = None
    ends: Framing | None = None


_PUSH: JsonValue = {"move": "push_in", "amount": 0.5, "begins_s": 0.0, "over_s": 5.0}


class UsedMove(Message):
    """A move of the camera as it was made: when, in seconds of the clip, and how far."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PUSH]})

    move: CameraMove
    amount: float
    begins_s: float
    over_s: float
    starts: Framing | None = None
    ends: Framing | None = None


class UsedDirection(Message):
    """What directed the acting beyond the motion model. camera: in order; none: it stood still.

    asked: whether a field of the request asked for the camera, not the prompt's words. performance, pace: as asked for.
    acting: character → what was understood of its expression and of where it looks, in order.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"camera": [_PUSH], "acting": {"Ada": ["joy, strong"]}}]})

    camera: tuple[UsedMove, ...] = ()
    asked: bool = False
    performance: float = 0.0
    pace: float = 0.0
    acting: dict[str, tuple[str, ...]] = Field(default_factory=dict)
