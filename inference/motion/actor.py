"""An actor: everything that the reference photo alone decides, prepared once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from inference.motion.far_side import FarSide, find_far_side
from inference.motion.hairline import measure_face
from inference.motion.head import Head, shape_head
from inference.motion.key_points import rest_shoulders
from inference.motion.matte import CutOut, cut_out
from inference.motion.mesh import FaceMesh, NoFaceInPhoto, fit_mesh
from inference.motion.models import FaceModels, Floats, Rgb
from inference.motion.parameters import INDEX, NAMES, Track, clamp
from inference.motion.rig import Rig, build_rig
from inference.motion.warp import Posed
from inference.protocol import Box
from inference.protocol.turning import ONE_PHOTO_DEG, Reach, reach_of

FindFace = Callable[[Rgb], Box | None]
HONEST_LIMIT_DEG = ONE_PHOTO_DEG
_GOES_OVER_DEG = 3.5  # to either side of the middle between two photos
_BAND = 0.6  # of the head, that is going over at once


@dataclass(frozen=True)
class Actor:
    """A cut-out person with a head that can be acted. Coordinates are pixels of the photo.

    sides: other photos of the same person, one a side at most, that show what this one hides.
    """

    photo_rgb: Rgb
    cutout: CutOut
    mesh: FaceMesh
    head: Head
    rig: Rig
    far_side: FarSide | None
    sides: tuple[SideView, ...] = ()

    @property
    def reach(self) -> Reach:
        """How far the head may be seen turned."""
        return reach_of([view.actor.mesh.yaw_deg for view in self.sides])

    @cached_property
    def face_px(self) -> float:
        """From the chin to the hairline."""
        return measure_face(self.photo_rgb, self.mesh)

    @property
    def head_px(self) -> float:
        """How large the head is, by the mesh's height and width: no hair changes them."""
        return float(np.sqrt(self.mesh.height_px * self.mesh.width_px))

    @property
    def face_centre_2(self) -> Floats:
        """Middle between hair line and chin."""
        points: Floats = self.mesh.points_N3[[10, 152], :2].mean(axis=0)
        return points

    @property
    def shoulders_22(self) -> Floats:
        """Where people have them under such a face."""
        return rest_shoulders(self.mesh.points_N3)

    def clamp(self, track_FP: Track) -> tuple[Track, tuple[str, ...]]:
        """The track as it can be drawn, and the channels that were beyond it by over 2% of their range.

        Channels are relative to the photo; a photo that is already turned leaves less room on that side, for the
        pose itself stays within ±26° (of yaw and pitch; roll is a turn of the picture and has no such limit), or as far
        as photos of its sides show it.
        """
        legal_FP, beyond = clamp(track_FP)
        names = set(beyond)
        if self.sides:
            legal_FP[:, INDEX["yaw"]] = track_FP[:, INDEX["yaw"]]
            names.discard("yaw")
        pitch = Reach(-HONEST_LIMIT_DEG, HONEST_LIMIT_DEG)
        for name, own_deg, reach in (("yaw", self.mesh.yaw_deg, self.reach), ("pitch", self.mesh.pitch_deg, pitch)):
            channel = legal_FP[:, INDEX[name]]
            held = np.clip(channel, min(0.0, reach.left - own_deg), max(0.0, reach.right - own_deg))
            if np.abs(held - channel).max() > 1.0:
                names.add(name)
            legal_FP[:, INDEX[name]] = held
        return legal_FP, tuple(name for name in NAMES if name in names)

    def within_one_photo(self, params_P: Floats) -> Floats:
        """One frame's parameters with the head turned no farther than this photo alone shows."""
        held_P = params_P.copy()
        own_deg, yaw = self.mesh.yaw_deg, INDEX["yaw"]
        held_P[yaw] = np.clip(held_P[yaw], min(0.0, -ONE_PHOTO_DEG - own_deg), max(0.0, ONE_PHOTO_DEG - own_deg))
        return held_P


@dataclass(frozen=True)
class SideView:
    """actor: of the other photo, about the point that the first one's head turns about, in the first one's light.

    to_photo: [2, 3] from its pixels to the first photo's. turned_33: from how the first photo holds the head to how
    this one does, less `to_photo`'s own turn. towards_HW3: skin fields that carry this photo's shape onto the first
    one's; from_first_HW3: the first one's onto this one's, on its grid. across_HW: on that grid, where across the head
    a node is, -0.5 to 0.5. side: -1 where it shows the viewer's left turn.
    """

    actor: Actor
    to_photo: Floats
    turned_33: Floats
    in_plane_33: Floats
    towards_HW3: Floats
    from_first_HW3: Floats
    across_HW: Floats
    side: int
    goes_over_deg: float

    def share(self, yaw_deg: float) -> float:
        """How much of this photo is seen, 0..1, of a head turned by `yaw_deg` from the camera."""
        t = float(np.clip(0.5 + (self.side * yaw_deg - self.goes_over_deg) / (2 * _GOES_OVER_DEG), 0, 1))
        return t * t * (3 - 2 * t)

    def over(self, share: float) -> Floats:
        """[H, W] on the first photo's grid, how much of this one is seen where: what a turn reveals comes first, the
        other side of the head last, so that hair that hangs otherwise is not seen through.
        """
        across = self.side * self.across_HW
        t = np.clip((share * (1 + _BAND) - 0.5 - across) / _BAND, 0, 1)
        over: Floats = (t * t * (3 - 2 * t)).astype(np.float32)
        return over

    def posed(self, turn_33: Floats, share: float) -> Posed:
        """How this photo's head is moved, where the first one's is turned by `turn_33`."""
        turn = self.in_plane_33.T @ turn_33 @ self.in_plane_33 @ self.turned_33
        return Posed(turn.astype(np.float32), (1 - share) * self.towards_HW3)

    @property
    def scale(self) -> float:
        """Pixels of the first photo for one of this."""
        return float(np.hypot(self.to_photo[0, 0], self.to_photo[1, 0]))


def prepare_actor(
    models: FaceModels, rgb_HWC_uint8: Rgb, face_box: Box | None, find_face: FindFace | None = None
) -> Actor:
    """Read the photo once: mesh, eyes, relief, expressions, matte and the filled plate behind the person.

    `find_face` is asked where the face is when `face_box` is None. Raises NoFaceInPhoto.
    """
    box = face_box if face_box is not None or find_face is None else find_face(rgb_HWC_uint8)
    if box is None:
        raise NoFaceInPhoto("no face was found in the reference photo")
    mesh = fit_mesh(models, rgb_HWC_uint8, box)
    cutout = cut_out(models, rgb_HWC_uint8, mesh.points_N3[:, :2])
    head = shape_head(mesh, cutout.alpha_HW)
    return Actor(
        photo_rgb=rgb_HWC_uint8,
        cutout=cutout,
        mesh=mesh,
        head=head,
        rig=build_rig(mesh, head),
        far_side=find_far_side(mesh, head),
    )
