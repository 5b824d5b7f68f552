"""Where characters stand when nobody says."""

from __future__ import annotations

from inference.protocol import Placement

# One stands in the centre, two at the sides, three everywhere.
STAGINGS: dict[int, tuple[Placement, ...]] = {1: ("centre",), 2: ("left", "right"), 3: ("left", "centre", "right")}


def stage(asked: list[Placement | None]) -> list[Placement]:
    """A place for everyone: those asked for are kept, the others take what is free, from the left.

    More characters than places, or one place asked for twice, is left for the model's limits to refuse.
    """
    taken = {place for place in asked if place is not None}
    free = [place for place in STAGINGS.get(len(asked), STAGINGS[3]) if place not in taken]
    free += [place for place in STAGINGS[3] if place not in taken and place not in free]
    return [place or (free.pop(0) if free else "centre") for place in asked]
