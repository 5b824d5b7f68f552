"""Expressions as displacement fields: how skin moves, per unit of each channel, at every node of the head's grid.

A channel is a handful of anchors on the face mesh with displacements in face widths (x to the viewer's right, y down,
z towards the viewer, in the upright frame), spread by thin-plate splines and faded outside the face. The jaw has
three fields: over the whole face, and beside the lips one that belongs to the skull and one that belongs to the jaw;
between those two the mouth opens.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.interpolate import RBFInterpolator

from inference.motion.expression_anchors import EXPRESSION_ANCHORS, SIDED, Anchors
from inference.motion.head import Head
from inference.motion.mesh import CHIN, FOREHEAD, UPPER_INNER_LIP, FaceMesh
from inference.motion.models import Floats
from inference.motion.mouth import PARTED_REACH
from inference.motion.neutral import OwnExpression, measure_own

# The viewer's left half; each anchor has its mirror image in _MIRROR, the middle line stands for itself.
_MIRROR = {
    61: 291, 78: 308, 185: 409, 40: 270, 39: 269, 37: 267, 191: 415, 80: 310, 81: 311, 82: 312,
    146: 375, 91: 321, 181: 405, 84: 314, 95: 324, 88: 318, 178: 402, 87: 317,
    205: 425, 50: 280, 187: 411, 207: 427, 216: 436, 70: 300, 63: 293, 105: 334, 66: 296, 107: 336, 46: 276, 53: 283,
    52: 282, 65: 295, 55: 285, 33: 263, 133: 362, 159: 386, 145: 374, 23: 253, 117: 346, 234: 454, 93: 323, 132: 361,
    58: 288, 172: 397, 136: 365, 150: 379, 149: 378, 176: 400, 148: 377, 127: 356, 162: 389, 21: 251, 54: 284, 103: 332,
    67: 297, 109: 338, 98: 327, 49: 279, 129: 358, 69: 299, 104: 333, 212: 432, 202: 422, 204: 424, 106: 335, 182: 406,
    57: 287, 43: 273, 165: 391, 92: 322, 27: 257, 28: 258, 29: 259, 56: 286, 160: 387, 158: 385, 157: 384, 161: 388,
}  # fmt: skip

_OVAL = (234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 127, 162, 21, 54, 103, 67, 109, 152, 10)
_NOSE = (1, 4, 5, 195, 197, 6, 168, 98, 49, 129, 2)
_EYES = (33, 133, 159, 145)
_STILL = (0.0, 0.0, 0.0)


def _still(*groups: tuple[int, ...]) -> Anchors:
    return {index: _STILL for group in groups for index in group}


_SMILE: Anchors = _still(_OVAL, _NOSE, _EYES, (70, 63, 105, 66, 107)) | {
    61: (-0.056, -0.044, -0.012), 78: (-0.054, -0.042, -0.012), 185: (-0.044, -0.031, -0.006),
    40: (-0.031, -0.018, 0.0), 39: (-0.016, -0.008, 0.0), 37: (-0.004, -0.003, 0.0), 0: (0.0, -0.002, 0.0),
    13: (0.0, -0.002, 0.0), 82: (-0.004, -0.003, 0.0), 81: (-0.015, -0.008, 0.0), 80: (-0.029, -0.018, 0.0),
    146: (-0.044, -0.031, -0.006), 91: (-0.031, -0.018, 0.0), 181: (-0.016, -0.008, 0.0), 84: (-0.004, -0.003, 0.0),
    17: (0.0, -0.002, 0.0), 14: (0.0, -0.002, 0.0), 87: (-0.004, -0.003, 0.0), 178: (-0.015, -0.008, 0.0),
    88: (-0.029, -0.018, 0.0), 205: (-0.014, -0.032, 0.014), 50: (-0.006, -0.020, 0.012), 187: (-0.022, -0.028, 0.008),
    117: (0.0, -0.010, 0.004), 207: (-0.024, -0.022, 0.0), 212: (-0.022, -0.014, 0.0), 202: (-0.012, -0.008, 0.0),
}  # fmt: skip
_WIDE: Anchors = _still(_OVAL, _NOSE, _EYES, (50, 117)) | {
    61: (-0.040, 0.0, -0.010), 78: (-0.038, 0.0, -0.010), 185: (-0.032, 0.001, -0.006), 40: (-0.024, 0.002, -0.006),
    39: (-0.014, 0.003, -0.004), 37: (-0.005, 0.004, -0.006), 0: (0.0, 0.004, -0.008), 13: (0.0, 0.002, -0.006),
    82: (-0.005, 0.002, -0.004), 81: (-0.013, 0.002, -0.004), 80: (-0.024, 0.001, -0.006),
    146: (-0.032, -0.001, -0.006), 91: (-0.024, -0.002, -0.006), 181: (-0.014, -0.003, -0.004),
    84: (-0.005, -0.004, -0.006), 17: (0.0, -0.004, -0.008), 14: (0.0, -0.002, -0.006), 87: (-0.005, -0.002, -0.004),
    178: (-0.013, -0.002, -0.004), 88: (-0.024, -0.001, -0.006), 205: (-0.012, 0.0, 0.0), 207: (-0.018, 0.0, 0.0),
    187: (-0.014, 0.0, 0.0), 212: (-0.014, 0.0, 0.0), 202: (-0.010, 0.0, 0.0),
}  # fmt: skip
_BROWS: Anchors = _still(
    (234, 93, 132, 58, 172, 152, 10, 109, 67), _NOSE[:5], _EYES, (61, 205, 50, 117, 145, 23, 168, 160, 158, 157, 161)
) | {
    70: (-0.002, -0.034, 0.0), 63: (-0.002, -0.044, 0.0), 105: (0.0, -0.048, 0.0), 66: (0.0, -0.046, 0.0),
    107: (0.0, -0.039, 0.0), 46: (-0.002, -0.030, 0.0), 53: (-0.002, -0.038, 0.0), 52: (0.0, -0.041, 0.0),
    65: (0.0, -0.039, 0.0), 55: (0.0, -0.034, 0.0), 69: (0.0, -0.021, 0.0), 104: (0.0, -0.025, 0.0),
    27: (0.0, -0.008, 0.0), 28: (0.0, -0.008, 0.0), 29: (0.0, -0.007, 0.0), 56: (0.0, -0.008, 0.0),
    162: (0.0, -0.007, 0.0), 21: (0.0, -0.010, 0.0), 54: (0.0, -0.008, 0.0),
    103: (0.0, -0.005, 0.0), 9: (0.0, -0.021, 0.0), 8: (0.0, -0.013, 0.0),
}  # fmt: skip
_JAW_ANYWHERE: Anchors = _still((127, 162, 21, 54, 103, 10, 234, 93), _NOSE, _EYES, (50, 117, 70, 105)) | {
    132: (0.0, 0.005, 0.0), 58: (0.004, 0.025, -0.01), 172: (0.006, 0.060, -0.02), 136: (0.006, 0.095, -0.03),
    150: (0.004, 0.120, -0.04), 149: (0.003, 0.135, -0.04), 176: (0.002, 0.142, -0.05), 148: (0.0, 0.146, -0.05),
    152: (0.0, 0.148, -0.05), 205: (0.004, 0.006, 0.0), 187: (0.006, 0.010, 0.0), 207: (0.008, 0.022, 0.0),
    212: (0.010, 0.045, -0.01), 202: (0.008, 0.085, -0.02), 204: (0.005, 0.125, -0.03), 182: (0.002, 0.142, -0.03),
    57: (0.008, 0.018, 0.0), 61: (0.010, 0.014, -0.004), 78: (0.010, 0.014, -0.004), 43: (0.008, 0.070, -0.01),
    106: (0.003, 0.130, -0.03),
}  # fmt: skip
_JAW_UPPER_LIP: Anchors = {
    185: (0.006, 0.006, 0.0), 40: (0.004, 0.0, 0.0), 39: (0.001, -0.004, 0.0), 37: (0.0, -0.006, 0.0),
    0: (0.0, -0.006, 0.0), 191: (0.007, 0.009, 0.0), 80: (0.004, 0.003, 0.0), 81: (0.002, -0.003, 0.0),
    82: (0.0, -0.006, 0.0), 13: (0.0, -0.006, 0.0),
}  # fmt: skip
_JAW_LOWER_LIP: Anchors = {
    146: (0.004, 0.095, -0.01), 91: (0.003, 0.118, -0.01), 181: (0.002, 0.134, -0.02), 84: (0.0, 0.138, -0.02),
    17: (0.0, 0.142, -0.02), 95: (0.004, 0.090, -0.01), 88: (0.003, 0.114, -0.01), 178: (0.002, 0.130, -0.02),
    87: (0.0, 0.134, -0.02), 14: (0.0, 0.138, -0.02),
}  # fmt: skip
_UPPER_LIP: Anchors = {
    185: (0.0, -0.008, 0.0), 40: (0.0, -0.020, 0.002), 39: (0.0, -0.030, 0.004), 37: (0.0, -0.034, 0.005),
    0: (0.0, -0.034, 0.005), 191: (0.0, -0.008, 0.0), 80: (0.0, -0.022, 0.0), 81: (0.0, -0.032, 0.0),
    82: (0.0, -0.036, 0.0), 13: (0.0, -0.036, 0.0), 165: (0.0, -0.012, 0.0), 92: (0.0, -0.008, 0.0),
}  # fmt: skip
_LOWER_LIP: Anchors = {
    146: (0.0, -0.008, 0.0), 91: (0.0, -0.020, -0.004), 181: (0.0, -0.030, -0.008), 84: (0.0, -0.034, -0.010),
    17: (0.0, -0.034, -0.010), 95: (0.0, -0.010, 0.0), 88: (0.0, -0.026, 0.0), 178: (0.0, -0.036, -0.004),
    87: (0.0, -0.040, -0.004), 14: (0.0, -0.042, -0.004),
}  # fmt: skip
SKIN: dict[str, Anchors] = {"smile": _SMILE, "brows": _BROWS, "mouth_wide": _WIDE, **EXPRESSION_ANCHORS, "neutral": {}}
_MOUTH_CORNERS: Anchors = {index: _JAW_ANYWHERE[index] for index in (61, 78)}
GAP_OF_JAW = _JAW_LOWER_LIP[14][1] - _JAW_UPPER_LIP[13][1]  # between the inner lips at 1, in face widths
# Where lips meet that the photo shows apart: the lower one comes most of the way. A grin shows teeth that are together,
# so that hardly any of it is the chin.
_UPPER_SHARE, _CHIN_SHARE, _PRESSED = 0.15, 0.20, 0.010
_LIPS_MEET_FROM = 0.2
_SIDES_MEET = 0.09  # from the middle of the face, its widths: so far one side's expression reaches into the other
_LIP_ABOVE = {185: 146, 40: 91, 39: 181, 37: 84, 0: 17, 191: 95, 80: 88, 81: 178, 82: 87, 13: 14}
_LIP_BELOW = {
    **_LIP_ABOVE, 409: 375, 270: 321, 269: 405, 267: 314, 415: 324, 310: 318, 311: 402, 312: 317,
}  # fmt: skip

_INNER_UPPER = {185: 191, 40: 80, 39: 81, 37: 82, 0: 13, 409: 415, 270: 310, 269: 311, 267: 312}


@dataclass(frozen=True)
class Lips:
    """Fields as a rig's, which speech alone needs. Those of the upper lip move what hangs from the skull, those of the
    lower lip what the jaw carries."""

    close_skull_HW3: Floats
    close_jaw_HW3: Floats
    upper_HW3: Floats
    lower_HW3: Floats


@dataclass(frozen=True)
class Rig:
    """Displacement fields [H, W, 3] in photo pixels per unit of a channel, on the head's grid.

    That of `jaw_skull` moves what hangs from the skull, that of `jaw` what the jaw carries; the others move both.
    right_HW: 0 on the viewer's left, 1 on the right. own: the expression that the photo itself shows.
    """

    right_HW: Floats
    own: OwnExpression
    jaw_skull_HW3: Floats
    jaw_HW3: Floats
    mesh: FaceMesh
    head: Head
    _spread: dict[str, Floats] = field(default_factory=dict)

    def skin(self, name: str) -> Floats:
        """The field of a channel of SKIN, which moves both; spread over the grid when it is first asked for."""
        if name not in self._spread:
            self._spread[name] = self._neutral() if name == "neutral" else _spread(SKIN[name], self.mesh, self.head)
        return self._spread[name]

    def _neutral(self) -> Floats:
        taken: Floats = -self.own.smile * self.skin("smile") - self.own.mouth_wide * self.skin("mouth_wide")
        return taken

    @cached_property
    def lips(self) -> Lips:
        """Made when the first line is said: a silent clip does not wait for them."""
        return _build_lips(self.mesh, self.head)


def share_of_sides(rig: Rig, name: str, one_sided: float) -> Floats | None:
    """How much of a channel each node keeps, [H, W, 1] of 0..1; None where both sides keep all of it."""
    if one_sided == 0 or name not in SIDED:
        return None
    towards = one_sided * SIDED[name]
    other_HW = rig.right_HW if towards < 0 else 1 - rig.right_HW
    share: Floats = (1 - abs(towards) * other_HW)[..., None]
    return share


def build_rig(mesh: FaceMesh, head: Head) -> Rig:
    """Spread every channel's anchors over the grid, once per reference."""
    jaw = _spread(_JAW_ANYWHERE, mesh, head)
    skull_side = _spread(_jaw_if_all_were_skull(), mesh, head)
    jaw_side = _spread(_jaw_if_all_were_jaw(), mesh, head)
    window = _mouth_window(mesh, head)[..., None]
    return Rig(
        right_HW=_right_side(mesh, head),
        own=measure_own(mesh),
        jaw_skull_HW3=jaw + (skull_side - jaw) * window,
        jaw_HW3=jaw + (jaw_side - jaw) * window,
        mesh=mesh,
        head=head,
    )


