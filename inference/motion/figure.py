"""An actor at the size of its shot: texture, eyes and mouth at the right resolution, drawn into a frame.

One backward map per frame says where in the photo each pixel comes from (camera, placement, head, lips and lids
composed), so the photo is sampled once and stays sharp; eyeballs and the inside of the mouth are laid over it.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import cv2
import numpy as np

from inference.motion.actor import Actor
from inference.motion.camera import compose, invert
from inference.motion.eye_paint import EyePainter, prepare_eye
from inference.motion.eyes import EyePose, LidView, lay_eye, view_eye
from inference.motion.far_side import FarTexture, paint_far_side
from inference.motion.light import Light, wrap
from inference.motion.models import Floats, Rgb
from inference.motion.mouth import MouthPainter, MouthPose, MouthView, prepare_mouth, view_mouth
from inference.motion.outpaint import extend_person
from inference.motion.parameters import INDEX
from inference.motion.warp import Warp, parting, sample_grid, warp_head

_FINER_THAN_FRAME = 1.5  # texture pixels per frame pixel at rest: room for a camera that moves in
_MAX_ENLARGEMENT = 2.2
_MAX_TEXTURE_PX = 4096
_SHOWN_BELOW = 0.05  # of the photo's height: so far below its edge the continued chest may be seen
_SWINGS = 0.5  # of the head's width: so far outside its outline in the photo a turned head may reach
_TRACE = 0.08  # of alpha, at an edge
_EYE_CHANNELS = ("blink", "gaze_x", "gaze_y", "lid_upper", "lid_lower")  # as EyePose has them


@dataclass(frozen=True)
class Window:
    """A rectangle of the frame, pixels."""

    x: int
    y: int
    width: int
    height: int

    @property
    def rows_columns(self) -> tuple[slice, slice]:
        return slice(self.y, self.y + self.height), slice(self.x, self.x + self.width)

    def part(self, rows_columns: tuple[slice, slice]) -> Window:
        """A rectangle inside this one, given by its own rows and columns."""
        rows, columns = rows_columns
        return Window(self.x + columns.start, self.y + rows.start, columns.stop - columns.start, rows.stop - rows.start)


@dataclass(frozen=True)
class Figure:
    """rgba: the extended person; texture = (photo + corner + 0.5) × finer - 0.5.

    foot_22: the two ends, in photo pixels, of the lowest line of the person that may be shown. wrapped: whether light
    from behind comes round the edges, as it has done already before the photo's own background. outline_42: corners
    around all of the person, photo pixels.
    """

    actor: Actor
    rgba: Rgb
    corner_2: Floats
    finer: float
    eyes: tuple[EyePainter, EyePainter]
    mouth: MouthPainter
    far_side: FarTexture | None
    foot_22: Floats
    wrapped: bool
    outline_42: Floats

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
        window = self._reach(photo_to_frame, Window(0, 0, frame.shape[1], frame.shape[0]))
        if window is None:
            return frame
        to_window = compose(np.array([[1.0, 0, -window.x], [0, 1.0, -window.y]]), photo_to_frame)
        seen = frame.copy()
        behind = np.ascontiguousarray(frame[window.rows_columns])
        seen[window.rows_columns] = self._draw(behind, to_window, params_P, frame.shape[0])
        return seen

    def _reach(self, photo_to_frame: Floats, frame: Window) -> Window | None:
        """Where in the frame the person can be, however the head is turned."""
        outwards = np.sign(self.outline_42 - self.outline_42.mean(axis=0))
        reached_42 = self.outline_42 + _SWINGS * self.actor.head.width_px * outwards
        return _window_around(reached_42, photo_to_frame, frame)

    def _draw(self, frame: Rgb, photo_to_frame: Floats, params_P: Floats, frame_height: int) -> Rgb:
        height, width = frame.shape[:2]
        warp = warp_head(self.actor.head, self.actor.rig, params_P)
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
        alpha = cv2.extractChannel(drawn, 3).astype(np.float32) * np.float32(1 / 255)
        if self.wrapped:
            rgb = wrap(rgb, alpha, frame, frame_height)
        blended: Rgb = cv2.blendLinear(rgb, frame, alpha, 1 - alpha)
        return blended

    def _sources(self, field_HW2: Floats, frame_to_photo: Floats, window: Window) -> Floats:
        """Photo points [h, w, 2] of the window's pixels by one side of the warp."""
        shift = np.array([[1.0, 0, window.x], [0, 1.0, window.y]])
        window_to_photo = compose(frame_to_photo, shift)
        to_grid = compose(self.actor.head.grid.to_grid(), window_to_photo)
        source: Floats = cv2.warpAffine(
            field_HW2, to_grid, (window.width, window.height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        )
        source += _straight(window_to_photo.tobytes(), window.width, window.height)
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
        window = _window_around(moved, photo_to_frame, frame)
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
        window = _window_around(moved, photo_to_frame, frame)
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
        window = _window_around(
            outline + sample_grid(warp.forward_HW2, self.actor.head, outline), photo_to_frame, frame
        )
        if window is None:
            return None
        scale = float(np.hypot(photo_to_frame[0, 0], photo_to_frame[1, 0]))
        view = view_eye(eye, source[window.rows_columns], pose, eye.width_px * scale)
        source[window.rows_columns] = view.skin_HW2
        return window, eye, view


@functools.lru_cache(maxsize=4)
def _straight(affine_bytes: bytes, width: int, height: int) -> Floats:
    """Where every pixel of a window lies under a [2, 3] affine map (float64 bytes, so that a still camera is kept)."""
    affine = np.frombuffer(affine_bytes, np.float64).reshape(2, 3)
    across = np.arange(width, dtype=np.float32)
    down = np.arange(height, dtype=np.float32)[:, None]
    straight = np.empty((height, width, 2), np.float32)
    for axis in (0, 1):
        a, b, c = (np.float32(value) for value in affine[axis])
        straight[..., axis] = a * across + (b * down + c)
    return straight


def prepare_figure(actor: Actor, scale: float, light: Light | None = None) -> Figure:
    """Make the textures of an actor that stands in the frame at `scale` frame pixels per photo pixel.

    `light`: of a plate that is not the photo's own.
    """
    extended = extend_person(actor.cutout.person_rgb, actor.cutout.alpha_HW)
    rgba = np.dstack(
        [
            _lit(extended.rgb, actor, light, extended.corner_xy[0]),
            np.round(_drawn_in(extended.alpha_HW, light) * 255).astype(np.uint8),
        ]
    )
    finer = min(_FINER_THAN_FRAME * scale, _MAX_ENLARGEMENT, _MAX_TEXTURE_PX / max(rgba.shape[:2]))
    texture = _resize(rgba, finer)
    # The texture's true scale after rounding to whole pixels differs by under one pixel over its whole width.
    corner = np.array(extended.corner_xy, np.float32)
    rgb = np.ascontiguousarray(texture[..., :3])
    left, right = (prepare_eye(eye, rgb, -corner, finer) for eye in (actor.mesh.left_eye, actor.mesh.right_eye))
    mouth = prepare_mouth(actor.mesh, _lit(actor.photo_rgb, actor, light, 0))
    far = None if actor.far_side is None else paint_far_side(actor.far_side, actor.head, rgb, corner, finer)
    return Figure(
        actor,
        texture,
        corner,
        finer,
        (left, right),
        mouth,
        far,
        _foot(actor, extended.alpha_HW, corner),
        light is not None,
        _outline(extended.alpha_HW, corner),
    )


def _lit(rgb_HW3: Rgb, actor: Actor, light: Light | None, left_px: int) -> Rgb:
    """`left_px`: columns that the picture has left of the photo."""
    if light is None:
        return rgb_HW3
    return light.fall_on(rgb_HW3, left_px + float(actor.face_centre_2[0]), 0.8 * actor.head.width_px)


def _drawn_in(alpha_HW: Floats, light: Light | None) -> Floats:
    """Before a plate of another light the outermost pixels, which keep a trace of the photo's own, are left out."""
    return alpha_HW if light is None else np.clip((alpha_HW - _TRACE) / (1 - 1.3 * _TRACE), 0, 1)


def _foot(actor: Actor, alpha_HW: Floats, corner_2: Floats) -> Floats:
    """The line a little below the photo's lower edge, where the person is still continued plausibly."""
    height = actor.photo_rgb.shape[0]
    row = height * (1 + _SHOWN_BELOW) - 1
    columns = np.flatnonzero(alpha_HW[round(corner_2[1] + height - 1)] > 0.5)
    ends = (columns[0], columns[-1]) if len(columns) else (0, 0)
    return np.array([[x - corner_2[0], row] for x in ends], np.float32)


def _outline(alpha_HW: Floats, corner_2: Floats) -> Floats:
    """Corners [4, 2] around all that shows, photo pixels."""
    ends = []
    for axis in (0, 1):
        shown = np.flatnonzero(alpha_HW.max(axis=axis) > 0)
        ends.append((shown[0] - 1, shown[-1] + 1) if len(shown) else (0, 0))
    (left, right), (top, bottom) = ends
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32) - corner_2


