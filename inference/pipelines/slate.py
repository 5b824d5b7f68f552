"""The test model: a slate that says TEST, with the cast's own photos on it, so that everything behind it is real."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch

from inference.catalogue.slate import TEST, magic_of
from inference.exact.fingerprint import hash_file
from inference.exact.used_device import describe_used_device
from inference.motion.parameters import NAMES, Track
from inference.pipelines.contract import (
    CancelToken,
    CastPhoto,
    DrivingVideo,
    Keyframe,
    OnStep,
    Picture,
    PipelineNote,
    Prepared,
    RenderAskedToFail,
)
from inference.protocol import RenderRequest, Tier, UsedDevice

SLOW_S = 20.0
_LOOK_EVERY_S = 0.2
_GROUND, _INK = (24, 24, 24), (240, 168, 75)
_PLACES = {"left": 0.2, "centre": 0.5, "right": 0.8}
_STRIPE = 0.12  # of the height: the moving bar


@dataclass(frozen=True)
class Slate:
    """A slate ready to be drawn; `background` has everything that does not move."""

    request: RenderRequest
    background: Picture
    drawn: dict[str, tuple[str, ...]]
    notes: tuple[PipelineNote, ...] = (PipelineNote("silent_clip", "this clip has no sound"),)
    control: None = None


class SlatePipeline:
    """Needs no weights: its own source is what decides the result."""

    def __init__(self) -> None:
        self.card = TEST
        self.revision: str | None = None
        self.overlaps = False
        self.weights = {"slate.py": hash_file(Path(__file__))}

    def prepare(
        self,
        request: RenderRequest,
        cast: tuple[CastPhoto, ...],
        plate_rgb: Picture | None,
        cancel: CancelToken,
        driving: DrivingVideo | None = None,
        keyframes: tuple[Keyframe, ...] = (),
    ) -> Slate:
        """Draw what stands still. A prompt that is `fail_identity` leaves the faces out."""
        height, width = request.height, request.width
        background = np.full((height, width, 3), _GROUND, np.uint8)
        scale = height / 288
        _write(background, "TEST", (width // 24, round(56 * scale)), 1.8 * scale)
        _write(background, request.prompt[:60], (width // 24, round(84 * scale)), 0.5 * scale)
        shows_faces = magic_of(request.model, request.prompt) != "fail_identity"
        drawn: dict[str, tuple[str, ...]] = {character.character_id: () for character in cast}
        for character in cast if shows_faces else ():
            cancel.check()
            _hang(background, character)
            drawn[character.character_id] = (character.photos[0].sha256,)
        return Slate(request, background, drawn)

    def denoise(self, prepared: Prepared, on_step: OnStep, cancel: CancelToken) -> torch.Tensor:
        """Noise of the seed, which nothing draws from. `fail_engine` fails here, and `slow` takes its time."""
        request = _own(prepared).request
        magic = magic_of(request.model, request.prompt)
        if magic == "fail_engine":
            raise RenderAskedToFail("the prompt of this test asked the engine to fail")
        for step in range(request.steps):
            _pause(SLOW_S / request.steps if magic == "slow" else 0.0, cancel)
            on_step(step + 1, request.steps)
        return torch.randn(1, 16, generator=torch.Generator().manual_seed(request.seed))

    def decode(self, prepared: Prepared, latents: torch.Tensor, cancel: CancelToken) -> Iterator[Picture]:
        """The slate with its frame's number, and a bar that moves."""
        slate = _own(prepared)
        request = slate.request
        for frame in range(request.frames):
            cancel.check()
            picture = slate.background.copy()
            stripe = max(2, round(_STRIPE * request.height))
            end = round((frame + 1) / request.frames * request.width)
            picture[-stripe // 4 :, :end] = _INK
            words = f"{frame + 1}/{request.frames}"
            _write(picture, words, (request.width // 24, request.height - stripe), 0.6 * request.height / 288)
            yield picture

    def motion(self, prepared: Prepared, latents: torch.Tensor) -> dict[str, Track]:
        """Everybody at rest."""
        slate = _own(prepared)
        return {name: np.zeros((slate.request.frames, len(NAMES)), np.float32) for name in slate.drawn}

    def switched_on(self, tier: Tier) -> tuple[str, ...]:
        """Nothing."""
        return ()

    def computed_on(self, tier: Tier) -> UsedDevice:
        """The CPU."""
        return describe_used_device(torch.device("cpu"))

    def remarks(self, prepared: Prepared, latents: torch.Tensor) -> tuple[PipelineNote, ...]:
        """None."""
        return ()


def _own(prepared: Prepared) -> Slate:
    assert isinstance(prepared, Slate), "prepared by another pipeline"
    return prepared


def _write(picture: Picture, words: str, at: tuple[int, int], scale: float) -> None:
    shown = words.encode("ascii", "replace").decode()  # of OpenCV's own letters
    cv2.putText(picture, shown, at, cv2.FONT_HERSHEY_SIMPLEX, scale, _INK, max(1, round(1.5 * scale)), cv2.LINE_AA)


def _hang(picture: Picture, character: CastPhoto) -> None:
    """The first photo's face and what is around it, as a square at the character's place."""
    photo = character.photos[0]
    height, width = picture.shape[:2]
    square = _around_face(photo.rgb_HWC_uint8, None if photo.face is None else photo.face.model_dump())
    side = min(round(0.55 * height), round(0.3 * width))
    left = min(max(0, round(_PLACES[character.placement] * width) - side // 2), width - side)
    top = min(round(0.33 * height), height - side)
    picture[top : top + side, left : left + side] = cv2.resize(square, (side, side), interpolation=cv2.INTER_AREA)


def _around_face(rgb: Picture, face: dict[str, float] | None) -> Picture:
    height, width = rgb.shape[:2]
    side = min(height, width)
    x, y = width / 2, height / 2
    if face is not None:
        side = min(side, round(2 * max(face["width"], face["height"])))
        x, y = face["x"] + face["width"] / 2, face["y"] + face["height"] / 2
    left = min(max(0, round(x - side / 2)), width - side)
    top = min(max(0, round(y - side / 2)), height - side)
    return rgb[top : top + side, left : left + side]


def _pause(seconds: float, cancel: CancelToken) -> None:
    until = time.monotonic() + seconds
    cancel.check()
    while time.monotonic() < until:
        time.sleep(min(_LOOK_EVERY_S, seconds))
        cancel.check()
