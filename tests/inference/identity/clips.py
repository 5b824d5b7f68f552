"""Clips made from real photos for tests and benches: a photo that moves, another person's face put in its place."""

from __future__ import annotations

import cv2
import numpy as np

from inference.identity.detect import Face
from inference.identity.embed import aligned_crop, alignment
from tests.photos import RGB

FPS = 24.0


def animate(rgb: RGB, face: Face, frames: int, size: tuple[int, int] = (384, 216), seed: int = 0) -> list[RGB]:
    """The photo under a camera that drifts, zooms, rolls and flickers a little; the face about half the height.

    size: (width, height) of the clip.
    """
    random = np.random.default_rng(seed)
    width, height = size
    phase, rate = random.uniform(0, 2 * np.pi, 5), random.uniform(0.2, 0.5, 5)
    x, y = face.centre
    clip = []
    for frame in range(frames):
        wave = np.sin(phase + 2 * np.pi * rate * frame / FPS)
        zoom = 0.5 * height / face.size_px * (1 + 0.12 * wave[0])
        matrix = cv2.getRotationMatrix2D((x, y), 6 * float(wave[1]), float(zoom))
        matrix[:, 2] += (width / 2 - x + 0.08 * width * wave[2], height / 2 - y + 0.05 * height * wave[3])
        moved = cv2.warpAffine(rgb, matrix, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
        clip.append(np.clip(moved * (1 + 0.08 * wave[4]), 0, 255).astype(np.uint8))
    return clip


def put_face(frame: RGB, face: Face, other: RGB, other_face: Face, strength: float = 1.0) -> RGB:
    """The frame with the other person's face over `face`, aligned by the five points, feathered; strength 0–1."""
    side = 256
    crop = aligned_crop(other, other_face, side)
    here = alignment(face, side)
    back = cv2.invertAffineTransform(here)
    height, width = frame.shape[:2]
    placed = cv2.warpAffine(crop, back, (width, height), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    oval = np.zeros((side, side), np.float32)
    cv2.ellipse(oval, (side // 2, int(side * 0.52)), (int(side * 0.38), int(side * 0.45)), 0, 0, 360, 1.0, -1)
    oval = cv2.GaussianBlur(oval, (0, 0), side * 0.03)
    mask = cv2.warpAffine(oval, back, (width, height))[..., None] * strength
    return (frame * (1 - mask) + placed * mask).round().astype(np.uint8)


def cover_face(frame: RGB, face: Face) -> RGB:
    """The frame with the head gone: the whole neighbourhood of the face filled with its border's mean colour."""
    box = face.box
    left, top = int(max(box.x - box.width * 0.5, 0)), int(max(box.y - box.height * 0.5, 0))
    right, bottom = int(box.x + box.width * 1.5), int(box.y + box.height * 1.4)
    covered = frame.copy()
    covered[top:bottom, left:right] = frame[top : top + 4, left:right].mean(axis=(0, 1)).astype(np.uint8)
    return covered
