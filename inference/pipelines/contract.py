"""What every model offers the engine: prepare → denoise → decode, and how a render is told to stop.

The engine knows this file alone; it never asks which model it is driving. Directions are the viewer's.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import torch

from inference.catalogue import ModelCard
from inference.motion.parameters import Track
from inference.pipelines.lora import Adapter
from inference.protocol import Box, Framing, Placement, RenderRequest, Tier, UsedControl, UsedDevice, UsedDirection
from inference.speech.clip import ClipLine

Picture = npt.NDArray[np.uint8]
OnStep = Callable[[int, int], None]  # (done, total), after each denoising step
NoteCode = Literal[
    "prompt_partially_followed", "pose_clamped", "look_left_aside", "plate_left_aside", "silent_clip",
    "line_partially_followed", "expression_stays", "framing_left_aside", "beyond_reach", "photo_enlarged",
]  # fmt: skip


class RenderCancelled(Exception):
    """The request was cancelled; nothing of it is to be kept."""


class RenderAskedToFail(Exception):
    """The test model was asked to fail; no other model raises this."""


class RenderPreempted(Exception):
    """The render stopped after a step, to go on from its checkpoint later."""

    def __init__(self, done: int, total: int) -> None:
        super().__init__(f"preempted after {done} of {total} steps")
        self.done, self.total = done, total


class CancelToken:
    """One render's stop sign: set from any thread, obeyed at the next `check()`.

    preempted: asked to stop after a step, and to go on later.
    """

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._later = threading.Event()

    def preempt(self) -> None:
        """Ask the render to make room after its present step."""
        self._later.set()

    @property
    def preempted(self) -> bool:
        return self._later.is_set()

    def cancel(self) -> None:
        """Ask the render to stop; asking twice is the same as once."""
        self._asked.set()

    @property
    def cancelled(self) -> bool:
        return self._asked.is_set()

    def check(self) -> None:
        """Raises RenderCancelled once `cancel()` has been called."""
        if self._asked.is_set():
            raise RenderCancelled

    def settle(self) -> None:
        """`check`, where a step has just begun to compute: ranks that share it have agreed on a cancel meanwhile."""
        self.check()


@dataclass(frozen=True)
class Photo:
    """A decoded reference. `face` is the box of the chosen face in its pixels, None where nobody chose."""

    sha256: str
    rgb_HWC_uint8: Picture
    face: Box | None = None


@dataclass(frozen=True)
class CastPhoto:
    """One character of the shot with all its decoded references; the pipeline picks the one to draw."""

    character_id: str
    name: str
    placement: Placement
    photos: tuple[Photo, ...]
    adapter: Adapter | None = None


@dataclass(frozen=True)
class DrivingVideo:
    """A previs that drives another model's render, at the request's size and rate.

    frames_FHWC: the previs; faces_FHWC: the first character's face in it, square; poses_FHWC: the cast as pose pictures
    on black. track_sha256: of the motion that was acted.
    """

    frames_FHWC: Picture
    faces_FHWC: Picture
    poses_FHWC: Picture
    track_sha256: str


@dataclass(frozen=True)
class Keyframe:
    """A picture of the clip's size that the clip is to show at `frame`, counted from 0."""

    frame: int
    rgb_HWC_uint8: Picture


@dataclass(frozen=True)
class PipelineNote:
    """Something the filmmaker should know; `words` are the prompt's own words that it is about."""

    code: NoteCode
    message: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class PromptReading:
    """What a prompt's words come to. understood: None of a model that is not directed."""

    notes: tuple[PipelineNote, ...] = ()
    understood: UsedDirection | None = None


class Prepared(Protocol):
    """What `prepare` hands to the later stages.

    drawn: character → SHA-256 of each photo that made the picture. control: what drove it, None where nothing did.
    """

    @property
    def notes(self) -> tuple[PipelineNote, ...]: ...

    @property
    def drawn(self) -> dict[str, tuple[str, ...]]: ...

    @property
    def control(self) -> UsedControl | None: ...


