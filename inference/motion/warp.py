"""From motion parameters to where each point of the picture comes from.

The relief is moved forward (expression, then rotation about the pivot), which gives each node's displacement D. The
picture needs the inverse: u with u + D(u) = x, found by fixed-point iteration on the coarse grid, which converges
because the relief's slope is limited (|D'| < 1). The result is v(x) = u - x in photo pixels, zero far from the head.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import cv2
import numpy as np

from inference.motion.head import Head
from inference.motion.models import Floats
from inference.motion.parameters import INDEX
from inference.motion.rig import SKIN, Rig, share_of_sides

_ITERATIONS = 12
_PITCH_SHARE = (
    0.93  # the neck bends too and lifts or lowers the chin: with all of it a nod is seen as larger than asked
)
# A turn towards the side that the photo hides is seen smaller than one from the front (its nose still points away),
# and there the photo leaves more room: it is drawn wider, by so much for every degree of the photo's own turn.
_WIDER, _WIDER_FROM_DEG = 0.0125, 5.0
_SWING = 0.45  # of the face's width: the radius at which hair swings about the head
_DAMPING = 0.75  # a jaw that drops stretches skin to more than twice its length: undamped steps would overshoot


@dataclass(frozen=True)
class Warp:
    """Backward displacements [H, W, 2] on the head's grid. Beside the mouth, `skull` and `jaw` part; elsewhere equal.

    forward_HW2 moves photo points to where the skull side of the picture shows them.
    """

    skull_HW2: Floats
    jaw_HW2: Floats
    forward_HW2: Floats
    forward_jaw_HW2: Floats


@dataclass(frozen=True)
class Posed:
    """A head that is held otherwise than its own photo's parameters say: turned so, its skin moved by [H, W, 3] px."""

    turn_33: Floats
    moved_HW3: Floats


def warp_head(head: Head, rig: Rig, params_P: Floats, posed: Posed | None = None) -> Warp:
    """Act one frame's parameters (already clamped) on the grid."""
    skin = _skin(rig, params_P)
    jaw = float(params_P[INDEX["jaw"]])
    turn = turn_of(head, params_P) if posed is None else posed.turn_33
    if posed is not None:
        skin = skin + posed.moved_HW3
    trailing = _trailing(head, params_P)
    if parting(params_P) <= 0:
        forward = _forward(head, turn, skin) + trailing
        backward = _invert(head, forward)
        return Warp(backward, backward, forward, forward)
    by_skull, by_jaw = skin + jaw * rig.jaw_skull_HW3, skin + jaw * rig.jaw_HW3
    if spoken := _spoken(params_P):
        (close, upper, lower), lips = spoken, rig.lips
        by_skull = by_skull + (close * lips.close_skull_HW3 + upper * lips.upper_HW3)
        by_jaw = by_jaw + (close * lips.close_jaw_HW3 + lower * lips.lower_HW3)
    forward = _forward(head, turn, by_skull) + trailing
    forward_jaw = _forward(head, turn, by_jaw) + trailing
    return Warp(_invert(head, forward), _invert(head, forward_jaw), forward, forward_jaw)


def parting(params_P: Floats) -> float:
    """How far the lips move apart or together, 0..1; at 0 they are as the photo shows them, and one piece."""
    return max(float(params_P[INDEX[name]]) for name in ("jaw", "lip_close", "upper_lip", "lower_lip"))


def _spoken(params_P: Floats) -> tuple[float, float, float] | None:
    close, upper, lower = (float(params_P[INDEX[name]]) for name in ("lip_close", "upper_lip", "lower_lip"))
    return (close, upper, lower) if close or upper or lower else None


def sample_grid(field_HWC: Floats, head: Head, points_N2: Floats) -> Floats:
    """A field's values [N, C] at photo points."""
    at = ((points_N2 - head.grid.origin_2) / head.grid.cell_px).astype(np.float32)
    sampled = cv2.remap(field_HWC, at[None], None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    values: Floats = sampled.reshape(len(points_N2), -1)
    return values


def _skin(rig: Rig, params_P: Floats) -> Floats:
    skin = np.zeros_like(rig.jaw_HW3)
    one_sided = float(params_P[INDEX["one_sided"]])
    for name in SKIN:
        if value := float(params_P[INDEX[name]]):
            share = share_of_sides(rig, name, one_sided)
            skin += value * rig.skin(name) if share is None else value * share * rig.skin(name)
    return skin


def turn_of(head: Head, params_P: Floats) -> Floats:
    """[3, 3] acting on (x right, y down, z to the viewer): a nod about the head's own ears, the turn, then the tilt."""
    yaw, pitch, roll = (float(np.radians(params_P[INDEX[name]])) for name in ("yaw", "pitch", "roll"))
    own = float(np.radians(head.yaw_deg))
    if yaw * own < 0:
        yaw *= 1 + _WIDER * max(0.0, abs(head.yaw_deg) - _WIDER_FROM_DEG)
    nod = _about_y(own) @ _about_x(_PITCH_SHARE * pitch) @ _about_y(-own)
    about_z = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    upright = np.eye(3)
    upright[:2, :2] = head.upright_22
    turn: Floats = (about_z @ upright.T @ _about_y(yaw) @ nod @ upright).astype(np.float32)
    return turn


def _about_y(angle: float) -> Floats:
    return np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])


def _about_x(angle: float) -> Floats:
    return np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])


def _forward(head: Head, turn: Floats, skin_HW3: Floats) -> Floats:
    """D: skin, plus the rotation's share where the picture is rigid. In one pass of a 2 × 3 matrix over the relief."""
    moved = skin_HW3 + head.relief_HW3
    toward = cv2.transform(moved, (turn[:2] - np.eye(2, 3)).astype(np.float64))
    forward: Floats = toward * head.rigid_HW[..., None] + skin_HW3[..., :2]
    return forward


def _trailing(head: Head, params_P: Floats) -> Floats:
    """[H, W, 2] px that hair and earrings are behind the head: they swing about it, and turn with its roll."""
    yaw, pitch, roll = (float(np.radians(params_P[INDEX[f"trail_{name}"]])) for name in ("yaw", "pitch", "roll"))
    if not (yaw or pitch or roll):
        return np.zeros((1, 1, 2), np.float32)
    swung = _SWING * head.width_px * np.array([yaw, -pitch], np.float32)
    rolled = roll * np.dstack([-head.relief_HW3[..., 1], head.relief_HW3[..., 0]])
    trailing: Floats = head.trails_HW[..., None] * (swung + rolled)
    return trailing


def _invert(head: Head, forward_HW2: Floats) -> Floats:
    here = _nodes(len(forward_HW2))
    step = forward_HW2 * (1 / head.grid.cell_px)
    back = -step
    for _ in range(_ITERATIONS):
        there = cv2.remap(step, here + back, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        back = back - _DAMPING * (there + back)
    inverse: Floats = back * head.grid.cell_px
    return inverse


@functools.lru_cache(maxsize=2)
def _nodes(size: int) -> Floats:
    """[size, size, 2]: where every node of a grid is, in cells."""
    x, y = np.meshgrid(np.arange(size, dtype=np.float32), np.arange(size, dtype=np.float32))
    return np.stack([x, y], axis=-1)
