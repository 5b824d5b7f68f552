"""The instants that clients may send, within a calendar that every part of the studio can reckon with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field

# The calendar itself ends at year 9999, and an offset must not lead beyond it: not here, nor in a client's time zone.
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(9999, 1, 1, tzinfo=UTC)


def _in_utc(instant: datetime) -> datetime:
    if not EARLIEST <= instant < LATEST:
        raise ValueError("an instant lies between the years 1970 and 9998")
    return instant.astimezone(UTC)


Timestamp = Annotated[
    AwareDatetime,
    AfterValidator(_in_utc),
    Field(description="An instant with its offset, from 1970 to the end of 9998."),
]