class Pipeline(Protocol):
    """A loaded model. Every call checks `cancel` at least each half second and raises RenderCancelled.

    Behind `Prepared` each model keeps a type of its own: only what this pipeline prepared may be handed back to it.
    """

    card: ModelCard
    weights: dict[str, str]  # file → SHA-256 of everything that decides the result
    revision: str | None  # commit of the repository that the weights were pulled from
    overlaps: bool  # whether one render may be decoded while the next one is prepared and denoised

    def prepare(
        self,
        request: RenderRequest,
        cast: tuple[CastPhoto, ...],
        plate_rgb: Picture | None,
        cancel: CancelToken,
        driving: DrivingVideo | None = None,
        keyframes: tuple[Keyframe, ...] = (),
    ) -> Prepared:
        """Read the prompt and the references. `plate_rgb` is the decoded picture of an ImagePlate, else None.

        `driving` is there exactly when the request asks for a control, `keyframes` only where the card says that the
        model takes them. Raises BadReference when no photo of a character can be drawn.
        """

    def denoise(self, prepared: Prepared, on_step: OnStep, cancel: CancelToken) -> torch.Tensor:
        """The latents, float32 on the CPU: the same bits for one request on one machine and thread count."""

    def decode(self, prepared: Prepared, latents: torch.Tensor, cancel: CancelToken) -> Iterator[Picture]:
        """`request.frames` pictures rgb_HWC_uint8 of the asked size, in order, each drawn when it is asked for."""

    def motion(self, prepared: Prepared, latents: torch.Tensor) -> dict[str, Track]:
        """Character → track_FP as it is drawn (after clamping): kept with the take."""

    def switched_on(self, tier: Tier) -> tuple[str, ...]:
        """What a render of this tier has on that touches its bits, for its receipt."""

    def computed_on(self, tier: Tier) -> UsedDevice:
        """The device and kernels of a render of this tier. See `exact.used_device.describe_used_device`."""

    def remarks(self, prepared: Prepared, latents: torch.Tensor) -> tuple[PipelineNote, ...]:
        """Notes that only the finished latents can give (a pose beyond the honest limit, clamped)."""


@runtime_checkable
class Directed(Protocol):
    """What a pipeline prepared whose motion is directed beyond what its model draws."""

    @property
    def direction(self) -> UsedDirection:
        """What is applied, for the receipt."""


@runtime_checkable
class ReadsPrompts(Protocol):
    """A pipeline that can say what it would leave aside of a prompt before it renders anything."""

    def read_prompt(
        self, prompt: str, names: tuple[str, ...], framing: Framing = "cu", seconds: float = 5.0
    ) -> PromptReading:
        """The notes about the prompt's words that `prepare` gives for a cast of these names, and how they would direct
        a clip of this framing and length. Any thread may ask.
        """


@runtime_checkable
class TellsReach(Protocol):
    """A pipeline that can say, before it renders anything, what a cast's photos do not show."""

    def tell_reach(
        self, prompt: str, names: tuple[str, ...], turned: tuple[tuple[float, ...], ...]
    ) -> tuple[PipelineNote, ...]:
        """The notes that `prepare` gives about turns, for a cast whose photos show faces turned by so many degrees."""


@runtime_checkable
class SpeaksLines(Protocol):
    """A pipeline that moves the lips of who says a line; its card says so."""

    def say(self, prepared: Prepared, lines: tuple[ClipLine, ...]) -> Prepared:
        """The same shot, in which these lines are said at their moments."""


@runtime_checkable
class HoldsWeights(Protocol):
    """A pipeline whose weights come and go, and may have adapters beside them."""

    @property
    def on_device(self) -> bool:
        """Whether its transformer is where it computes. Any thread may ask, and waits for no render."""

    @property
    def loaded_adapters(self) -> tuple[str, ...]:
        """Hashes of those in its slots, the least recently used first. Any thread may ask."""


@dataclass(frozen=True)
class CheckpointPlace:
    """Where a render's checkpoint lies on this machine, or would; and the digest of all that decides its latents."""

    path: Path
    digest: str


@runtime_checkable
class KeepsCheckpoints(Protocol):
    """A pipeline that keeps a file of where it stands after every step, and goes on from the one that it finds."""

    def place_checkpoint(self, prepared: Prepared) -> CheckpointPlace | None:
        """None: this one keeps none."""


class BadReference(ValueError):
    """No photo of a character can be drawn; the message names the character and the reason, for people."""
