"""Who is who in a clip: the tracks of faces given to the characters of the shot, one to one at every moment.

A character owns whole tracks. So a face that is swapped for some frames stays visible, with a low cosine, instead of
counting as absent; and a bystander's face elsewhere in the picture never fills in for a character who left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from inference.identity.pack import Embedding
from inference.identity.tracks import Sighting, Track, step_between
from inference.protocol import ComparedWith, Expectation, Placement

_CENTRE_OF: dict[Placement, float] = {"left": 1 / 6, "centre": 0.5, "right": 5 / 6}
_PLACE_WEIGHT = 0.15
_LENGTH_WEIGHT = 0.10
_SHORTEST_ANCHOR = 3
_RETURN_REACH, _RETURN_GROWTH = 1.0, 1.6


@dataclass(frozen=True, eq=False)
class CastFace:
    """A character as the scorer needs it. `threshold` is a cosine; `template_unit` float32 [D] of unit length."""

    character_id: str
    name: str
    expected: Expectation
    template_unit: Embedding
    threshold: float
    compared_with: ComparedWith
    placement: Placement = "centre"


def cast_tracks(cast: list[CastFace], tracks: list[Track], frames: int, width: int) -> list[list[Track]]:
    """For every character, the tracks that are theirs, in no order; a track belongs to one character or to nobody.

    First each character gets one anchor track (best sum over the cast of likeness, length and place). Then every
    other track joins a character who is nowhere else at that time and who is recognised in it or was just there.
    Where no face is expected, only a recognised one is the character's.
    """
    owned: list[list[Track]] = [[] for _ in cast]
    likeness = np.array([[_likeness(character, track) for track in tracks] for character in cast])
    for c, t in _anchors(cast, tracks, likeness, frames, width):
        owned[c].append(tracks[t])
    order = sorted(range(len(tracks)), key=lambda t: tracks[t].first.frame)
    free = [t for t in order if not any(tracks[t] in theirs for theirs in owned)]
    for t in free:
        fits = [c for c, character in enumerate(cast) if _may_join(character, likeness[c, t], owned[c], tracks[t])]
        if fits:
            owned[max(fits, key=lambda c: likeness[c, t])].append(tracks[t])
    return owned


def _likeness(character: CastFace, track: Track) -> float:
    """Median cosine over the track: some swapped frames do not change it."""
    return float(np.median([sighting.embedding_unit @ character.template_unit for sighting in track.sightings]))


def _anchors(
    cast: list[CastFace], tracks: list[Track], likeness: npt.NDArray[np.float64], frames: int, width: int
) -> list[tuple[int, int]]:
    gains = np.zeros((len(cast), len(tracks)))
    for c, character in enumerate(cast):
        for t, track in enumerate(tracks):
            recognised = likeness[c, t] >= character.threshold
            if len(track.sightings) < min(_SHORTEST_ANCHOR, frames) or (
                character.expected == "none" and not recognised
            ):
                continue
            share = len(track.sightings) / frames
            place = _PLACE_WEIGHT * _nearness(character.placement, track, width)
            gains[c, t] = np.sqrt(share) * (max(likeness[c, t], 0) + place) + _LENGTH_WEIGHT * share
    if not tracks:
        return []
    rows, columns = linear_sum_assignment(gains, maximize=True)
    return [(int(c), int(t)) for c, t in zip(rows, columns, strict=True) if gains[c, t] > 0]


def _nearness(placement: Placement, track: Track, width: int) -> float:
    """1 where the character was placed, 0 half a frame away or more."""
    x = float(np.median([sighting.face.centre[0] for sighting in track.sightings])) / width
    return max(1 - 2 * abs(x - _CENTRE_OF[placement]), 0.0)


def _may_join(character: CastFace, likeness: float, theirs: list[Track], track: Track) -> bool:
    if any(track.coexists_with(other) for other in theirs):
        return False
    if likeness >= character.threshold:
        return True
    return character.expected != "none" and _returns(theirs, track)


def _returns(theirs: list[Track], track: Track) -> bool:
    """Whether the track begins where the character was last seen, or ends where they are seen next."""
    sightings: list[Sighting] = [sighting for other in theirs for sighting in other.sightings]
    before = max((s for s in sightings if s.frame < track.first.frame), key=lambda s: s.frame, default=None)
    after = min((s for s in sightings if s.frame > track.last.frame), key=lambda s: s.frame, default=None)
    steps = []
    if before is not None:
        steps.append(step_between(before, track.first))
    if after is not None:
        steps.append(step_between(track.last, after))
    return any(distance <= _RETURN_REACH and growth <= _RETURN_GROWTH for distance, growth in steps)
