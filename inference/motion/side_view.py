"""Another photo of the same person, that shows a side which the first one hides: its head set where the first one's is.

Both meshes have the same points, so one similarity in space carries the one head onto the other (Umeyama, IEEE TPAMI 13
(1991) 376). What is left between the two shapes (another expression, another day, errors of the mesh) is divided
between them while the one goes over into the other: view morphing (Seitz & Dyer, SIGGRAPH 1996), with the mesh as its
correspondence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from scipy.interpolate import RBFInterpolator

from inference.motion.actor import Actor, SideView
from inference.motion.head import Head
from inference.motion.mesh import FaceMesh
from inference.motion.models import Floats, Rgb

# Of the mesh: bone near the skin, which no expression moves.
_BONE = (
    10, 151, 9, 8, 168, 6, 197, 195, 5, 4, 33, 133, 362, 263, 127, 356, 234, 454, 93, 323, 67, 297, 103, 332, 21, 251,
    109, 338,
)  # fmt: skip
_MIDDLE_DEG = (12.0, 23.0)
_LIGHT, _UNLIKE, _CELLS, _USUAL = 0.18, 0.55, 48, 3.0  # face widths; ln; points along a side; of the median's weight
_HEAD_WIDE = 1.6  # the head's width in face widths
_APART = 0.10  # of the face's width, at most, that shapes are drawn towards each other
_SAME_PITCH_DEG = 8.0  # heads that are held so alike are taken for held alike
_GAIN = (0.55, 1.8)  # of a photo's light, to be like the other's


def show_sides(actor: Actor, others: Sequence[Actor]) -> Actor:
    """The actor with the sides that its other photos show."""
    return replace(actor, sides=tuple(view_from_side(actor, other) for other in others))


def view_from_side(first: Actor, other: Actor) -> SideView:
    """Set the other photo's head where the first one's is."""
    scale, turn_33, shift_3 = _carry(other.mesh.points_N3[list(_BONE)], first.mesh.points_N3[list(_BONE)])
    in_plane_33, rest_33 = _without_roll(turn_33)
    pivot_3 = turn_33.T @ (first.head.pivot_3 - shift_3) / scale
    turn_22 = scale * in_plane_33[:2, :2]
    to_photo = np.hstack([turn_22, (first.head.pivot_3[:2] - turn_22 @ pivot_3[:2])[:, None]])
    moved_N3 = scale * other.mesh.points_N3 @ turn_33.T + shift_3
    apart_N3 = _limited(first.mesh.points_N3 - moved_N3, first.head.width_px)
    head = replace(other.head, pivot_3=pivot_3, relief_HW3=_about(other.head, pivot_3))
    side = 1 if other.mesh.yaw_deg > first.mesh.yaw_deg else -1
    head_x = first.head.upright(first.head.grid.nodes_HW2.reshape(-1, 2), first.face_centre_2)[:, 0]
    middle = side * (first.mesh.yaw_deg + other.mesh.yaw_deg) / 2
    return SideView(
        actor=_in_light_of(first, replace(other, head=head)),
        to_photo=to_photo.astype(np.float64),
        turned_33=rest_33,
        in_plane_33=in_plane_33,
        towards_HW3=_spread((apart_N3 @ turn_33) / scale, other.mesh, other.head),
        from_first_HW3=_spread(-apart_N3, first.mesh, first.head),
        across_HW=np.clip(head_x / (_HEAD_WIDE * first.head.width_px), -0.5, 0.5).reshape(first.head.rigid_HW.shape),
        side=side,
        goes_over_deg=float(np.clip(middle, *_MIDDLE_DEG)),
    )


def _carry(from_N3: Floats, onto_N3: Floats) -> tuple[float, Floats, Floats]:
    """Scale, rotation and shift with onto ≈ scale × rotation @ from + shift, in the least squares' sense."""
    mean_from, mean_onto = from_N3.mean(axis=0), onto_N3.mean(axis=0)
    a, b = (from_N3 - mean_from).astype(np.float64), (onto_N3 - mean_onto).astype(np.float64)
    u, sizes, vt = np.linalg.svd(b.T @ a)
    flip = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    turn = _held_alike((u * flip) @ vt)
    scale = float((sizes * flip).sum() / (a**2).sum())
    return scale, turn, mean_onto - scale * turn @ mean_from


def _held_alike(turn_33: Floats) -> Floats:
    """The rotation without its nod, up to _SAME_PITCH_DEG, which is left to the shapes.

    The mesh takes a head that is turned for one that is bowed; a photo that is pitched up again is less like itself.
    """
    in_plane_33, rest_33 = _without_roll(turn_33)
    yaw = np.arctan2(rest_33[0, 2], rest_33[2, 2])
    about_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    nod_33 = about_y.T @ rest_33
    pitch = np.arctan2(nod_33[2, 1], nod_33[1, 1])
    beyond = pitch - np.clip(pitch, *np.radians([-_SAME_PITCH_DEG, _SAME_PITCH_DEG]))
    about_x = np.array([[1, 0, 0], [0, np.cos(beyond), -np.sin(beyond)], [0, np.sin(beyond), np.cos(beyond)]])
    held: Floats = in_plane_33 @ about_y @ about_x
    return held