def _build_lips(mesh: FaceMesh, head: Head) -> Lips:
    close, close_skull, close_jaw = (_spread_as_given(anchors, mesh, head) for anchors in _closing(mesh, head))
    meeting = _mouth_window(mesh, head, full_from=_LIPS_MEET_FROM)[..., None]
    window = _mouth_window(mesh, head)[..., None]
    upper = {**_still(_OVAL, _NOSE, _EYES, (61, 78), tuple(_LOWER_LIP)), **_UPPER_LIP}
    lower = {**_still(_OVAL, _NOSE, _EYES, (61, 78), tuple(_UPPER_LIP)), **_LOWER_LIP}
    return Lips(
        close_skull_HW3=close + (close_skull - close) * meeting,
        close_jaw_HW3=close + (close_jaw - close) * meeting,
        upper_HW3=_spread(upper, mesh, head) * window,
        lower_HW3=_spread(lower, mesh, head) * window,
    )


def _closing(mesh: FaceMesh, head: Head) -> tuple[Anchors, Anchors, Anchors]:
    """Moves that bring the photo's own lips together: anywhere, if all were skull, if all were jaw. Both sides."""
    gaps = {upper: lip_gap(mesh, head, upper, _LIP_BELOW[upper]) for upper in _LIP_BELOW if _inner_of(upper) == upper}
    lifted = {upper: (1 - _UPPER_SHARE) * gap + _PRESSED for upper, gap in gaps.items()}
    upper_moves = {upper: (0.0, _UPPER_SHARE * gaps[_inner_of(upper)], 0.0) for upper in _LIP_BELOW}
    lower_moves = {lower: (0.0, -lifted[_inner_of(upper)], 0.0) for upper, lower in _LIP_BELOW.items()}
    rides = {upper: lower_moves[lower] for upper, lower in _LIP_BELOW.items()}
    chin = {
        index: (0.0, -_CHIN_SHARE * gaps[13] * y / 0.148, 0.0)
        for index, (_, y, _) in _mirrored(_JAW_ANYWHERE).items()
    } | dict.fromkeys((61, 78, 291, 308), _STILL)  # fmt: skip
    free = {index: move for index, move in chin.items() if index not in _NOSE}
    skull = {**dict.fromkeys(chin, _STILL), **dict.fromkeys(lower_moves, _STILL), **upper_moves}
    return chin, skull, {**free, **rides, **lower_moves}


