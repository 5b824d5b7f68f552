"""Every backdrop by name: who paints it, and the light that falls from it on a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from inference.motion.backdrops import indoors, nature, town
from inference.motion.backdrops.canvas import Canvas, Layer


@dataclass(frozen=True)
class Painting:
    """light: what a person's red, green and blue are multiplied by before it; gentle, for the face must stay itself."""

    paint: Callable[[Canvas], Iterator[Layer]]
    light: tuple[float, float, float]


PAINTINGS: dict[str, Painting] = {
    "living-room": Painting(indoors.paint_living_room, (1.0, 0.93, 0.85)),
    "office": Painting(indoors.paint_office, (0.97, 1.0, 1.03)),
    "studio": Painting(indoors.paint_studio, (1.0, 0.99, 0.97)),
    "stage": Painting(indoors.paint_stage, (0.98, 0.9, 0.9)),
    "street": Painting(town.paint_street, (1.03, 1.0, 0.95)),
    "night-city": Painting(town.paint_night_city, (0.66, 0.66, 0.82)),
    "forest": Painting(nature.paint_forest, (0.95, 1.0, 0.9)),
    "meadow": Painting(nature.paint_meadow, (1.02, 1.02, 0.97)),
    "desert": Painting(nature.paint_desert, (1.02, 0.94, 0.84)),
    "beach": Painting(nature.paint_beach, (1.01, 0.94, 0.87)),
    "snow-mountains": Painting(nature.paint_snow, (0.98, 1.01, 1.05)),
    "space": Painting(nature.paint_space, (0.72, 0.77, 0.9)),
}


def paint_layers(name: str, width: int, height: int) -> tuple[Canvas, Iterator[Layer]]:
    """The sheets of a backdrop for a frame of this size, the farthest first; the same bits for the same call.

    Each is painted when it is asked for: one takes up to 40 MB.
    """
    canvas = Canvas(name, width, height)
    return canvas, PAINTINGS[name].paint(canvas)
