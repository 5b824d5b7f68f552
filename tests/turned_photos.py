"""A stand-in for further photos of one person, for no package carries portraits of one person from several sides.

Each is another picture of the same head: turned, tilted, of another size, in other light, before another wall. It is
drawn by our own relief; what a camera would have seen of the far ear and of the hair behind it is not in it.
"""

from __future__ import annotations

import cv2
import numpy as np

from inference.motion.actor import prepare_actor
from inference.motion.models import FaceModels
from inference.motion.parameters import INDEX, NAMES
from inference.motion.shot_renderer import Stage
from inference.protocol import Box, ColourPlate
from tests.photos import RGB

WALL = ColourPlate(top="#8a96a0", bottom="#5c6670")
_LIGHT = (1.12, 1.05, 0.96)


def turned_photo(models: FaceModels, rgb_HWC_uint8: RGB, face: Box, yaw_deg: float, roll_deg: float = 4.0) -> RGB:
    """The person of a photo seen turned to `yaw_deg`, at most ±26 from the camera, 640 × 640."""
    actor = prepare_actor(models, rgb_HWC_uint8, face)
    params_P = np.zeros((1, len(NAMES)), np.float32)
    params_P[0, INDEX["yaw"]], params_P[0, INDEX["roll"]] = yaw_deg - actor.mesh.yaw_deg, roll_deg
    seen = Stage([(actor, "centre")], WALL, "cu", 640, 640).draw(params_P)
    lit = np.clip(np.round(seen * np.array(_LIGHT, np.float32)), 0, 255).astype(np.uint8)
    softened: RGB = cv2.GaussianBlur(lit, (0, 0), 0.5)
    return softened