def _without_roll(turn_33: Floats) -> tuple[Floats, Floats]:
    """The rotation as one in the picture's plane after one out of it."""
    angle = np.arctan2(turn_33[1, 0] - turn_33[0, 1], turn_33[0, 0] + turn_33[1, 1])
    in_plane = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    return in_plane, in_plane.T @ turn_33


def _about(head: Head, pivot_3: Floats) -> Floats:
    relief: Floats = (head.relief_HW3 + head.pivot_3 - pivot_3).astype(np.float32)
    return relief


def _limited(apart_N3: Floats, width_px: float) -> Floats:
    size = np.linalg.norm(apart_N3, axis=1, keepdims=True)
    limited: Floats = apart_N3 * np.minimum(1, _APART * width_px / np.maximum(size, 1e-6))
    return limited


def _spread(moves_N3: Floats, mesh: FaceMesh, head: Head) -> Floats:
    """Moves of the mesh's points on the grid; nothing moves a third of a face beyond its outline."""
    middle = mesh.points_N3[:, :2].mean(axis=0)
    sites = (mesh.points_N3[:, :2] - middle) / head.width_px
    angles = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    ring = np.stack([np.cos(angles), 1.2 * np.sin(angles)], axis=-1)
    still = np.vstack([ring, 1.6 * ring])
    nodes = ((head.grid.nodes_HW2 - middle) / head.width_px).reshape(-1, 2)
    near = np.hypot(nodes[:, 0], nodes[:, 1] / 1.2) < 1
    spread = RBFInterpolator(
        np.vstack([sites, still]),
        np.vstack([moves_N3 / head.width_px, np.zeros((len(still), 3))]),
        neighbors=48,
        kernel="thin_plate_spline",
        smoothing=1e-3,
    )
    field = np.zeros((len(nodes), 3))
    field[near] = spread(nodes[near])
    field = (field * head.width_px).reshape(*head.rigid_HW.shape, 3).astype(np.float32)
    softened: Floats = cv2.GaussianBlur(field, (0, 0), 1.2)
    return softened


def _in_light_of(first: Actor, other: Actor) -> Actor:
    """The other photo in the light that falls on the first one's face, as far as that varies slowly over it."""
    gain_HW3 = _light_between(first, other)

    def lit(rgb: Rgb) -> Rgb:
        levels: Rgb = np.clip(np.round(rgb * gain_HW3), 0, 255).astype(np.uint8)
        return levels

    cutout = replace(other.cutout, person_rgb=lit(other.cutout.person_rgb))
    return replace(other, photo_rgb=lit(other.photo_rgb), cutout=cutout)


def _light_between(first: Actor, other: Actor) -> Floats:
    """[H, W, 3] of the other photo: how much brighter the same skin is in the first one. Hair over a cheek is no light:
    what differs much from the rest of the face says nothing.
    """
    ratios_N3 = np.log(_skin(first) + 8) - np.log(_skin(other) + 8)
    usual_3 = np.median(ratios_N3, axis=0)
    said_N = np.abs(ratios_N3 - usual_3).max(axis=1) < _UNLIKE
    height, width = other.photo_rgb.shape[:2]
    y, x = np.meshgrid(np.linspace(0, height - 1, _CELLS), np.linspace(0, width - 1, _CELLS), indexing="ij")
    apart = np.stack([x, y], axis=-1)[:, :, None] - other.mesh.points_N3[said_N, :2]
    weight = np.exp(-(apart**2).sum(axis=-1) / (2 * (_LIGHT * other.head.width_px) ** 2))
    total = weight.sum(axis=-1)[..., None] + _USUAL
    field = (weight @ ratios_N3[said_N] + _USUAL * usual_3) / total
    gain = np.exp(np.clip(cv2.resize(field.astype(np.float32), (width, height)), *np.log(_GAIN)))
    return np.asarray(gain * _held_back(first, other, gain), np.float32)


def _held_back(first: Actor, other: Actor, gain_HW3: Floats) -> float:
    """One number for all of the photo: no skin is to be brighter than the first one's.

    Held back place by place, the light would lose its modelling, and a face what it is known by.
    """
    at = np.round(other.mesh.points_N3[:, :2]).astype(int)
    height, width = gain_HW3.shape[:2]
    gain_N3 = gain_HW3[np.clip(at[:, 1], 0, height - 1), np.clip(at[:, 0], 0, width - 1)]
    brightest, lit = (np.percentile(skin.mean(axis=1), 90) for skin in (_skin(first), gain_N3 * _skin(other)))
    return float(min(1.0, brightest / max(float(lit), 1.0)))


def _skin(actor: Actor) -> Floats:
    """Colour about every point of the mesh [N, 3]."""
    soft = cv2.GaussianBlur(actor.cutout.person_rgb, (0, 0), max(0.8, 0.03 * actor.head.width_px))
    at = actor.mesh.points_N3[:, :2].astype(np.float32)
    colours: Floats = cv2.remap(soft, at[None], None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0]
    return colours.astype(np.float32)
