"""What a direction must know of who is directed: the photo's own expression, where it looks, where it stands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inference.motion.actor import Actor
from inference.motion.eyes import BALL_RADIUS
from inference.motion.layout import Stand
from inference.motion.mesh import Eye
from inference.motion.neutral import OwnExpression
from inference.protocol.turning import ONE_PHOTO_DEG, Reach

_ONE_PHOTO = Reach(-ONE_PHOTO_DEG, ONE_PHOTO_DEG)
_AT_THE_LENS_DEG = 13.0  # a portrait whose gaze is measured nearer to the lens than this looks into it


@dataclass(frozen=True)
class Performer:
    """yaw_deg, pitch_deg: the photo's own pose. eye_deg: of its eyes in the head, + to the viewer's right. x, y: of the
    middle of the eyes in the frame, and frame_2, its width and height, in faces' heights. reach: how far the head may
    be seen turned.
    """

    own: OwnExpression
    yaw_deg: float
    pitch_deg: float
    eye_deg: float
    x: float
    y: float
    frame_2: tuple[float, float]
    reach: Reach = _ONE_PHOTO


def performer_of(actor: Actor, stand: Stand, width: int, height: int) -> Performer:
    """The actor where it stands in a frame of so many pixels."""
    mesh = actor.mesh
    eye_deg = (_turned(mesh.left_eye) + _turned(mesh.right_eye)) / 2
    if abs(mesh.yaw_deg + eye_deg) < _AT_THE_LENS_DEG:
        eye_deg = -mesh.yaw_deg
    eyes = (mesh.left_eye.iris_centre_2 + mesh.right_eye.iris_centre_2) / 2
    at = eyes @ stand.affine[:, :2].T + stand.affine[:, 2]
    face_px = mesh.height_px * stand.scale
    x, y = at / face_px
    frame_2 = (width / face_px, height / face_px)
    return Performer(actor.rig.own, mesh.yaw_deg, mesh.pitch_deg, eye_deg, float(x), float(y), frame_2, actor.reach)


def _turned(eye: Eye) -> float:
    """Degrees, from where the iris is between the eye's corners."""
    left, right = eye.upper_lid_N2[0], eye.upper_lid_N2[-1]
    along = right - left
    width = float(np.linalg.norm(along))
    off = float((eye.iris_centre_2 - (left + right) / 2) @ along) / width**2
    return float(np.degrees(np.arcsin(np.clip(off / BALL_RADIUS, -0.9, 0.9))))
