"""A plate in layers: a camera that travels or turns moves near sheets more than far ones."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import cv2
import numpy as np

from inference.motion.backdrops.canvas import Canvas, Layer, to_rgb8
from inference.motion.backdrops.drawn import paint_layers
from inference.motion.camera import compose, see_layer, slide_share
from inference.motion.models import Floats, Rgb
from inference.protocol import Framing

# The closer the shot, the longer the lens: less of the place behind the person, and less of it in focus.
_ENLARGED: dict[Framing, float] = {"ecu": 1.45, "cu": 1.2, "ms": 1.0, "ws": 1.0}
_SOFT: dict[Framing, float] = {"ecu": 0.011, "cu": 0.0045, "ms": 0.0022, "ws": 0.0}  # sigma, frame heights


@dataclass(frozen=True)
class Sheet:
    """A layer as it is drawn. alpha_HW: None for the one behind all others."""

    depth: float
    rgb_HW3: Rgb
    alpha_HW: Rgb | None


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
            camera[1, 2] += lift_px * slide_share(sheet.depth)
            cameras.append(camera)
        key = np.stack(cameras).tobytes()
        if self._seen is None or self._seen[0] != key:
            self._seen = (key, self._compose(cameras, width, height))
        return self._seen[1]

    def _compose(self, cameras: list[Floats], width: int, height: int) -> Rgb:
        seen: Rgb | None = None
        for sheet, camera in zip(self._sheets, cameras, strict=True):
            affine = compose(camera, self._to_frame)
            drawn = _warp(sheet.rgb_HW3, affine, width, height)
            if seen is None or sheet.alpha_HW is None:
                seen = drawn
                continue
            alpha = _warp(sheet.alpha_HW, affine, width, height).astype(np.float32) * np.float32(1 / 255)
            seen = cv2.blendLinear(drawn, seen, alpha, 1 - alpha)
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
    return LayeredPlate([_focus(canvas, layer, _SOFT[framing]) for layer in layers], to_frame)


def _focus(canvas: Canvas, layer: Layer, sigma: float) -> Sheet:
    """The sheet as a lens shows it that is focused on the person."""
    if layer.alpha_HW is None:
        return Sheet(layer.depth, to_rgb8(canvas.blur(layer.rgb_HW3, sigma) if sigma else layer.rgb_HW3), None)
    rgb_HW3, alpha_HW = layer.rgb_HW3, layer.alpha_HW.astype(np.float32)
    spread = max(sigma, 2 / canvas.unit_px)  # colours reach a little past the edge, for the interpolation
    around_HW = canvas.blur(alpha_HW, spread)
    own_HW3 = canvas.blur(rgb_HW3 * alpha_HW[..., None], spread) / np.maximum(around_HW, 1e-4)[..., None]
    if sigma:
        rgb_HW3, alpha_HW = own_HW3, around_HW
    else:
        rgb_HW3 = own_HW3 + (rgb_HW3 - own_HW3) * (alpha_HW > 0)[..., None]
    return Sheet(layer.depth, to_rgb8(np.clip(rgb_HW3, 0, 1)), np.round(alpha_HW * 255).astype(np.uint8))


def _warp(picture: Rgb, affine: Floats, width: int, height: int) -> Rgb:
    warped: Rgb = cv2.warpAffine(
        picture, affine, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return warped
