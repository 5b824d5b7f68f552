"""Pieces of the face looked at by themselves: how open an eye looks, and where a patch of skin went."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Rgb = npt.NDArray[np.uint8]
Array = npt.NDArray[np.float64]

CROP = 176  # canonical crop in px
EYE_PX = 56.0  # distance of the eyes in it


class EyeReader:
    """How open an eye looks: the picture of the eye against the same eye at rest."""

    HALF = (15, 10)  # half width and height of the patch, px of the crop
    SLACK = 5

    def __init__(self, rest_crop: Rgb, centre: Array) -> None:
        self._centre = self._iris(rest_crop, centre)
        self._patch = self._cut(rest_crop, self._centre, 0)
        self._skin = float(np.percentile(self._patch, 75))
        self._open = self._dark_height(self._patch)
        self._contrast = float(self._patch.std())

    @staticmethod
    def _iris(rest_crop: Rgb, centre: Array) -> Array:
        """The middle of what is darkest within a fifth of the eyes' distance of the detector's point."""
        reach = round(EYE_PX / 5)
        x, y = (round(float(v)) for v in centre)
        near = rest_crop[y - reach : y + reach + 1, x - reach : x + reach + 1].astype(np.float64)
        dark = np.clip(np.percentile(near, 12) - cv2.GaussianBlur(near, (0, 0), 1.5), 0, None)
        ys, xs = np.mgrid[-reach : reach + 1, -reach : reach + 1]
        return centre + np.array([(dark * xs).sum(), (dark * ys).sum()]) / max(float(dark.sum()), 1e-6)

    def _cut(self, crop: Rgb, centre: Array, slack: int) -> npt.NDArray[np.float32]:
        size = (2 * (self.HALF[0] + slack) + 1, 2 * (self.HALF[1] + slack) + 1)
        patch = cv2.getRectSubPix(crop, size, (float(centre[0]), float(centre[1])))
        return np.asarray(patch, np.float32)

    def _dark_height(self, patch: npt.NDArray[np.float32]) -> float:
        """Height in px of what is darker than the lids, in the middle third of the eye."""
        width = patch.shape[1]
        middle = patch[:, width // 3 : width - width // 3]
        depth = np.clip((self._skin - middle) / max(self._skin - float(self._patch.min()), 1.0) - 0.25, 0, 0.25) * 4
        return float(depth.sum(0).mean())

    def read(self, crop: Rgb, flow_HW2: Array) -> dict[str, float]:
        x, y = (int(v) for v in np.clip(self._centre, 12, CROP - 13))
        drift = np.median(flow_HW2[y + 6 : y + 12, x - 12 : x + 12].reshape(-1, 2), axis=0)
        near = self._cut(crop, self._centre + drift, self.SLACK)
        score = cv2.matchTemplate(near, self._patch, cv2.TM_CCOEFF_NORMED)
        dy, dx = np.unravel_index(int(score.argmax()), score.shape)
        patch = near[dy : dy + self._patch.shape[0], dx : dx + self._patch.shape[1]]
        still = near[self.SLACK : -self.SLACK, self.SLACK : -self.SLACK]
        return {
            "dark": self._dark_height(still) / max(self._open, 1e-3),
            "likeness": float(score.max()),
            "contrast": float(still.std()) / max(self._contrast, 1e-3),
            "edges": float(np.abs(np.diff(still, axis=0)).mean() / max(np.abs(np.diff(patch, axis=0)).mean(), 1e-3)),
            "level": (float(np.median(still)) - self._skin) / 255,
        }


@dataclass(frozen=True)
class Patch:
    """A piece of the rest crop that is looked for nearby in other crops, to a fraction of a pixel."""

    name: str
    corner_xy: tuple[int, int]
    template: Rgb
    reach_xy: tuple[int, int]

    @classmethod
    def cut(cls, name: str, rest_crop: Rgb, centre: Array, half: tuple[int, int], reach: tuple[int, int]) -> Patch:
        x, y = (round(float(v)) for v in centre)
        x0, y0 = max(x - half[0], 0), max(y - half[1], 0)
        return cls(name, (x0, y0), rest_crop[y0 : y + half[1] + 1, x0 : x + half[0] + 1], reach)

    def find(self, crop: Rgb) -> dict[str, float]:
        """How far it moved (x, y, in eye distances) and how alike it still looks."""
        (x0, y0), (rx, ry) = self.corner_xy, self.reach_xy
        height, width = self.template.shape
        left, top = max(x0 - rx, 0), max(y0 - ry, 0)
        near = crop[top : y0 + height + ry, left : x0 + width + rx]
        score = cv2.matchTemplate(near, self.template, cv2.TM_CCOEFF_NORMED)
        y, x = (int(v) for v in np.unravel_index(int(score.argmax()), score.shape))
        dx = x + _summit(score[y], x) + left - x0
        dy = y + _summit(score[:, x], y) + top - y0
        return {
            f"{self.name}.dx": dx / EYE_PX,
            f"{self.name}.dy": dy / EYE_PX,
            f"{self.name}.alike": float(score[y, x]),
        }


def _summit(score: npt.NDArray[np.float32], at: int) -> float:
    """Where the parabola through the best score and its neighbours has its top, from -0.5 to 0.5."""
    if not 0 < at < len(score) - 1:
        return 0.0
    before, here, after = (float(v) for v in score[at - 1 : at + 2])
    bend = before - 2 * here + after
    return float(np.clip((before - after) / (2 * bend), -0.5, 0.5)) if bend < 0 else 0.0


def cut_patches(rest_crop: Rgb, points_52: Array) -> list[Patch]:
    """The mouth's corners, the skin over and under the lips, and the brows."""
    eyes, (left, right) = points_52[:2], points_52[3:5]
    mouth, up = (left + right) / 2, np.array([0.0, -EYE_PX])
    places: list[tuple[str, Array, tuple[int, int], tuple[int, int]]] = [
        ("corner_l", left, (9, 8), (10, 9)),
        ("corner_r", right, (9, 8), (10, 9)),
        ("over_lips", mouth + 0.2 * up, (13, 6), (5, 6)),
        ("under_lips", mouth - 0.38 * up, (14, 9), (5, 24)),
        ("brow_l", eyes[0] + 0.36 * up, (13, 9), (6, 9)),
        ("brow_r", eyes[1] + 0.36 * up, (13, 9), (6, 9)),
    ]
    return [Patch.cut(name, rest_crop, centre, half, reach) for name, centre, half, reach in places]