def _mirrored(anchors: Anchors) -> Anchors:
    """With the mirror image of every anchor that has one."""
    both: Anchors = {}
    for index, (x, y, z) in anchors.items():
        both[index] = (x, y, z)
        if index in _MIRROR:
            both[_MIRROR[index]] = (-x, y, z)
    return both


def lip_gap(mesh: FaceMesh, head: Head, upper: int = 13, lower: int = 14) -> float:
    """How far the photo's own lips are apart at these two points of the mesh, in face widths."""
    above, below = head.upright(mesh.points_N3[[upper, lower], :2], _middle(mesh))[:, 1]
    return max(0.0, float(below - above)) / head.width_px


def _inner_of(index: int) -> int:
    """The inner edge of the upper lip that this point of it is above."""
    return _INNER_UPPER.get(index, index)


def _jaw_if_all_were_skull() -> Anchors:
    """The lower lip and what is under it stay where they are: so teeth keep their shape while the jaw drops."""
    stays = dict.fromkeys(_JAW_LOWER_LIP, _STILL)
    return {**dict.fromkeys(_JAW_ANYWHERE, _STILL), **stays, **_JAW_UPPER_LIP, **_MOUTH_CORNERS}


def _jaw_if_all_were_jaw() -> Anchors:
    """The upper lip rides on the jaw like the lower one below it: so the lower lip is one piece with the tongue."""
    rides = {upper: _JAW_LOWER_LIP[lower] for upper, lower in _LIP_ABOVE.items()}
    free = {index: move for index, move in _JAW_ANYWHERE.items() if index not in _NOSE}
    return {**free, **rides, **_JAW_LOWER_LIP}


