"""Faces of one clip linked over time by where they are, so that a swapped face stays the same track.

Position and size decide; how alike two faces look only settles which of two close ones is which.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linear_sum_assignment

from inference.identity.detect import Face
from inference.identity.pack import Embedding

_REACH = 0.8  # how far a face may move between two frames, in face sizes
_REACH_PER_MISSED_FRAME = 0.05
_GROWTH = 1.6  # how much larger or smaller it may be
_LOOKS_WEIGHT = 0.3
_FORBIDDEN = 1e6


@dataclass(frozen=True, eq=False)
class Sighting:
    """One face in one frame, with its unit embedding."""

    frame: int
    face: Face
    embedding_unit: Embedding


@dataclass(eq=False)
class Track:
    """Sightings in order of time, at most one a frame."""

    sightings: list[Sighting] = field(default_factory=list)

    @property
    def first(self) -> Sighting:
        return self.sightings[0]

    @property
    def last(self) -> Sighting:
        return self.sightings[-1]

    def coexists_with(self, other: Track) -> bool:
        """Whether both are seen in one frame, so that they cannot be one person."""
        frames = {sighting.frame for sighting in self.sightings}
        return any(sighting.frame in frames for sighting in other.sightings)


class Linker:
    """Collects frames in order; `tracks` are complete at any time. A track ends after `patience` frames unseen."""

    def __init__(self, patience: int) -> None:
        self._patience = patience
        self.tracks: list[Track] = []

    def add(self, sightings: list[Sighting]) -> None:
        """The faces of the next frame: each continues a live track or begins one."""
        if not sightings:
            return
        now = sightings[0].frame
        live = [track for track in self.tracks if now - track.last.frame <= self._patience]
        taken: set[int] = set()
        if live:
            costs = np.array([[_cost(track.last, sighting) for sighting in sightings] for track in live])
            for row, column in zip(*linear_sum_assignment(costs), strict=True):
                if costs[row, column] < _FORBIDDEN:
                    live[row].sightings.append(sightings[column])
                    taken.add(int(column))
        self.tracks.extend(Track([sighting]) for i, sighting in enumerate(sightings) if i not in taken)


def step_between(before: Sighting, after: Sighting) -> tuple[float, float]:
    """(distance of the centres in face sizes, size ratio ≥ 1) from one sighting to a later one."""
    (x0, y0), (x1, y1) = before.face.centre, after.face.centre
    sizes = sorted((before.face.size_px, after.face.size_px))
    return float(np.hypot(x1 - x0, y1 - y0)) / max(sizes[0], 1.0), sizes[1] / max(sizes[0], 1.0)


def _cost(before: Sighting, after: Sighting) -> float:
    distance, growth = step_between(before, after)
    missed = after.frame - before.frame - 1
    if distance > _REACH + _REACH_PER_MISSED_FRAME * missed or growth > _GROWTH:
        return _FORBIDDEN
    likeness = float(before.embedding_unit @ after.embedding_unit)
    return distance + float(np.log(growth)) + _LOOKS_WEIGHT * (1 - likeness)
