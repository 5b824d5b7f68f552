"""What an engine holds, and what a server in front of several engines tells of them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from inference.protocol.messages import Message, Sha256


class ModelResidency(Message):
    """on_device: whether its transformer is where it computes, so that a render need not wait for it to be moved.

    adapters: those in its slots, by hash. fits: whether this machine can render it at its own size and length, and
    `plan` how, or why not; both are of the device's memory while nothing else is rendered there.
    """

    name: str
    on_device: bool
    adapters: tuple[Sha256, ...] = ()
    fits: bool = True
    plan: str = ""


class AskResidency(Message):
    """Say which models are loaded, and what of them is where. It waits for no render."""

    kind: Literal["ask_residency"] = "ask_residency"
    id: str


class Residency(Message):
    """Every model that the engine can render."""

    kind: Literal["residency"] = "residency"
    id: str
    models: tuple[ModelResidency, ...]


class GroupStatus(Message):
    """Devices that share one engine. why_not_ready: words, None when it can render. `renders`: those it was given.

    has_room: whether it would begin another render now.
    """

    number: int
    devices: tuple[str, ...]
    why_not_ready: str | None
    has_room: bool
    renders: int = Field(ge=0)
    models: tuple[ModelResidency, ...]


class ServerStatus(Message):
    """models: those whose endpoint answers now. `waiting`: renders that no group has room for.

    renders: ids of all that are not over. Whoever listens to another one listens to an endpoint that has died.
    """

    kind: Literal["server_status"] = "server_status"
    protocol: int
    models: tuple[str, ...]
    waiting: int = Field(ge=0)
    renders: tuple[str, ...]
    groups: tuple[GroupStatus, ...]