def _spread(anchors: Anchors, mesh: FaceMesh, head: Head) -> Floats:
    return _spread_as_given(_mirrored(anchors), mesh, head)


def _spread_as_given(anchors: Anchors, mesh: FaceMesh, head: Head) -> Floats:
    indices, moves = list(anchors), np.array(list(anchors.values()), np.float32)
    middle = _middle(mesh)
    sites = head.upright(mesh.points_N3[indices, :2], middle) / head.width_px
    nodes = head.upright(head.grid.nodes_HW2.reshape(-1, 2), middle) / head.width_px
    x, y = nodes[:, 0], nodes[:, 1]
    # The face's outline, a little below the chin too; beyond it nothing moves by expression.
    share_N = np.clip((1.30 - np.hypot(x / 0.5, np.where(y < 0, y / 0.62, y / 0.72))) / 0.38, 0, 1) ** 2
    moving_N = share_N > 0
    splines = RBFInterpolator(sites, moves, kernel="thin_plate_spline", smoothing=1e-4)
    field = np.zeros((len(nodes), 3))
    field[moving_N] = splines(nodes[moving_N]) * share_N[moving_N, None]
    field[:, :2] = field[:, :2] @ head.upright_22
    spread: Floats = (field * head.width_px).reshape(*head.rigid_HW.shape, 3).astype(np.float32)
    return spread


