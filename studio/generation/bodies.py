"""What request bodies of this slice share."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict


class Body(BaseModel):
    """A request body: unknown fields are refused, not ignored."""

    model_config = ConfigDict(extra="forbid")


def _printable(text: str) -> str:
    if "\0" in text:
        raise ValueError("cannot hold a zero byte")
    return text


Text = Annotated[str, AfterValidator(_printable)]
