"""What is found in photos: faces, what they are good for, and whom they show."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from inference.protocol.messages import Box, Message, Sha256

PhotoRefusal = Literal[
    "no_face", "several_faces", "too_small", "too_blurred", "extreme_pose", "undecodable", "too_large"
]


class FaceQuality(Message):
    """One detected face. Angles in degrees: yaw + to the viewer's right, pitch + up, roll + clockwise.

    smile: 0 for corners of the mouth at rest, 1 for a broad grin. lips_apart: the gap between the lips, in widths of
    the face. Both are None where the engine has no mesh of faces, or its mesh is not sure of this one.
    """

    box: Box
    confidence: float = Field(ge=0, le=1)
    size_px: float
    sharpness: float
    exposure: float = Field(ge=0, le=1)
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    occlusion: float = Field(ge=0, le=1)
    quality: float = Field(ge=0, le=1)
    smile: float | None = Field(default=None, ge=0)
    lips_apart: float | None = Field(default=None, ge=0)


class PhotoVerdict(Message):
    """What one photo is good for. `refusal` is None when its (chosen) face can be enrolled; `words` tells people."""

    sha256: Sha256
    width: int
    height: int
    faces: tuple[FaceQuality, ...]
    chosen: int | None
    refusal: PhotoRefusal | None
    words: str


class EnrolledPhoto(Message):
    """A photo within its set: cosine to the others' template, and what that says."""

    sha256: Sha256
    weight: float = Field(ge=0, le=1)
    cosine_to_others: float | None
    stranger: bool
    duplicate_of: Sha256 | None


class Template(Message):
    """Quality-weighted mean of unit embeddings, itself of unit length, valid only with its pack."""

    pack: str
    embedding_unit: tuple[float, ...]
    strength: float = Field(ge=0, le=1)
