"""A plate in layers: a camera that travels moves near sheets more than far ones; one that turns moves all alike."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import cv2
import numpy as np

from inference.motion.backdrops.canvas import Canvas, Layer, to_rgb8
from inference.motion.backdrops.drawn import paint_layers
from inference.motion.camera import compose, lift_share, see_layer
from inference.motion.models import Floats, Rgb
from inference.motion.plate import soft_behind
from inference.motion.resampling import colours_of, opaque, warp_picture
from inference.protocol import Framing

# The closer the shot, the longer the lens: less of the place behind the person, and less of it in focus.
_ENLARGED: dict[Framing, float] = {"ecu": 1.45, "cu": 1.2, "mcu": 1.1, "ms": 1.0, "ws": 1.0}
_FAR_PX = 100_000


@dataclass(frozen=True)
class Sheet:
    """A layer as it is drawn, with its alpha.

    corners_42: of the part that shows anything, pixels; it goes on for ever where it touches the sheet's edge. None for
    the one behind all others, which is opaque.
    """

    depth: float
    rgba_HW4: Rgb
    corners_42: Floats | None


class LayeredPlate:
    """Sheets from far to near; `to_frame` maps their pixels to the frame at rest.

    It remembers the last view, for most shots have a still camera.
    """

    def __init__(self, sheets: list[Sheet], to_frame: Floats) -> None:
        self._sheets = sheets
        self._to_frame = to_frame
        self._seen: tuple[bytes, Rgb] | None = None

    def draw(self, camera_P: Floats, lift_px: float, width: int, height: int) -> Rgb:
        """The backdrop as the camera sees it, `lift_px` lower. The caller must not write into the result."""
        cameras = []
        for sheet in self._sheets:
            camera = see_layer(camera_P, sheet.depth, width, height)
            camera[1, 2] += lift_px * lift_share(sheet.depth)
            cameras.append(camera)
        key = np.stack(cameras).tobytes()
        if self._seen is None or self._seen[0] != key:
            self._seen = (key, self._compose(cameras, width, height))
        return self._seen[1]

    def _compose(self, cameras: list[Floats], width: int, height: int) -> Rgb:
        seen: Rgb | None = None
        for sheet, camera in zip(self._sheets, cameras, strict=True):
            affine = compose(camera, self._to_frame)
            if seen is None or sheet.corners_42 is None:
                seen = colours_of(warp_picture(sheet.rgba_HW4, affine, width, height))
                continue
            left, top, right, low = _seen_part(sheet.corners_42, affine, width, height)
            if right <= left or low <= top:
                continue
            affine[:, 2] -= (left, top)
            drawn = warp_picture(sheet.rgba_HW4, affine, right - left, low - top)
            alpha = cv2.extractChannel(drawn, 3).astype(np.float32) * np.float32(1 / 255)
            behind = np.ascontiguousarray(seen[top:low, left:right])
            seen[top:low, left:right] = cv2.blendLinear(colours_of(drawn), behind, alpha, 1 - alpha)
        assert seen is not None, "a backdrop has a layer"
        return seen


@functools.lru_cache(maxsize=2)  # takes of one scene follow one another
def backdrop_plate(name: str, framing: Framing, width: int, height: int) -> LayeredPlate:
    """A backdrop for a shot, painted once."""
    canvas, layers = paint_layers(name, width, height)
    scale = _ENLARGED[framing] / canvas.scale
    centre = np.array([(canvas.width - 1) / 2, (canvas.height - 1) / 2])
    offset = np.array([(width - 1) / 2, (height - 1) / 2]) - scale * centre
    to_frame = np.array([[scale, 0, offset[0]], [0, scale, offset[1]]])
    focus = functools.partial(_focus, canvas, soft_behind(framing))
    return LayeredPlate(list(map(focus, layers)), to_frame)  # none is held while the next one is painted


def _focus(canvas: Canvas, sigma: float, layer: Layer) -> Sheet:
    """The sheet as a lens shows it that is focused on the person."""
    if layer.alpha_HW is None:
        return Sheet(layer.depth, opaque(to_rgb8(canvas.blur(layer.rgb_HW3, sigma) if sigma else layer.rgb_HW3)), None)
    rgb_HW3, alpha_HW = layer.rgb_HW3, layer.alpha_HW.astype(np.float32)
    spread = max(sigma, 2 / canvas.unit_px)  # colours reach a little past the edge, for the interpolation
    around_HW = canvas.blur(alpha_HW, spread)
    own_HW3 = canvas.blur(rgb_HW3 * alpha_HW[..., None], spread) / np.maximum(around_HW, 1e-4)[..., None]
    if sigma:
        rgb_HW3, alpha_HW = own_HW3, around_HW
    else:
        rgb_HW3 = own_HW3 + (rgb_HW3 - own_HW3) * (alpha_HW > 0)[..., None]
    shown = np.round(alpha_HW * 255).astype(np.uint8)
    return Sheet(layer.depth, np.dstack([to_rgb8(np.clip(rgb_HW3, 0, 1)), shown]), _corners(shown))


def _corners(alpha_HW: Rgb) -> Floats:
    """Around everything that shows, [4, 2]; a side on the sheet's edge is moved far out."""
    height, width = alpha_HW.shape
    ends = []
    for axis, size in ((0, width), (1, height)):
        shown = np.flatnonzero(alpha_HW.max(axis=axis))
        low, high = (int(shown[0]) - 1, int(shown[-1]) + 1) if len(shown) else (0, 0)
        ends.append((low if low > 0 else -_FAR_PX, high if high < size - 1 else _FAR_PX))
    (left, right), (top, bottom) = ends
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64)


def _seen_part(corners_42: Floats, affine: Floats, width: int, height: int) -> tuple[int, int, int, int]:
    """Left, top, right and lower end of the frame's part in which a sheet with these corners can show."""
    at_42 = corners_42 @ affine[:, :2].T + affine[:, 2]
    left, top = np.clip(np.floor(at_42.min(axis=0)), 0, [width, height]).astype(int)
    right, low = np.clip(np.ceil(at_42.max(axis=0)) + 1, 0, [width, height]).astype(int)
    return int(left), int(top), int(right), int(low)
