"""What a scene's heading suggests: a backdrop by its place, inside or outside, by day or night; and a light."""

from __future__ import annotations

import re

from inference.backdrops import suggest_backdrops
from inference.protocol import BackdropPlate
from studio.storyboard.scene_setting import Light, SceneSetting, SceneSuggestion

_INDOORS = {"living-room", "office", "studio", "stage", "space"}  # a spaceship is inside, a planet outside
_TOWN = {"street", "night-city"}
_INT = re.compile(r"^\W*(?:INT|I/E|I\.E)\b|内", re.IGNORECASE)
_EXT = re.compile(r"\bEXT\b|\bI/E\b|外", re.IGNORECASE)
_NIGHT = re.compile(r"\b(?:NIGHT|MIDNIGHT|EVENING)\b|夜|晚", re.IGNORECASE)
_TIME = re.compile(r"\s+[-–—]\s+[^-–—]*$")  # noqa: RUF001 (dashes of all lengths stand there)
_AFTER_DARK = "night-city"
_LIGHTS: tuple[tuple[re.Pattern[str], Light], ...] = (
    (re.compile(r"\bCANDLE\s?LIGHT\b|烛光", re.IGNORECASE), "candlelight"),
    (re.compile(r"\bMOON\s?LI(?:GHT|T)\b|月光|月夜", re.IGNORECASE), "moonlight"),
    (
        re.compile(r"\b(?:GOLDEN HOUR|MAGIC HOUR|SUNSET|SUNRISE|DAWN)\b|日落|日出|夕阳|黎明|清晨", re.IGNORECASE),
        "golden_hour",
    ),
    (re.compile(r"\b(?:DUSK|TWILIGHT|BLUE HOUR)\b|黄昏|傍晚", re.IGNORECASE), "dusk"),
    (re.compile(r"\b(?:OVERCAST|CLOUDY|GREY DAY|GRAY DAY|RAIN|FOG)\b|阴天|多云|雨|雾", re.IGNORECASE), "overcast"),
    (re.compile(r"\b(?:DAY|MORNING|AFTERNOON|NOON|MIDDAY)\b|白天|日$|早上|上午|中午|下午", re.IGNORECASE), "day"),
)


def suggest_setting(heading: str, setting: SceneSetting) -> SceneSuggestion:
    """Plate and light that fit the heading and differ from what the scene has."""
    plate, light = plate_of_heading(heading), light_of_heading(heading)
    return SceneSuggestion(
        plate=plate if plate != setting.plate else None, light=light if light != setting.light else None
    )


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


def light_of_heading(heading: str) -> Light | None:
    """None where the heading says nothing of it. `INT. KITCHEN - NIGHT` is lit by lamps, `EXT. ALLEY - NIGHT` not."""
    named = next((light for words, light in _LIGHTS if words.search(heading)), None)
    if named in ("candlelight", "moonlight") or not _NIGHT.search(heading):
        return named
    inside = bool(_INT.search(heading)) and not _EXT.search(heading)
    return "lamplight" if inside else "night"