def _resize(rgba: Rgb, finer: float) -> Rgb:
    height, width = rgba.shape[:2]
    size = (round(width * finer), round(height * finer))
    affine = np.array([[finer, 0, 0.5 * finer - 0.5], [0, finer, 0.5 * finer - 0.5]])
    if finer < 1:
        rgba = cv2.GaussianBlur(rgba, (0, 0), 0.45 / finer)
    resized: Rgb = cv2.warpAffine(rgba, affine, size, flags=cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE)
    return resized


def _window_around(points_N2: Floats, photo_to_frame: Floats, frame: Window) -> Window | None:
    """The whole-pixel rectangle around photo points, with a margin, inside the frame; None when it is outside."""
    at = points_N2 @ photo_to_frame[:, :2].T + photo_to_frame[:, 2]
    margin = 3
    low = np.maximum(np.floor(at.min(axis=0)).astype(int) - margin, 0)
    high = np.minimum(np.ceil(at.max(axis=0)).astype(int) + margin + 1, [frame.width, frame.height])
    if (high - low < 2).any():
        return None
    return Window(int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1]))


def _lay_eye(rgb: Rgb, window: Window, eye: EyePainter, view: LidView) -> None:
    seen = lay_eye(rgb[window.rows_columns].astype(np.float32), eye, view)
    rgb[window.rows_columns] = np.clip(np.round(seen), 0, 255).astype(np.uint8)


def _lay_over(rgb: Rgb, window: Window, over_HW3: Floats, shown_HW: Floats) -> None:
    below = rgb[window.rows_columns].astype(np.float32)
    mixed = below + (over_HW3 - below) * shown_HW[..., None]
    rgb[window.rows_columns] = np.clip(np.round(mixed), 0, 255).astype(np.uint8)
