"""The plate: the picture behind the actors, larger than the frame so that no camera move shows its end."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from inference.motion.camera import compose, see_plate
from inference.motion.inpaint import blur_far, fill
from inference.motion.models import Floats, Rgb
from inference.motion.resampling import colours_of, opaque, warp_picture
from inference.protocol import Framing

_MARGIN, _MOST_MARGIN = 0.65, 2.0  # of the picture's size, added on every side; more to one that is small
_MARGIN_PX = 700
_COVERED, _FAR_SOFT = 0.5, 0.014  # of the frame; the blur's sigma in frame heights
_MAX_SIDE_PX = 3200
_SOFT: dict[Framing, float] = {"ecu": 0.014, "cu": 0.007, "mcu": 0.005, "ms": 0.0035}
_LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)
_WALL = (70.0, 175.0)  # luminance of a neutral wall: darker hides dark hair, lighter glares
_WARMTH = 0.3  # of the photos' own cast that it keeps


@dataclass
class Plate:
    """A picture with margins, opaque. `to_frame` maps its pixels to the frame at rest.

    It remembers the last view, for most shots have a still camera.
    """

    rgba: Rgb
    to_frame: Floats
    _seen: tuple[bytes, Rgb] | None = None

    def draw(self, camera_P: Floats, lift_px: float, width: int, height: int) -> Rgb:
        """The plate as the camera sees it, `lift_px` lower. The caller must not write into the result."""
        camera = see_plate(camera_P, width, height)
        camera[1, 2] += lift_px
        key = camera.tobytes()
        if self._seen is None or self._seen[0] != key:
            affine = compose(camera, self.to_frame)
            self._seen = (key, colours_of(warp_picture(self.rgba, affine, width, height)))
        return self._seen[1]


def picture_plate(rgb_HWC_uint8: Rgb, to_frame: Floats) -> Plate:
    """A plate from a picture that stands in the frame by the affine map `to_frame` (a scale and an offset)."""
    scale = float(to_frame[0, 0])
    wanted = np.clip(1.35 * scale, 0.05, 2.0)
    wanted = min(wanted, _MAX_SIDE_PX / max(rgb_HWC_uint8.shape[:2]))
    height, width = rgb_HWC_uint8.shape[:2]
    size = (max(2, round(width * wanted)), max(2, round(height * wanted)))
    sized = cv2.resize(rgb_HWC_uint8, size, interpolation=cv2.INTER_AREA if wanted < 1 else cv2.INTER_CUBIC)
    x, y = (round(side * np.clip(_MARGIN_PX / side, _MARGIN, _MOST_MARGIN)) for side in size)
    extended = _extend(sized, x, y)
    kx, ky = width / size[0], height / size[1]
    into_picture = np.array([[kx, 0, (0.5 - x) * kx - 0.5], [0, ky, (0.5 - y) * ky - 0.5]])
    return Plate(opaque(extended), compose(to_frame, into_picture))


def cover_plate(rgb_HWC_uint8: Rgb, width: int, height: int, framing: Framing | None = None) -> Plate:
    """A plate from a picture cropped to cover the frame, as soft as a lens shows it that is focused on who stands
    before it in this framing; None: as it is.
    """
    photo_height, photo_width = rgb_HWC_uint8.shape[:2]
    scale = max(width / photo_width, height / photo_height)
    x, y = (width - scale * photo_width) / 2, (height - scale * photo_height) / 2
    if framing is not None and (sigma := soft_behind(framing) * height / scale) > 0.3:
        rgb_HWC_uint8 = _defocus(rgb_HWC_uint8, sigma)
    return picture_plate(rgb_HWC_uint8, np.array([[scale, 0, x], [0, scale, y]]))


def own_plate(rgb_HWC_uint8: Rgb, to_frame: Floats, width: int, height: int) -> Plate:
    """The place of a photo behind its own person: where it was, as long as it fills a good part of the frame.

    A wide shot would show a small picture amid nothing: there the place stands larger and out of focus behind.
    """
    scale, (photo_height, photo_width) = float(to_frame[0, 0]), rgb_HWC_uint8.shape[:2]
    covered = min(1.0, scale * photo_width / width) * min(1.0, scale * photo_height / height)
    if covered >= _COVERED:
        return picture_plate(rgb_HWC_uint8, to_frame)
    enlarged = max(width / photo_width, height / photo_height)
    return cover_plate(blur_far(rgb_HWC_uint8, _FAR_SOFT * height / enlarged), width, height)


def gradient_plate(top: str, bottom: str, width: int, height: int) -> Plate:
    """A vertical gradient between two `#rrggbb` colours."""
    ends = np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in (top, bottom)], np.float32)
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    column = ends[0] + (ends[1] - ends[0]) * down
    rgb = np.clip(np.round(np.broadcast_to(column, (height, width, 3))), 0, 255).astype(np.uint8)
    padded = cv2.copyMakeBorder(rgb, height, height, width, width, cv2.BORDER_REPLICATE)
    return Plate(opaque(padded), np.array([[1.0, 0, -width], [0, 1.0, -height]]))


def neutral_plate(backgrounds_rgb: list[Rgb], width: int, height: int) -> Plate:
    """A quiet wall for people from several photos: as light and as warm as what stood behind them, nearly grey.

    Lit from above its middle, as a photographer's paper roll is, and falling off towards the corners.
    """
    means = [background.reshape(-1, 3).mean(axis=0) for background in backgrounds_rgb]
    mean_3 = np.mean(means, axis=0).astype(np.float32)
    grey = float(np.clip(mean_3 @ _LUMINANCE, *_WALL))
    wall_3 = grey + _WARMTH * (mean_3 - mean_3 @ _LUMINANCE)
    y, x = np.indices((height, width), dtype=np.float32)
    away = np.hypot((x / width - 0.5) * 1.3, y / height - 0.38)
    rgb = np.clip(np.round(wall_3 * (1.12 - 0.62 * away**1.5)[..., None]), 0, 255).astype(np.uint8)
    return cover_plate(rgb, width, height)


def soft_behind(framing: Framing) -> float:
    """How soft what stands far behind a person is, as sigma in frame heights: the closer, the longer the lens."""
    return _SOFT.get(framing, 0.0)


def _defocus(rgb: Rgb, sigma: float) -> Rgb:
    """Lights spread more than a mean of levels says: they are blurred as light is."""
    linear = (rgb.astype(np.float32) / 255) ** 2.2
    soft = cv2.GaussianBlur(linear, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101)
    levels: Rgb = np.clip(np.round(255 * soft ** (1 / 2.2)), 0, 255).astype(np.uint8)
    return levels


def _extend(rgb: Rgb, x: int, y: int) -> Rgb:
    """Mirror the picture outwards and let it come to rest in its colours: nothing there may catch the eye.

    Mirrored alone, a flag would stand upside down over itself; blurred alone, its border would run on in stripes.
    """
    mirrored = cv2.copyMakeBorder(rgb, y, y, x, x, cv2.BORDER_REFLECT_101)
    height, width = mirrored.shape[:2]
    small = (max(8, width // 8), max(8, height // 8))
    known = np.zeros((height, width), np.float32)
    known[y : y + rgb.shape[0], x : x + rgb.shape[1]] = 1
    known = (cv2.resize(known, small, interpolation=cv2.INTER_AREA) > 0.99).astype(np.float32)
    around = fill(cv2.resize(mirrored, small, interpolation=cv2.INTER_AREA).astype(np.float32), known)
    calm = blur_far(around, 0.05 * max(small))
    soft = np.clip(np.round(cv2.resize(calm, (width, height), interpolation=cv2.INTER_CUBIC)), 0, 255).astype(np.uint8)
    share = np.maximum(_softness(width, x)[None, :], _softness(height, y)[:, None])
    extended: Rgb = cv2.blendLinear(soft, mirrored, share, 1 - share)
    return extended


def _softness(length: int, margin: int) -> Floats:
    """Along one side of a picture with margins: 0 on the picture, 1 from an eighth of its length outwards."""
    at = np.arange(length)
    outside = np.maximum(0, np.maximum(margin - at, at - (length - 1 - margin))) / max(1, 0.125 * (length - 2 * margin))
    return np.clip(outside, 0, 1).astype(np.float32)
