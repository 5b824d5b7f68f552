"""An actor at the size of its shot: texture, eyes and mouth at the right resolution, drawn into a frame.

One backward map per frame says where in the photo each pixel comes from (camera, placement, head, lips and lids
composed), so the photo is sampled once and stays sharp; eyeballs and the inside of the mouth are laid over it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from inference.motion.actor import Actor, SideView
from inference.motion.camera import compose, invert
from inference.motion.eye_paint import EyePainter, prepare_eye
from inference.motion.eyes import EyePose, LidView, lay_eye, view_eye
from inference.motion.far_side import FarTexture, paint_far_side
from inference.motion.light import Light, shade, wrap
from inference.motion.models import Floats, Rgb
from inference.motion.mouth import MouthPainter, MouthPose, MouthView, prepare_mouth, view_mouth
from inference.motion.one_contour import go_over
from inference.motion.outpaint import extend_person
from inference.motion.parameters import INDEX
from inference.motion.resampling import warp_field
from inference.motion.textures import drawn_in, foot, lit, outline, resize
from inference.motion.warp import Posed, Warp, parting, sample_grid, turn_of, warp_head
from inference.motion.window import Window, straight, window_around

_FINER_THAN_FRAME = 1.5  # texture pixels per frame pixel at rest: room for a camera that moves in
_MAX_ENLARGEMENT = 2.2
_MAX_TEXTURE_PX = 4096
_SWINGS = 0.5  # of the head's width: so far outside its outline in the photo a turned head may reach
_BREATH = 0.006  # of the face's height, that a quiet breath lifts the shoulders from their middle
_NECK = (0.3, 0.7)  # of rigidity: below it the body's photo is drawn, above it the head's
_EYE_CHANNELS = ("blink", "gaze_x", "gaze_y", "lid_upper", "lid_lower")  # as EyePose has them


@dataclass(frozen=True)
class Figure:
    """rgba: the extended person; texture = (photo + corner + 0.5) × finer - 0.5.

    foot_22: the two ends, in photo pixels, of the lowest line of the person that may be shown. light: of a
    plate behind; None before the photo's own background, which has lit the person already. outline_42: corners
    around all of the person, photo pixels. sides: of photos that show the head turned farther.
    """

    actor: Actor
    rgba: Rgb
    corner_2: Floats
    finer: float
    eyes: tuple[EyePainter, EyePainter]
    mouth: MouthPainter
    far_side: FarTexture | None
    foot_22: Floats
    light: Light | None
    outline_42: Floats
    sides: tuple[SideFigure, ...] = ()

    def rows_missing(self, photo_to_frame: Floats, width: int, height: int) -> float:
        """By how many rows the person's lower edge would be seen above the frame's bottom; 0 when it is not."""
        (x0, y0), (x1, y1) = self.foot_22 @ photo_to_frame[:, :2].T + photo_to_frame[:, 2]
        if x1 - x0 < 1:
            return 0.0
        seen = np.clip([x0, x1], 0, width)
        rows = y0 + (seen - x0) * (y1 - y0) / (x1 - x0)
        return float(max(0.0, height - rows.min()))

    def draw(self, frame: Rgb, photo_to_frame: Floats, params_P: Floats) -> Rgb:
        """The frame with this person in front of what is there, as the clamped parameters say."""
        photo_to_frame = self._breathing(photo_to_frame, params_P)
        window = self._reach(photo_to_frame, Window(0, 0, frame.shape[1], frame.shape[0]))
        if window is None:
            return frame
        to_window = compose(np.array([[1.0, 0, -window.x], [0, 1.0, -window.y]]), photo_to_frame)
        seen = frame.copy()
        behind = np.ascontiguousarray(frame[window.rows_columns])
        seen[window.rows_columns] = self._draw(behind, to_window, params_P, frame.shape[0])
        return seen

    def _breathing(self, photo_to_frame: Floats, params_P: Floats) -> Floats:
        """Shoulders rise with the breath, and neck and head on them; what is below them is out of sight."""
        if not (breath := float(params_P[INDEX["breath"]])):
            return photo_to_frame
        risen = _BREATH * self.actor.mesh.height_px * breath
        return compose(photo_to_frame, np.array([[1.0, 0, 0], [0, 1.0, -risen]]))

    def _reach(self, photo_to_frame: Floats, frame: Window) -> Window | None:
        """Where in the frame the person can be, however the head is turned."""
        outwards = np.sign(self.outline_42 - self.outline_42.mean(axis=0))
        reached_42 = self.outline_42 + _SWINGS * self.actor.head.width_px * outwards
        return window_around(reached_42, photo_to_frame, frame)

    def _draw(self, frame: Rgb, photo_to_frame: Floats, params_P: Floats, frame_height: int) -> Rgb:
        rgb, alpha = self._look(frame.shape[1], frame.shape[0], photo_to_frame, params_P)
        if self.light is not None:
            rgb = wrap(rgb, alpha, frame, frame_height)
            if self.light.shadow:
                frame = shade(frame, alpha, self.light, frame_height)
        blended: Rgb = cv2.blendLinear(rgb, frame, alpha, 1 - alpha)
        return blended

    def _look(self, width: int, height: int, photo_to_frame: Floats, params_P: Floats) -> tuple[Rgb, Floats]:
        """The person and its alpha, by the photos that show its head as it is turned."""
        yaw_deg = self.actor.mesh.yaw_deg + float(params_P[INDEX["yaw"]])
        seen = [(side, share) for side in self.sides if (share := side.view.share(yaw_deg)) > 0]
        if not seen:
            return self._paint(width, height, photo_to_frame, params_P)
        side, share = seen[0]
        turn_33 = turn_of(self.actor.head, params_P)
        own_P = self.actor.within_one_photo(params_P)
        own = Posed(turn_of(self.actor.head, own_P), share * side.view.from_first_HW3)
        rgb, alpha = self._paint(width, height, photo_to_frame, own_P, own)
        theirs_P = params_P.copy()
        theirs_P[INDEX["yaw"]] = yaw_deg - side.view.actor.mesh.yaw_deg
        over, over_alpha = side.figure._paint(
            width, height, compose(photo_to_frame, side.view.to_photo), theirs_P, side.view.posed(turn_33, share)
        )
        return go_over(rgb, alpha, over, over_alpha, self._head(side.view.over(share), width, height, photo_to_frame))

    def _head(self, over_HW: Floats, width: int, height: int, photo_to_frame: Floats) -> Floats:
        """What is said on the head's grid as the window sees it, 0 where the picture is the body's."""
        to_window = compose(photo_to_frame, invert(self.actor.head.grid.to_grid()))
        low, high = _NECK
        head = over_HW * np.clip((self.actor.head.rigid_HW - low) / (high - low), 0, 1)
        seen: Floats = cv2.warpAffine(head, to_window, (width, height), flags=cv2.INTER_LINEAR)
        return seen

    def _paint(
        self, width: int, height: int, photo_to_frame: Floats, params_P: Floats, posed: Posed | None = None
    ) -> tuple[Rgb, Floats]:
        """What this photo alone shows, and its alpha."""
        warp = warp_head(self.actor.head, self.actor.rig, params_P, posed)
        frame_to_photo = invert(photo_to_frame)
        window = Window(0, 0, width, height)
        source = self._sources(warp.skull_HW2, frame_to_photo, window)
        mouth = self._open_mouth(source, warp, photo_to_frame, params_P, window)
        eyes = [self._move_lids(source, eye, warp, photo_to_frame, params_P, window) for eye in self.eyes]
        at = self._texture_at(source)
        drawn = cv2.remap(self.rgba, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
        rgb = cv2.cvtColor(drawn, cv2.COLOR_RGBA2RGB)
        self._lay_far_side(rgb, source, warp, photo_to_frame, float(params_P[INDEX["yaw"]]), window)
        if mouth is not None:
            self._lay_mouth(rgb, *mouth)
        for laid in eyes:
            if laid is not None:
                _lay_eye(rgb, *laid)
        return rgb, cv2.extractChannel(drawn, 3).astype(np.float32) * np.float32(1 / 255)

    def _sources(self, field_HW2: Floats, frame_to_photo: Floats, window: Window) -> Floats:
        """Photo points [h, w, 2] of the window's pixels by one side of the warp."""
        shift = np.array([[1.0, 0, window.x], [0, 1.0, window.y]])
        window_to_photo = compose(frame_to_photo, shift)
        to_grid = compose(self.actor.head.grid.to_grid(), window_to_photo)
        source: Floats = warp_field(field_HW2, to_grid, window.width, window.height)
        source += straight(window_to_photo.tobytes(), window.width, window.height)
        return source

    def _texture_at(self, photo_HW2: Floats) -> Floats:
        shift = (self.corner_2 + 0.5) * self.finer - 0.5
        at: Floats = cv2.transform(photo_HW2, np.array([[self.finer, 0, shift[0]], [0, self.finer, shift[1]]]))
        return at

    def _lay_far_side(
        self, rgb: Rgb, source: Floats, warp: Warp, photo_to_frame: Floats, yaw_deg: float, frame: Window
    ) -> None:
        side = self.actor.far_side
        if side is None or self.far_side is None or (shown := side.shown(yaw_deg)) == 0:
            return
        outline = self.far_side.outline()
        moved = outline + sample_grid(warp.forward_HW2, self.actor.head, outline)
        window = window_around(moved, photo_to_frame, frame)
        if window is None:
            return
        over = self.far_side.sample(source[window.rows_columns])
        _lay_over(rgb, window, over[..., :3].astype(np.float32), over[..., 3] * np.float32(shown / 255))

    def _open_mouth(
        self, source: Floats, warp: Warp, photo_to_frame: Floats, params_P: Floats, frame: Window
    ) -> tuple[Window, MouthView, Floats] | None:
        if (parted := parting(params_P)) <= 0:
            return None
        outline = self.mouth.outline()
        moved = np.vstack([
            outline + sample_grid(field, self.actor.head, outline) for field in (warp.forward_HW2, warp.forward_jaw_HW2)
        ])  # fmt: skip
        window = window_around(moved, photo_to_frame, frame)
        if window is None:
            return None
        skull = source[window.rows_columns].copy()
        by_jaw = self._sources(warp.jaw_HW2, invert(photo_to_frame), window)
        scale = float(np.hypot(photo_to_frame[0, 0], photo_to_frame[1, 0]))
        pose = MouthPose(
            float(params_P[INDEX["jaw"]]), parted, float(params_P[INDEX["upper_lip"]]), float(params_P[INDEX["tongue"]])
        )
        view = view_mouth(self.mouth, skull, by_jaw, pose, self.mouth.width_px * scale)
        source[window.rows_columns] = view.skin_HW2
        return window, view, skull

    def _lay_mouth(self, rgb: Rgb, window: Window, view: MouthView, skull_HW2: Floats) -> None:
        inside = view.inside_rgb_HW3
        if self.mouth.shows_teeth:
            at = self._texture_at(skull_HW2[view.hollow])
            own = cv2.remap(self.rgba, at, None, cv2.INTER_LINEAR)[..., :3].astype(np.float32)
            inside = inside + (own - inside) * view.own_teeth_HW[..., None]
        _lay_over(rgb, window.part(view.hollow), inside, view.shown_HW)

    def _move_lids(
        self, source: Floats, eye: EyePainter, warp: Warp, photo_to_frame: Floats, params_P: Floats, frame: Window
    ) -> tuple[Window, EyePainter, LidView] | None:
        pose = EyePose(*(float(params_P[INDEX[name]]) for name in _EYE_CHANNELS))
        if pose.rests:
            return None
        outline = eye.outline()
        window = window_around(outline + sample_grid(warp.forward_HW2, self.actor.head, outline), photo_to_frame, frame)
        if window is None:
            return None
        scale = float(np.hypot(photo_to_frame[0, 0], photo_to_frame[1, 0]))
        view = view_eye(eye, source[window.rows_columns], pose, eye.width_px * scale)
        source[window.rows_columns] = view.skin_HW2
        return window, eye, view


