"""What every message is, and how objects travel: by reference."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

PROTOCOL_VERSION = 15
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Message(BaseModel):
    """Immutable, and strict about unknown fields: a newer peer is refused at the handshake, not half understood."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(Message):
    """Bytes to read. `url` is presigned http(s) or `file://`; the reader checks the hash and refuses a mismatch."""

    url: str
    sha256: Sha256


class Sink(Message):
    """Where to put bytes. `url` is a presigned PUT (signed for the announced hash) or `file://`."""

    url: str


class Box(Message):
    """A rectangle in pixels of the normalised photo; `x`, `y` is its top left corner."""

    x: float
    y: float
    width: float = Field(gt=0)
    height: float = Field(gt=0)


class Reference(Message):
    """One normalised photo of a character; `face` chooses among several faces in it.

    yaw_deg: by how much the face is turned, as it was measured when the photo was enrolled; None where nobody knows.
    """

    source: Source
    face: Box | None = None
    yaw_deg: float | None = Field(default=None, exclude_if=lambda yaw: yaw is None)
