"""Which models exist, what they may be asked for, under which licence, and what they cost in time. Torch-free.

`check(request)` is the one gate: it refuses what a model cannot do and names the nearest legal values. Nothing is
rounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from inference.protocol import Rendering, RenderRequest, Tier

MAX_LONG_SIDE_PX = 1280


class RequestRefused(ValueError):
    """A request that the model cannot render. `field` names what to change; `nearest` lists legal values."""

    def __init__(self, field: str, message: str, nearest: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.field = field
        self.message = message
        self.nearest = nearest


@dataclass(frozen=True)
class Limits:
    """Legal values of a model. Sizes are (width, height) in pixels; seconds × fps must be a whole number of frames.

    frames must be frame_step × k + 1, as latents that cover several frames want it; at 1 any number will do.
    """

    sizes: tuple[tuple[int, int], ...]
    fps: tuple[int, ...]
    min_seconds: float
    max_seconds: float
    max_characters: int
    max_steps: int
    max_guidance_scale: float
    frame_step: int = 1


@dataclass(frozen=True)
class ModelCard:
    """What the product may know about a model without loading it.

    controls: how the previs of the same shot may lead the model; needs_control: it cannot do without.
    seconds_per_megapixel_frame: renderer cost on two CPU cores, for estimates only; seconds_fixed: cost of any render.
    """

    name: str
    title: str
    licence: str
    commercial: bool
    tiers: tuple[Tier, ...]
    limits: Limits
    default_size: tuple[int, int]
    default_fps: int
    default_seconds: float
    default_steps: int
    default_guidance_scale: float
    can: tuple[str, ...]
    cannot: tuple[str, ...]
    seconds_fixed: float
    seconds_per_megapixel_frame: float
    controls: tuple[Rendering, ...] = ()
    needs_control: bool = False
    continues: bool = False
    """Whether a clip can go on from the motion that another ended with."""

    def estimate_seconds(self, request: RenderRequest) -> float:
        """Expected wall seconds on two CPU cores from a warm engine."""
        megapixels = request.width * request.height / 1e6
        return self.seconds_fixed + self.seconds_per_megapixel_frame * megapixels * request.frames


PREVIS = ModelCard(
    name="previs",
    title="Previs: a reference photo, acting",
    licence="Apache-2.0",
    commercial=True,
    tiers=("draft",),
    limits=Limits(
        sizes=(
            # 16:9
            (1280, 720), (1024, 576), (768, 432), (640, 360), (512, 288),
            # 9:16
            (720, 1280), (576, 1024), (432, 768), (360, 640), (288, 512),
            # 1:1
            (720, 720), (512, 512), (384, 384), (256, 256),
            # 2.39:1, to the nearest even number of lines
            (1280, 536), (1024, 428), (768, 322),
        ),
        fps=(24,),
        min_seconds=0.5,
        max_seconds=10.0,
        max_characters=3,
        max_steps=50,
        max_guidance_scale=10.0,
    ),
    default_size=(768, 432),
    default_fps=24,
    default_seconds=5.0,
    default_steps=20,
    default_guidance_scale=2.5,
    can=(
        "turn, nod, shake and tilt the head", "smile, talk, blink, raise the brows, look around",
        "move the camera: in, out, pan, tilt, roll, handheld", "one to three characters, left, centre, right",
    ),
    cannot=("walk or show the whole body", "change clothes or hair", "turn further than about 25 degrees"),
    seconds_fixed=2.0,
    seconds_per_megapixel_frame=0.15,
    continues=True,
)  # fmt: skip

MODELS: dict[str, ModelCard] = {PREVIS.name: PREVIS}
DEFAULT_MODEL = PREVIS.name


def get_card(model: str) -> ModelCard:
    """The card of `model`. Raises RequestRefused listing the models that exist."""
    card = MODELS.get(model)
    if card is None:
        raise RequestRefused("model", f"there is no model {model!r}; there are: {', '.join(MODELS)}", tuple(MODELS))
    return card


def check(request: RenderRequest) -> None:
    """Raises RequestRefused for the first thing that the model cannot do; returns nothing when it can do it all."""
    check_against(get_card(request.model), request)


def check_against(card: ModelCard, request: RenderRequest) -> None:
    """`check` for a model that need not be in the catalogue. Raises RequestRefused."""
    limits = card.limits
    _check_choice("tier", request.tier, card.tiers, card)
    _check_choice("fps", request.fps, limits.fps, card)
    _check_size(request, card)
    _check_duration(request, card)
    _check_range("steps", request.steps, 1, limits.max_steps, card)
    _check_range("guidance_scale", request.guidance_scale, 0.0, limits.max_guidance_scale, card)
    _check_cast(request, card)
    _check_control(request, card)


def _check_choice(field: str, value: object, legal: tuple[object, ...], card: ModelCard) -> None:
    if value not in legal:
        words = ", ".join(str(v) for v in legal)
        raise RequestRefused(field, f"{card.name} renders {field} {words}, not {value}", tuple(str(v) for v in legal))


def _check_range(field: str, value: float, low: float, high: float, card: ModelCard) -> None:
    if not low <= value <= high:
        nearest = low if value < low else high
        raise RequestRefused(field, f"{card.name} takes {field} from {low} to {high}, not {value}", (str(nearest),))


def _check_size(request: RenderRequest, card: ModelCard) -> None:
    asked = (request.width, request.height)
    if asked in card.limits.sizes:
        return
    nearest = sorted(card.limits.sizes, key=lambda size: _size_distance(asked, size))[:3]
    words = tuple(f"{w}x{h}" for w, h in nearest)
    message = f"{card.name} cannot render {asked[0]}x{asked[1]}: try {' or '.join(words)}"
    raise RequestRefused("size", message, words)


def _size_distance(asked: tuple[int, int], size: tuple[int, int]) -> tuple[float, float]:
    """Sizes of the same shape first, then by area."""
    shape = abs(asked[0] / asked[1] - size[0] / size[1])
    return round(shape, 1), abs(asked[0] * asked[1] - size[0] * size[1])


def _check_duration(request: RenderRequest, card: ModelCard) -> None:
    limits = card.limits
    _check_range("seconds", request.seconds, limits.min_seconds, limits.max_seconds, card)
    frames = request.seconds * request.fps
    if abs(frames - round(frames)) > 1e-3:  # 13 frames are 0.541667 s, in as many digits as people type
        low, high = int(frames) / request.fps, (int(frames) + 1) / request.fps
        around = (f"{low:.6g}", f"{high:.6g}")
        message = f"{request.seconds} s at {request.fps} fps is {frames:.3f} frames: try {around[0]} or {around[1]}"
        raise RequestRefused("seconds", message, around)
    step = limits.frame_step
    if round(frames) % step != 1 % step:
        low = (round(frames) - 1) // step * step + 1
        legal = [count for count in (low, low + step) if count > 0]
        nearest = tuple(f"{count / request.fps:.6g}" for count in legal)
        words = " or ".join(f"{seconds} s ({count} frames)" for seconds, count in zip(nearest, legal, strict=True))
        message = f"{card.name} renders {step}k+1 frames, and {request.seconds} s are {round(frames)}: try {words}"
        raise RequestRefused("seconds", message, nearest)


def _check_cast(request: RenderRequest, card: ModelCard) -> None:
    cast = request.characters
    if not card.continues and any(character.opening is not None for character in cast):
        can = tuple(name for name, other in MODELS.items() if other.continues)
        raise RequestRefused("model", f"{card.name} cannot go on from another clip; {', '.join(can)} can", can)
    most = card.limits.max_characters
    if len(cast) > most:
        raise RequestRefused("characters", f"{card.name} puts at most {most} characters in a shot", (str(most),))
    if len({character.id for character in cast}) < len(cast):
        raise RequestRefused("characters", "a character is listed twice in this shot")
    places: list[Literal["left", "centre", "right"]] = [character.placement for character in cast]
    if len(set(places)) < len(places):
        raise RequestRefused("placement", "two characters stand in one place: use left, centre and right once each")


def _check_control(request: RenderRequest, card: ModelCard) -> None:
    if request.control is None:
        if card.needs_control:
            words = ", ".join(card.controls)
            message = f"{card.name} is moved by a driving video: ask for a previs control ({words})"
            raise RequestRefused("control", message, card.controls)
        return
    if not card.controls:
        raise RequestRefused("control", f"{card.name} follows no control: leave it out")
    _check_choice("control", request.control.rendering, card.controls, card)
