"""Where the threshold of a face pack belongs: cosines of the same and of different people on real photos.

Rates come with exact (Clopper-Pearson) 95% intervals, because a rate of 0 out of few pairs says little.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import beta

from inference.identity.embed import embed
from inference.identity.pack import Embedding, Faces
from inference.identity.quality import judge_photo
from inference.identity.warp import RGB

CONFIDENCE = 0.95
FEW_SAME_PAIRS, FEW_DIFFERENT_PAIRS = 30, 300  # 0 errors in 30 and 300 bound the rates at 12% and 1.2%
_NO_HASH = "0" * 64  # these photos are not stored anywhere


@dataclass(frozen=True)
class Rate:
    """Errors among pairs, as a share with its 95% interval."""

    errors: int
    pairs: int
    rate: float
    low: float
    high: float


@dataclass(frozen=True)
class Spread:
    """How cosines of one kind of pair are distributed."""

    pairs: int
    lowest: float
    median: float
    mean: float
    highest: float


@dataclass(frozen=True)
class AtThreshold:
    """What a threshold does: different people taken for one, one person taken for two."""

    threshold: float
    false_match: Rate
    false_non_match: Rate


@dataclass(frozen=True)
class Unused:
    """A photo that enrolment would refuse too, and why, for people."""

    person: str
    photo: str
    words: str


@dataclass(frozen=True)
class Calibration:
    """`in_use` is the pack's threshold; `suggested` lies between the two distributions (None when one is empty)."""

    pack: str
    people: int
    photos: int
    unused: tuple[Unused, ...]
    same: Spread | None
    different: Spread | None
    in_use: AtThreshold | None
    suggested: AtThreshold | None
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def calibrate(faces: Faces, people: Mapping[str, Sequence[tuple[str, RGB]]]) -> Calibration:
    """people: for every person (name of the photo, upright RGB photo [H, W, 3] uint8)."""
    embedded: list[tuple[str, Embedding]] = []
    unused = []
    for person, photos in people.items():
        for name, rgb in photos:
            verdict, face = judge_photo(faces, _NO_HASH, rgb)
            if face is None or verdict.refusal is not None:
                unused.append(Unused(person, name, verdict.words))
            else:
                embedded.append((person, embed(faces, rgb, face)))
    same, different = pair_cosines(embedded)
    threshold = faces.settings.threshold
    return Calibration(
        pack=faces.settings.name,
        people=len({person for person, _ in embedded}),
        photos=len(embedded),
        unused=tuple(unused),
        same=_spread(same),
        different=_spread(different),
        in_use=_at(threshold, same, different) if same.size and different.size else None,
        suggested=_at(_between(same, different), same, different) if same.size and different.size else None,
        notes=_notes(same.size, different.size),
    )


def pair_cosines(
    embedded: Sequence[tuple[str, Embedding]],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Cosines of all pairs of photos: of the same person, of different people."""
    same: list[float] = []
    different: list[float] = []
    for (one, a), (other, b) in combinations(embedded, 2):
        (same if one == other else different).append(float(a @ b))
    return np.array(same), np.array(different)


def rate(errors: int, pairs: int) -> Rate:
    """Share of errors with its Clopper-Pearson interval."""
    tail = (1 - CONFIDENCE) / 2
    low = float(beta.ppf(tail, errors, pairs - errors + 1)) if errors > 0 else 0.0
    high = float(beta.ppf(1 - tail, errors + 1, pairs - errors)) if errors < pairs else 1.0
    return Rate(errors, pairs, errors / pairs if pairs else 0.0, low, high)


def _spread(cosines: npt.NDArray[np.float64]) -> Spread | None:
    if cosines.size == 0:
        return None
    return Spread(
        pairs=int(cosines.size),
        lowest=float(cosines.min()),
        median=float(np.median(cosines)),
        mean=float(cosines.mean()),
        highest=float(cosines.max()),
    )


def _at(threshold: float, same: npt.NDArray[np.float64], different: npt.NDArray[np.float64]) -> AtThreshold:
    return AtThreshold(
        threshold=threshold,
        false_match=rate(int((different >= threshold).sum()), int(different.size)),
        false_non_match=rate(int((same < threshold).sum()), int(same.size)),
    )


def _between(same: npt.NDArray[np.float64], different: npt.NDArray[np.float64]) -> float:
    """Midway in the widest gap between neighbouring cosines where the two error rates have the smallest sum."""
    cosines = np.unique(np.concatenate([same, different]))
    middles = (cosines[:-1] + cosines[1:]) / 2
    errors = np.array([(different >= middle).mean() + (same < middle).mean() for middle in middles])
    best = np.flatnonzero(errors <= errors.min() + 1e-12)
    return float(middles[max(best, key=lambda i: cosines[i + 1] - cosines[i])])


def _notes(same: int, different: int) -> tuple[str, ...]:
    notes = ["pairs that share a photo are not independent: the true intervals are wider"]
    if same < FEW_SAME_PAIRS:
        notes.append(f"few pairs of one person ({same}): the false non-match rate is hardly known")
    if different < FEW_DIFFERENT_PAIRS:
        notes.append(f"few pairs of different people ({different}): the false match rate is hardly known")
    return tuple(notes)
