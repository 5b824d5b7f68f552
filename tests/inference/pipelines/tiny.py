"""Requests that fit the tiny models: 9 frames of 64 × 64 px, with photos of noise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from inference.catalogue import PREVIS
from inference.pipelines.contract import CancelToken, CastPhoto, Photo, Picture
from inference.pipelines.driving import Driving
from inference.protocol import CharacterInput, Placement, Reference, RenderRequest, Source
from inference.registry.tiny import FACE_SIDE

CARD = replace(
    PREVIS,
    name="tiny-wan-vace",
    title="Noise, for tests",
    tiers=("exact",),
    limits=replace(PREVIS.limits, sizes=((64, 64), (80, 48), (128, 64)), fps=(16,), frame_step=4),
    controls=("grey", "colour"),
)


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


def driving_of(
    request: RenderRequest, cast: tuple[CastPhoto, ...], plate_rgb: Picture | None, cancel: CancelToken
) -> Driving:
    """A driving video of noise, the same for every request of one size and length."""
    rng = np.random.default_rng(request.frames)
    pose = rng.integers(0, 256, (request.frames, request.height, request.width, 3), dtype=np.uint8)
    face = rng.integers(0, 256, (request.frames, FACE_SIDE, FACE_SIDE, 3), dtype=np.uint8)
    return Driving(pose, face, "colour", "0" * 64)
