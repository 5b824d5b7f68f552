"""Requests that fit the tiny models: 9 frames of 64 × 64 px, with photos of noise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from inference import recipes
from inference.catalogue import PREVIS
from inference.pipelines.contract import CastPhoto, DrivingVideo, Keyframe, Photo
from inference.protocol import CharacterInput, Placement, Reference, RenderRequest, Source

CARD = replace(
    PREVIS,
    name="tiny-wan-vace",
    title="Noise, for tests",
    tiers=("exact", "fast", "draft"),
    control="optional",
    dresses=True,
    keyframes=True,
    draws_plates=False,
    limits=replace(PREVIS.limits, sizes=((64, 64), (80, 48), (128, 64)), fps=(16,), frame_step=4),
    recipe=recipes.WAN_VACE_1_3B,
)

ANIMATE = replace(
    CARD, name="tiny-wan-animate", limits=replace(CARD.limits, max_characters=1), control="required", dresses=False,
    keyframes=False, recipe=recipes.WAN_ANIMATE,
)  # fmt: skip

# Segments of nine frames: a clip of 17 has two of them, one of 21 three, the last of which is shown in part.
ANIMATE_2 = replace(
    ANIMATE, name="tiny-wan-animate-2", tiers=("fast", "draft"),
    recipe=replace(recipes.WAN_ANIMATE_2, frames=9),
)  # fmt: skip
ANIMATE_2_DISTILLED = replace(ANIMATE_2, recipe=replace(recipes.WAN_ANIMATE_2_DISTILLED, frames=9))


def noise_driving(request: RenderRequest, seed: int = 0, face_px: int = 32) -> DrivingVideo:
    """A previs of nobody, of the request's size and length."""
    rng = np.random.default_rng(seed)
    frame = (request.frames, request.height, request.width, 3)
    face = (request.frames, face_px, face_px, 3)
    frames, faces, poses = (rng.integers(0, 256, shape, dtype=np.uint8) for shape in (frame, face, frame))
    return DrivingVideo(frames, faces, poses, f"{seed:064x}")


def noise_keyframe(frame: int, request: RenderRequest) -> Keyframe:
    """A picture of nothing, of the request's size; each frame's is another."""
    rng = np.random.default_rng(100 + frame)
    return Keyframe(frame, rng.integers(0, 256, (request.height, request.width, 3), dtype=np.uint8))


def noise_photo(seed: int) -> Photo:
    """A photo of nobody; its hash is made from its seed."""
    rng = np.random.default_rng(seed)
    return Photo(f"{seed:064x}", rng.integers(0, 256, (80, 64, 3), dtype=np.uint8))


def character(character_id: str, placement: Placement = "centre") -> CharacterInput:
    source = Source(url="file:///nowhere.png", sha256="0" * 64)
    references = (Reference(source=source),)
    return CharacterInput(id=character_id, name=character_id, references=references, placement=placement)


def request_of(cast: tuple[CastPhoto, ...], **changes: object) -> RenderRequest:
    """A request for `cast`; `changes` are its fields."""
    fields: dict[str, object] = {
        "model": CARD.name, "prompt": "a woman turns to the window", "seconds": 9 / 16, "fps": 16, "width": 64,
        "height": 64, "seed": 3, "steps": 3, "guidance_scale": 5.0, "tier": "exact",
        "characters": tuple(character(one.character_id, one.placement) for one in cast),
    }  # fmt: skip
    return RenderRequest.model_validate(fields | changes)
