"""Embeddings of the faces of a clip: a face that looks as it did in the frame before is not embedded again.

Embedding is most of what it costs to look at a clip, and from frame to frame a face often hardly changes. Two aligned
pictures of a moving face that differ by a sixteenth of their contrast or less have embeddings whose cosine is over 0.99
(0.95 while it is blended into another person's); another face differs by several times that.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from inference.identity.pack import Embedding, Faces
from inference.identity.warp import RGB

_ALIKE = 1 / 16  # of the picture's contrast: less than what moving it by a pixel does


@dataclass(frozen=True, eq=False)
class _View:
    """An aligned picture as it was embedded; least_change: root mean square of levels that make it another."""

    crop_HWC_uint8: RGB
    embedding_unit: Embedding
    least_change: float

    def change_to(self, crop_HWC_uint8: RGB) -> float:
        """Root mean square of the difference, levels of 255."""
        return float(cv2.norm(self.crop_HWC_uint8, crop_HWC_uint8, cv2.NORM_L2)) / float(np.sqrt(crop_HWC_uint8.size))


class KnownViews:
    """For the frames of one clip in their order."""

    def __init__(self, faces: Faces) -> None:
        self._faces = faces
        self._views: list[_View] = []

    def embed(self, crops: list[RGB]) -> list[Embedding]:
        """A unit embedding for each aligned crop of the next frame: that of a like view of the frame before, if any.

        What it is compared with is the picture that was embedded, however many frames ago: slow changes add up.
        """
        self._views = [self._known(crop) or self._new(crop) for crop in crops]
        return [view.embedding_unit for view in self._views]

    def _known(self, crop: RGB) -> _View | None:
        changes = [(view.change_to(crop), view) for view in self._views]
        change, nearest = min(changes, key=lambda one: one[0], default=(0.0, None))
        return nearest if nearest is not None and change < nearest.least_change else None

    def _new(self, crop: RGB) -> _View:
        return _View(crop, self._faces.embed_crop(crop), _ALIKE * float(crop.std()))
