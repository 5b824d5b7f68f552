"""The backdrop that a scene's heading suggests: its place, inside or outside, by day or night."""

from __future__ import annotations

import re

from inference.backdrops import suggest_backdrops
from inference.protocol import BackdropPlate

_INDOORS = {"living-room", "office", "studio", "stage", "space"}  # a spaceship is inside, a planet outside
_TOWN = {"street", "night-city"}
_INT = re.compile(r"^\W*(?:INT|I/E|I\.E)\b|内", re.IGNORECASE)
_EXT = re.compile(r"\bEXT\b|\bI/E\b|外", re.IGNORECASE)
_NIGHT = re.compile(r"\b(?:NIGHT|MIDNIGHT|EVENING)\b|夜|晚", re.IGNORECASE)
_TIME = re.compile(r"\s+[-–—]\s+[^-–—]*$")  # noqa: RUF001 (dashes of all lengths stand there)
_AFTER_DARK = "night-city"


def plate_of_heading(heading: str) -> BackdropPlate | None:
    """None where the heading names no place that the project draws: the photo's own background stays.

    `INT. KITCHEN - DAY` is a room, `EXT. ALLEY - NIGHT` the city at night, `EXT. BEACH - DAY` a beach; a street seen
    from inside is no street.
    """
    inside, outside = bool(_INT.search(heading)), bool(_EXT.search(heading))
    night = bool(_NIGHT.search(heading))
    fitting = suggest_backdrops(_TIME.sub("", heading))
    if inside and not outside:
        fitting = [name for name in fitting if name in _INDOORS]
    elif outside and not inside:
        fitting = [name for name in fitting if name not in _INDOORS or name == "space"]
        if night and (not fitting or fitting[0] in _TOWN):
            return BackdropPlate(name=_AFTER_DARK)
        if not night:
            fitting = [name for name in fitting if name != _AFTER_DARK]
    return BackdropPlate(name=fitting[0]) if fitting else None
