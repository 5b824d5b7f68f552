"""How a photo has to be turned for its face to stand upright, where no EXIF said so.

A detector finds lying faces too, and misreads their points: it is only less sure of them. So the surest of the four
turns is upright.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from inference.identity.pack import Faces
from inference.identity.warp import RGB

Turn = Literal[0, 90, 180, 270]
TURNS: tuple[Turn, ...] = (0, 90, 180, 270)
_SURE = 0.92  # of an upright face; lying ones come to 0.90
_SURER = 0.03  # what another turn must be better by


def find_turn(faces: Faces, rgb_HWC_uint8: RGB) -> Turn:
    """Degrees, counter-clockwise. 0 too where nothing is found, or nothing that stands clearly better."""
    as_it_is = _confidence(faces, rgb_HWC_uint8)
    if as_it_is >= _SURE:
        return 0
    turned = {turn: _confidence(faces, np.ascontiguousarray(np.rot90(rgb_HWC_uint8, turn // 90))) for turn in TURNS[1:]}
    best = max(turned, key=lambda turn: turned[turn])
    return best if turned[best] > as_it_is + _SURER else 0


def _confidence(faces: Faces, rgb_HWC_uint8: RGB) -> float:
    """Of the largest face; 0 where there is none."""
    return max((face.confidence for face in faces.detect(rgb_HWC_uint8, most=1)), default=0.0)