def _right_side(mesh: FaceMesh, head: Head) -> Floats:
    """0 on the viewer's left half of the face, 1 on its right half, gently in between."""
    x = head.upright(head.grid.nodes_HW2.reshape(-1, 2), _middle(mesh))[:, 0] / head.width_px
    t = np.clip(0.5 + x / (2 * _SIDES_MEET), 0, 1)
    side: Floats = (t * t * (3 - 2 * t)).reshape(head.rigid_HW.shape).astype(np.float32)
    return side


def _middle(mesh: FaceMesh) -> Floats:
    middle: Floats = (mesh.points_N3[FOREHEAD, :2] + mesh.points_N3[CHIN, :2]) / 2
    return middle


def _mouth_window(mesh: FaceMesh, head: Head, full_from: float = 0.75) -> Floats:
    """1 in the middle of the mouth, exactly 0 at its corners: there both sides of the lips move alike.

    full_from: so far inside the corners, in halves of the mouth, it is 1.
    """
    corners = mesh.points_N3[[UPPER_INNER_LIP[0], UPPER_INNER_LIP[-1]], :2]
    local = head.upright(head.grid.nodes_HW2.reshape(-1, 2), corners.mean(axis=0))
    half = 0.5 * float(np.linalg.norm(corners[1] - corners[0]))
    across = np.clip(1 - np.abs(local[:, 0]) / half, 0, 1)
    down = np.clip(2 * PARTED_REACH - np.abs(local[:, 1]) / half, 0, 1)
    window: Floats = (
        (np.sin(0.5 * np.pi * np.clip(across / full_from, 0, 1)) * down).reshape(head.rigid_HW.shape).astype(np.float32)
    )
    return window
