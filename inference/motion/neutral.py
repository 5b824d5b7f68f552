"""How far the face in a photo is from a neutral one, as its mesh shows it: what is to be taken out before acting.

A face's build cannot be told from an expression by one measure alone: a wide mouth is a smile only where its corners
are up as well. The neutral values are those of the mesh on portraits at rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inference.motion.mesh import CHIN, FOREHEAD, LEFT_MOUTH, LEFT_OUTER_EYE, RIGHT_MOUTH, RIGHT_OUTER_EYE, FaceMesh
from inference.motion.models import Floats

_WIDTH_AT_REST = 0.61  # of the mouth, over the distance of the outer eye corners
_LIFT_AT_REST = 0.002  # of the corners over the middle of closed lips, face widths
_LIFT_OF_SMILE, _WIDTH_OF_SMILE, _WIDTH_OF_WIDE = 0.042, 0.112, 0.080  # at 1 of the channel, face widths
_SURE_FROM, _SURE_AT = 0.008, 0.024  # lift of the corners: from here it may be a smile, here it is one
_GAP_CLOSES = 0.25  # of the gap, the middle of the lips rises when they are closed
_MOST_SMILE, _MOST_WIDE = 1.15, 0.6  # what can be taken out without tearing
_FOLDS_FROM = 0.4
_APART_FROM = 0.016  # gap of the lips, face widths: less is how the mesh sees closed ones


@dataclass(frozen=True)
class OwnExpression:
    """In units of the channels: what the photo shows of a smile and of a wide mouth. lips_apart: in face widths."""

    smile: float
    mouth_wide: float
    lips_apart: float

    @property
    def leaves_traces(self) -> bool:
        """Whether taking it out leaves something of it: folds of a grin, skin that was drawn over teeth."""
        return self.smile > _FOLDS_FROM and self.shows_teeth

    @property
    def shows_teeth(self) -> bool:
        """Whether lips that are to be closed hide what the photo shows between them."""
        return self.lips_apart > _APART_FROM


def measure_own(mesh: FaceMesh) -> OwnExpression:
    """The photo's own expression."""
    points, width = mesh.points_N3, mesh.width_px
    upright = _upright(mesh)
    gap = max(0.0, float(upright[14, 1] - upright[13, 1]))
    middle_y = float(upright[[13, 14], 1].mean()) - _GAP_CLOSES * gap
    lift = middle_y - float(upright[[LEFT_MOUTH, RIGHT_MOUTH], 1].mean()) - _LIFT_AT_REST
    eyes = float(np.linalg.norm(points[LEFT_OUTER_EYE] - points[RIGHT_OUTER_EYE])) / width
    mouth = float(np.linalg.norm(points[LEFT_MOUTH] - points[RIGHT_MOUTH])) / width
    wider = max(0.0, mouth - _WIDTH_AT_REST * eyes)
    raw_lift = lift + _GAP_CLOSES * gap
    sure = float(np.clip((raw_lift - _SURE_FROM) / (_SURE_AT - _SURE_FROM), 0, 1))
    smile = sure * float(np.clip(max(lift / _LIFT_OF_SMILE, 0.8 * wider / _WIDTH_OF_SMILE), 0, _MOST_SMILE))
    wide = sure * float(np.clip((wider - smile * _WIDTH_OF_SMILE) / _WIDTH_OF_WIDE, 0, _MOST_WIDE))
    return OwnExpression(smile, wide, gap)


def _upright(mesh: FaceMesh) -> Floats:
    """All points about the middle of the face, the face upright, in face widths."""
    angle = np.radians(mesh.roll_deg)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    middle = mesh.points_N3[[FOREHEAD, CHIN], :2].mean(axis=0)
    upright: Floats = (mesh.points_N3[:, :2] - middle) @ turn.T / mesh.width_px
    return upright