@dataclass(frozen=True)
class SideFigure:
    """A photo of a side, at the size of the shot."""

    view: SideView
    figure: Figure


def prepare_figure(actor: Actor, scale: float, light: Light | None = None) -> Figure:
    """Make the textures of an actor that stands in the frame at `scale` frame pixels per photo pixel.

    `light`: of a plate that is not the photo's own.
    """
    extended = extend_person(actor.cutout.person_rgb, actor.cutout.alpha_HW)
    rgba = np.dstack(
        [
            lit(extended.rgb, actor, light, extended.corner_xy[0]),
            np.round(drawn_in(extended.alpha_HW, light) * 255).astype(np.uint8),
        ]
    )
    finer = min(_FINER_THAN_FRAME * scale, _MAX_ENLARGEMENT, _MAX_TEXTURE_PX / max(rgba.shape[:2]))
    texture = resize(rgba, finer)
    # The texture's true scale after rounding to whole pixels differs by under one pixel over its whole width.
    corner = np.array(extended.corner_xy, np.float32)
    rgb = np.ascontiguousarray(texture[..., :3])
    left, right = (prepare_eye(eye, rgb, -corner, finer) for eye in (actor.mesh.left_eye, actor.mesh.right_eye))
    mouth = prepare_mouth(actor.mesh, lit(actor.photo_rgb, actor, light, 0))
    far = None if actor.far_side is None else paint_far_side(actor.far_side, actor.head, rgb, corner, finer)
    return Figure(
        actor,
        texture,
        corner,
        finer,
        (left, right),
        mouth,
        far,
        foot(actor, extended.alpha_HW, corner),
        light,
        outline(extended.alpha_HW, corner),
        tuple(SideFigure(view, prepare_figure(view.actor, scale * view.scale, light)) for view in actor.sides),
    )


def _lay_eye(rgb: Rgb, window: Window, eye: EyePainter, view: LidView) -> None:
    seen = lay_eye(rgb[window.rows_columns].astype(np.float32), eye, view)
    rgb[window.rows_columns] = np.clip(np.round(seen), 0, 255).astype(np.uint8)


def _lay_over(rgb: Rgb, window: Window, over_HW3: Floats, shown_HW: Floats) -> None:
    below = rgb[window.rows_columns].astype(np.float32)
    mixed = below + (over_HW3 - below) * shown_HW[..., None]
    rgb[window.rows_columns] = np.clip(np.round(mixed), 0, 255).astype(np.uint8)
