"""What one photo is good for: how its face was taken, and why it cannot be enrolled when it cannot.

No embedding is computed here, so photos may be judged before anyone has consented to anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from inference.identity.detect import Face, overlap
from inference.identity.embed import aligned_crop
from inference.identity.pack import Faces
from inference.identity.warp import RGB
from inference.protocol import Box, FaceQuality, PhotoRefusal, PhotoVerdict

MIN_SIZE_PX = 64.0
MIN_SHARPNESS = 0.35
MAX_YAW_DEG, MAX_PITCH_DEG, MAX_ROLL_DEG = 45.0, 35.0, 45.0
_OTHER_FACE_SHARE = 0.4  # a face of this share of the largest one's size is somebody, not background
_CHOICE_OVERLAP = 0.3
_FULL_SIZE_PX = 160.0

# Parts of the aligned crop (112 px) as (left, top, right, bottom).
_INNER = (14, 14, 98, 98)
_CHEEKBONES = ((26, 60, 42, 68), (70, 60, 86, 68), (51, 46, 61, 62))
_EYES = ((30, 47, 47, 57), (65, 47, 82, 57))
_LOWER_FACE = ((30, 86, 40, 100), (72, 86, 82, 100), (46, 102, 66, 111))


class ShownMouth(NamedTuple):
    """What a photo shows of a mouth, as `FaceQuality` has it."""

    smile: float
    lips_apart: float


ReadMouth = Callable[[RGB, Box], ShownMouth | None]  # of the face in this box; None: no mesh of it could be read


class JudgedPhoto(NamedTuple):
    """A verdict and the face it is about (None when nobody can be meant)."""

    verdict: PhotoVerdict
    face: Face | None


def inspect_photos(
    faces: Faces, photos: Sequence[tuple[str, RGB]], read_mouth: ReadMouth | None = None
) -> tuple[PhotoVerdict, ...]:
    """A verdict for each (sha256, upright RGB photo [H, W, 3] uint8), in order."""
    return tuple(judge_photo(faces, sha256, rgb, read_mouth=read_mouth).verdict for sha256, rgb in photos)


def judge_photo(
    faces: Faces,
    sha256: str,
    rgb_HWC_uint8: RGB,
    chosen: Box | None = None,
    read_mouth: ReadMouth | None = None,
) -> JudgedPhoto:
    """Find the face that is meant (the one at `chosen`, or the only one of any size) and say what it is good for."""
    found = faces.detect(rgb_HWC_uint8)
    qualities = tuple(quality_of(rgb_HWC_uint8, face, read_mouth) for face in found)
    index = _meant(found, chosen)
    refusal = _refusal(qualities, index, several=chosen is None and len(found) > 0)
    verdict = PhotoVerdict(
        sha256=sha256,
        width=rgb_HWC_uint8.shape[1],
        height=rgb_HWC_uint8.shape[0],
        faces=qualities,
        chosen=index,
        refusal=refusal,
        words=_words(qualities, index, refusal),
    )
    return JudgedPhoto(verdict, found[index] if index is not None else None)


def quality_of(rgb_HWC_uint8: RGB, face: Face, read_mouth: ReadMouth | None = None) -> FaceQuality:
    """Measure one face.

    sharpness: detail finer than 1.5 px of the aligned crop against its contrast; 1 is a sharp portrait, 0.35 a face
    blurred by 3% of its size. exposure: 1 where nothing is clipped, too dark, too bright or flat. occlusion: a hint
    from colours that do not belong (dark glasses, masks) and from the detector's doubt; skin over skin is not seen.
    quality: their product with size and pose, 1 for a sharp frontal face of 160 px or more. What the mouth does is no
    part of it: a grin is as good a likeness as a mouth at rest.
    """
    crop = aligned_crop(rgb_HWC_uint8, face)
    sharpness, exposure, occlusion = _sharpness(crop), _exposure(crop), _occlusion(crop, face)
    pose = np.cos(np.radians(min(abs(face.yaw_deg), 90))) * np.cos(np.radians(min(abs(face.pitch_deg), 90)))
    size = min(face.size_px / _FULL_SIZE_PX, 1.0) ** 0.5
    quality = size * min(sharpness, 1.0) ** 0.5 * exposure**0.5 * pose * (1 - occlusion / 2) * face.confidence
    mouth = read_mouth(rgb_HWC_uint8, face.box) if read_mouth else None
    return FaceQuality(
        box=face.box,
        confidence=face.confidence,
        size_px=face.size_px,
        sharpness=sharpness,
        exposure=exposure,
        yaw_deg=face.yaw_deg,
        pitch_deg=face.pitch_deg,
        roll_deg=face.roll_deg,
        occlusion=occlusion,
        quality=float(np.clip(quality, 0, 1)),
        smile=None if mouth is None else mouth.smile,
        lips_apart=None if mouth is None else mouth.lips_apart,
    )


def _sharpness(crop: RGB) -> float:
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).astype(np.float32)
    fine = _part(grey - cv2.GaussianBlur(grey, (0, 0), 1.5), _INNER)
    return 5 * float(fine.std() / max(_part(grey, _INNER).std(), 1.0))


def _exposure(crop: RGB) -> float:
    grey = _part(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), _INNER).astype(np.float32)
    mean, spread = float(grey.mean()), float(grey.std())
    clipped = float(((grey < 8) | (grey > 250)).mean())
    return float(np.clip(min(mean / 60, (255 - mean) / 40, spread / 20, 1.0) * (1 - 2 * clipped), 0, 1))


def _occlusion(crop: RGB, face: Face) -> float:
    lab = cv2.cvtColor(crop, cv2.COLOR_RGB2LAB).astype(np.float32)
    skin = np.median(np.concatenate([_part(lab, part).reshape(-1, 3) for part in _CHEEKBONES]), axis=0)
    dark = [float((_part(lab, eye)[..., 0] < 0.45 * skin[0]).mean()) for eye in _EYES]
    strange = [_colour_distance(np.median(_part(lab, part).reshape(-1, 3), axis=0), skin) for part in _LOWER_FACE]
    hints = (
        _ramp(min(dark), 0.55, 0.95),
        _ramp(float(np.median(strange)), 22, 45),
        _ramp(0.9 - face.confidence, 0, 0.25),
    )
    return max(hints)


def _colour_distance(lab: npt.NDArray[np.float32], skin: npt.NDArray[np.float32]) -> float:
    """Chroma counts in full, lightness by a quarter: beards and shadows are no occlusion."""
    return float(np.linalg.norm((lab - skin) * np.array([0.25, 1, 1])))


def _ramp(value: float, low: float, high: float) -> float:
    return float(np.clip((value - low) / (high - low), 0, 1))


def _part(image: npt.NDArray[np.float32], part: tuple[int, int, int, int]) -> npt.NDArray[np.float32]:
    left, top, right, bottom = part
    return image[top:bottom, left:right]


def _meant(found: list[Face], chosen: Box | None) -> int | None:
    if chosen is not None:
        shared = [overlap(face.box, chosen) for face in found]
        best = int(np.argmax(shared)) if shared else None
        return best if best is not None and shared[best] >= _CHOICE_OVERLAP else None
    people = [face for face in found if face.size_px >= _OTHER_FACE_SHARE * found[0].size_px]
    return 0 if len(people) == 1 else None


def _refusal(qualities: tuple[FaceQuality, ...], index: int | None, several: bool) -> PhotoRefusal | None:
    if index is None:
        return "several_faces" if several else "no_face"
    face = qualities[index]
    if face.size_px < MIN_SIZE_PX:
        return "too_small"
    if abs(face.yaw_deg) > MAX_YAW_DEG or abs(face.pitch_deg) > MAX_PITCH_DEG or abs(face.roll_deg) > MAX_ROLL_DEG:
        return "extreme_pose"
    if face.sharpness < MIN_SHARPNESS:
        return "too_blurred"
    return None


def _words(qualities: tuple[FaceQuality, ...], index: int | None, refusal: PhotoRefusal | None) -> str:
    """One line for people: what is wrong and what would help, or what was found ("sharp, front, 412 px")."""
    if refusal == "several_faces":
        return f"{len(qualities)} faces: choose the one that is meant"
    if index is None:
        return "no face found; use a photo that shows the face from the front"
    face = qualities[index]
    if refusal == "too_small":
        return f"the face is {face.size_px:.0f} px; use a photo where it is {MIN_SIZE_PX:.0f} px or more"
    if refusal == "extreme_pose":
        return f"the head is {_pose_words(face)} too far; use a photo nearer to the front"
    if refusal == "too_blurred":
        return "the face is blurred; use a sharper photo"
    parts = ["sharp" if face.sharpness >= 0.7 else "a little soft", _pose_words(face), f"{face.size_px:.0f} px"]
    if face.exposure < 0.6:
        parts.append("badly lit")
    if face.occlusion > 0.5:
        parts.append("perhaps partly covered")
    return ", ".join(parts)


def _pose_words(face: FaceQuality) -> str:
    leanings = (
        (face.yaw_deg, MAX_YAW_DEG, "turned right", "turned left"),
        (face.pitch_deg, MAX_PITCH_DEG, "raised", "lowered"),
        (face.roll_deg, MAX_ROLL_DEG, "tilted right", "tilted left"),
    )
    degrees, limit, plus, minus = max(leanings, key=lambda leaning: abs(leaning[0]) / leaning[1])
    if abs(degrees) < limit / 3:
        return "front"
    return plus if degrees > 0 else minus
