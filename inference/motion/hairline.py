"""Where the forehead ends: the mesh's uppermost point lies on the skin, below the hair or under a fringe."""

from __future__ import annotations

import cv2
import numpy as np

from inference.motion.mesh import CHIN, FOREHEAD, FaceMesh
from inference.motion.models import Floats, Rgb

_BETWEEN_BROWS = 9
# In heights of the mesh, chin to its uppermost point.
_SKIN = (0.05, 0.11)  # above the brows, where a forehead is surely bare
_LOWEST, _USUAL, _HIGHEST = 0.80, 1.19, 1.34  # of a hairline
_REACH, _HALF_WIDTH, _ROWS, _COLUMNS = 1.5, 0.10, 160, 25
_LIGHT_SHARE = 0.5  # of lightness in what tells hair from skin: a forehead shines
_LEAST, _OF_MOST = 9.0, 0.5  # Lab units; of the greatest difference above
_SHADE = 0.055  # a forehead darkens so far below its hairline (against marks by hand in five photos, within 3%)


def measure_face(rgb_HW3: Rgb, mesh: FaceMesh) -> float:
    """Chin to hairline in the picture, photo pixels: up the middle, until what is there is no longer skin."""
    chin, top = mesh.points_N3[CHIN, :2], mesh.points_N3[FOREHEAD, :2]
    height = float(np.linalg.norm(top - chin))
    up = (top - chin) / height
    brows = float((mesh.points_N3[_BETWEEN_BROWS, :2] - chin) @ up) / height
    at_R = np.linspace(brows + _SKIN[0], _REACH, _ROWS)
    aside_C = np.linspace(-_HALF_WIDTH, _HALF_WIDTH, _COLUMNS)
    grid = chin + height * (at_R[:, None, None] * up + aside_C[None, :, None] * np.array([-up[1], up[0]]))
    rows_R3 = np.median(_look(rgb_HW3, grid.astype(np.float32), 0.008 * height), axis=1)
    skin_3 = np.median(rows_R3[at_R <= brows + _SKIN[1]], axis=0)
    off_R = np.linalg.norm((rows_R3 - skin_3) * (_LIGHT_SHARE, 1, 1), axis=1)
    hair = np.flatnonzero(off_R > max(_LEAST, _OF_MOST * off_R.max()))
    found = at_R[hair[0]] + _SHADE if len(hair) else _USUAL
    return height * float(np.clip(found, _LOWEST, _HIGHEST))


def _look(rgb_HW3: Rgb, at_RC2: Floats, soft_px: float) -> Floats:
    """Lab values at points of the photo; beyond its edge, the edge's."""
    low = np.maximum(np.floor(at_RC2.reshape(-1, 2).min(axis=0)).astype(int) - 8, 0)
    high = np.ceil(at_RC2.reshape(-1, 2).max(axis=0)).astype(int) + 9
    part = np.ascontiguousarray(rgb_HW3[low[1] : high[1], low[0] : high[0]]).astype(np.float32) / 255
    lab = cv2.cvtColor(cv2.GaussianBlur(part, (0, 0), max(0.5, soft_px)), cv2.COLOR_RGB2LAB)
    at_RC2 = at_RC2 - low.astype(np.float32)
    looked: Floats = cv2.remap(lab, at_RC2, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return looked
