"""What can be rendered: everything that decides what comes out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from inference.protocol.dialogue import MOST_LINES, Line
from inference.protocol.direction import CameraChoice
from inference.protocol.direction import Framing as Framing
from inference.protocol.messages import Message, Reference, Source

Tier = Literal["exact", "fast", "draft"]
Placement = Literal["left", "centre", "right"]
Expectation = Literal["always", "partly", "none"]
MOST_KEYFRAMES = 8


class AdapterInput(Message):
    """A LoRA that was trained on this character: a safetensors file, and how strongly it acts."""

    source: Source
    scale: float = Field(default=1.0, gt=0, le=2)


class LookInput(Message):
    """What a character wears and carries, apart from who it is: words, and a normalised picture of it."""

    id: str
    name: str = Field(min_length=1, max_length=80)
    wardrobe: str = Field(default="", max_length=400)
    hair: str = Field(default="", max_length=400)
    props: str = Field(default="", max_length=400)
    picture: Source | None = None


class CharacterInput(Message):
    """A character in the shot: who, from which references, standing where, and whether the face should be seen."""

    id: str
    name: str = Field(min_length=1, max_length=80)
    references: tuple[Reference, ...] = Field(min_length=1, max_length=10)
    placement: Placement = "centre"
    expected: Expectation = "always"
    adapter: AdapterInput | None = None
    look: LookInput | None = None
    opening: tuple[float, ...] | None = Field(default=None, max_length=64)
    """Motion parameters of the frame that the clip goes on from, in the order of a take's motion file."""

    @property
    def pictures(self) -> int:
        """How many pictures a model that draws them all is shown: references, and the look's."""
        return len(self.references) + (self.look is not None and self.look.picture is not None)


class ReferencePlate(Message):
    """The background of the first character's own photo."""

    kind: Literal["reference"] = "reference"


class ColourPlate(Message):
    """A vertical gradient between two `#rrggbb` colours (equal colours: a flat one)."""

    kind: Literal["colour"] = "colour"
    top: str = Field(pattern=r"^#[0-9a-fA-F]{6}$")
    bottom: str = Field(pattern=r"^#[0-9a-fA-F]{6}$")


class ImagePlate(Message):
    """A normalised uploaded picture, cropped to cover the frame."""

    kind: Literal["image"] = "image"
    source: Source


class BackdropPlate(Message):
    """One of the backdrops that the engine draws itself; `inference.backdrops` lists them."""

    kind: Literal["backdrop"] = "backdrop"
    name: str = Field(pattern=r"^[a-z]+(-[a-z]+)*$", max_length=40)


class PrevisControl(Message):
    """Let the previs of this shot drive the render: its cast, staging, timing and camera.

    `track`: the motion that a take of the previs kept (`motion.safetensors`); without one the previs acts the prompt
    anew, from the request's seed.
    """

    kind: Literal["previs"] = "previs"
    track: Source | None = None


Moment = Literal["first", "last"] | Annotated[float, Field(ge=0, le=3600)]


class KeyframeInput(Message):
    """A normalised picture that the clip shows at a moment: its first or last frame, or seconds from its start.

    width, height: of the picture in pixels, so that what does not fit is refused before anybody reads it.
    """

    source: Source
    at: Moment
    width: int = Field(gt=0)
    height: int = Field(gt=0)


Plate = Annotated[ReferencePlate | ColourPlate | ImagePlate | BackdropPlate, Field(discriminator="kind")]


class RenderRequest(Message):
    """Everything that decides what comes out. What was billed is what is rendered: nothing here is rounded later.

    seconds × fps must be a whole number of frames that the model can render; `check()` says which are legal. shift: of
    the noise schedule; None is the model's own. dialogue: what is said, in order; a request without is spelt as it was
    before there were lines, so that its digests stay what they were.
    """

    model: str
    prompt: str = Field(min_length=1, max_length=4000)
    negative_prompt: str = Field(default="", max_length=4000)
    characters: tuple[CharacterInput, ...] = Field(max_length=8)
    plate: Plate = ReferencePlate()
    framing: Framing = "cu"
    control: PrevisControl | None = None
    keyframes: tuple[KeyframeInput, ...] = Field(default=(), max_length=MOST_KEYFRAMES)
    seconds: float = Field(gt=0)
    fps: int = Field(gt=0)
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    seed: int = Field(ge=0, lt=2**63)
    steps: int = Field(gt=0)
    guidance_scale: float = Field(ge=0)
    shift: float | None = Field(default=None, gt=0)
    tier: Tier
    camera: CameraChoice | None = Field(default=None, exclude_if=lambda camera: camera is None)
    performance: float = Field(default=0.0, ge=-1, le=1, exclude_if=lambda size: size == 0)
    pace: float = Field(default=0.0, ge=-1, le=1, exclude_if=lambda pace: pace == 0)
    dialogue: tuple[Line, ...] = Field(default=(), max_length=MOST_LINES, exclude_if=lambda lines: not lines)

    @property
    def frames(self) -> int:
        """Length in frames (`check()` guarantees that the product is whole)."""
        return round(self.seconds * self.fps)
