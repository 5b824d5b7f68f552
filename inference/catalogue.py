"""Which models exist, what they may be asked for, under which licence, and what they cost in time. Torch-free.

`check(request)` is the one gate: it refuses what a model cannot do and names the nearest legal values. Nothing is
rounded.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import entry_points
from pathlib import Path
from typing import Literal

from inference import cost, recipes
from inference.backdrops import BACKDROPS
from inference.devices import H200, DeviceCost
from inference.distilled import GUIDANCE_SCALE, Distilled, read_distilled
from inference.forecast import forecast_loop_s
from inference.keyframes import find_unfit
from inference.memory import Job
from inference.protocol import BackdropPlate, RenderRequest, Tier

Control = Literal["none", "optional", "required"]


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
    max_frames: int | None = None


@dataclass(frozen=True)
class ModelCard:
    """What the product may know about a model without loading it.

    seconds_per_megapixel_frame: renderer cost on two CPU cores, for estimates only; seconds_fixed: cost of any render.
    control: whether a previs may, or must, drive the model. adapters: whether characters may bring a LoRA. shape: of
    the transformer, where the cost is counted from it.
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
    control: Control = "none"
    adapters: bool = False
    shape: cost.WanShape | None = None
    continues: bool = False
    """Whether a clip can go on from the motion that another ended with."""
    draft_steps: int | None = None
    """The steps of its draft tier, where they are fewer and a request names none."""
    distilled: Distilled | None = None
    """The adapter with which its draft tier takes a handful of steps, where its operator gave one."""
    keyframes: bool = False
    """Whether the clip can show given pictures at given moments."""
    draws_plates: bool = False
    """Whether the plate is behind the characters as it is; a model without sees it in the previs that drives it."""
    dresses: bool = False
    """Whether it can draw a character in a look: its words go into the prompt, its picture beside the references."""
    acts_anything: bool = False
    """Whether it draws whatever a prompt says, within what it was trained on; a model without leaves words aside."""
    recipe: recipes.Recipe | None = None
    """How its authors run it. A model without has a noise schedule of its own, and steers away from nothing."""

    measured: bool = False
    """Whether its seconds were measured on the machine that renders; they are another machine's otherwise."""

    device: DeviceCost = H200
    """What it is rendered on, where its cost is counted."""

    layout: tuple[int, int] = (1, 1)
    """How many of them share a render: for guidance, times for the tokens."""

    @property
    def default_job(self) -> Job:
        """What people ask for who ask for nothing in particular: the model's own size and length, one picture."""
        frames, step = round(self.default_seconds * self.default_fps), self.limits.frame_step
        return Job(*self.default_size, (frames - 1) // step * step + 1)

    def steps_in(self, tier: Tier) -> int:
        """The steps of a request that names none."""
        return self.draft_steps if tier == "draft" and self.draft_steps is not None else self.default_steps

    def guidance_in(self, tier: Tier) -> float:
        """The guidance scale of a request that names none."""
        return GUIDANCE_SCALE if tier == "draft" and self.distilled is not None else self.default_guidance_scale

    def shift_in(self, tier: Tier) -> float | None:
        """The noise schedule's shift of a request that names none; None where it cannot be chosen."""
        if tier == "draft" and self.distilled is not None:
            return self.distilled.shift
        return None if self.recipe is None else self.recipe.shift

    def negative_prompt_at(self, guidance_scale: float) -> str:
        """What a request that names nothing steers away from; without guidance nothing would read it."""
        return "" if self.recipe is None or guidance_scale == 1.0 else self.recipe.negative_prompt

    def estimate_seconds(self, request: RenderRequest) -> float:
        """Expected wall seconds from a warm engine: on two CPU cores, or on `device` where the cost is counted."""
        if self.shape is not None:
            references = sum(character.pictures for character in request.characters)
            job = Job(request.width, request.height, request.frames, references)
            skips = request.tier == "draft" and self.distilled is None
            loop = forecast_loop_s(
                self.shape, job, request.steps, request.guidance_scale, self.device, self.layout, skips=skips
            )
            return self.seconds_fixed + loop
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
            (1920, 1080), (1280, 720), (1024, 576), (768, 432), (640, 360), (512, 288),
            # 9:16
            (1080, 1920), (720, 1280), (576, 1024), (432, 768), (360, 640), (288, 512),
            # 1:1
            (1080, 1080), (720, 720), (512, 512), (384, 384), (256, 256),
            # 4:3
            (1440, 1080), (960, 720), (640, 480), (512, 384),
            # 2.39:1, to the nearest even number of lines
            (1920, 804), (1280, 536), (1024, 428), (768, 322),
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
        "move the camera: in, out, pan, tilt, roll", "one to three characters, left, centre, right",
    ),
    cannot=(
        "walk or show the whole body", "change clothes or hair", "turn further than about 25 degrees",
    ),
    seconds_fixed=2.0,
    seconds_per_megapixel_frame=0.15,
    continues=True,
    draws_plates=True,
)  # fmt: skip

_WAN_480P = ((832, 480), (480, 832), (624, 624))
_WAN_720P = ((1280, 720), (720, 1280), (960, 960))
_VACE_CAN = (
    "whole scenes from a prompt: bodies, places, clothes, light",
    "one to three characters, each with all its photos", "the staging and camera of a previs, by its gray rendering",
    "pictures of your own as first frame, last frame, or at moments between",
)  # fmt: skip

WAN_VACE_1_3B = ModelCard(
    name="wan-vace-1.3b",
    title="Wan 2.1 VACE 1.3B: a small video model steered by reference photos",
    licence="Apache-2.0",
    commercial=True,
    tiers=("exact", "fast", "draft"),
    limits=Limits(
        sizes=_WAN_480P, fps=(16,), min_seconds=5 / 16, max_seconds=81 / 16, max_characters=3, max_steps=100,
        max_guidance_scale=20.0, frame_step=4,
    ),
    default_size=(832, 480),
    default_fps=recipes.WAN_VACE_1_3B.fps,
    default_seconds=recipes.WAN_VACE_1_3B.frames / recipes.WAN_VACE_1_3B.fps,
    default_steps=recipes.WAN_VACE_1_3B.steps,
    draft_steps=20,
    default_guidance_scale=recipes.WAN_VACE_1_3B.guidance_scale,
    recipe=recipes.WAN_VACE_1_3B,
    can=_VACE_CAN,
    cannot=("run without a GPU in useful time", "speak", "clips over 81 frames"),
    seconds_fixed=20.0,
    seconds_per_megapixel_frame=0.0,
    control="optional",
    adapters=True,
    keyframes=True,
    shape=cost.WAN_VACE_1_3B,
    dresses=True,
    acts_anything=True,
)  # fmt: skip
WAN_VACE_14B = replace(
    WAN_VACE_1_3B,
    name="wan-vace-14b",
    title="Wan 2.1 VACE 14B: a large video model steered by reference photos",
    limits=replace(WAN_VACE_1_3B.limits, sizes=(*_WAN_720P, *_WAN_480P)),
    default_size=(1280, 720),
    shape=cost.WAN_VACE_14B,
    recipe=recipes.WAN_VACE_14B,
)
WAN_2_2_VACE = replace(
    WAN_VACE_14B,
    name="wan2.2-vace",
    title="Wan 2.2 VACE Fun 14B: two experts, one for the noisy steps and one for the rest",
    adapters=False,
    recipe=recipes.WAN_2_2_VACE,
)
WAN_ANIMATE = replace(
    WAN_VACE_1_3B,
    name="wan-animate",
    title="Wan 2.2 Animate 14B: one character's photo acts what a previs shows",
    limits=replace(
        WAN_VACE_1_3B.limits, sizes=(*_WAN_720P, *_WAN_480P), fps=(30, 16), max_seconds=77 / 16, max_characters=1,
        max_frames=77,
    ),
    default_size=(1280, 720),
    default_fps=recipes.WAN_ANIMATE.fps,
    default_seconds=recipes.WAN_ANIMATE.frames / recipes.WAN_ANIMATE.fps,
    default_steps=recipes.WAN_ANIMATE.steps,
    draft_steps=10,
    default_guidance_scale=recipes.WAN_ANIMATE.guidance_scale,
    recipe=recipes.WAN_ANIMATE,
    can=("one character, from its first photo", "the acting, staging and timing of a previs, by its pose and face"),
    cannot=(
        "run without a GPU in useful time", "render without a previs", "clips over 77 frames", "change clothes or hair",
    ),
    control="required",
    keyframes=False,
    shape=cost.WAN_ANIMATE_14B,
    dresses=False,
    acts_anything=False,
)  # fmt: skip

WAN_ANIMATE_2 = replace(
    WAN_ANIMATE,
    name="wan-animate-2",
    title="Wan Animate 2 14B: one character's photo acts what a previs shows, in clips of any previs's length",
    tiers=("fast", "draft"),
    limits=replace(
        WAN_ANIMATE.limits, sizes=(*_WAN_720P, *_WAN_480P, (640, 800), (800, 640)), fps=(24,),
        max_seconds=237 / 24, max_frames=237,
    ),
    default_size=(832, 480),
    default_fps=recipes.WAN_ANIMATE_2.fps,
    default_seconds=recipes.WAN_ANIMATE_2.frames / recipes.WAN_ANIMATE_2.fps,
    default_steps=recipes.WAN_ANIMATE_2.steps,
    draft_steps=20,
    default_guidance_scale=recipes.WAN_ANIMATE_2.guidance_scale,
    recipe=recipes.WAN_ANIMATE_2,
    can=("one character, from its first photo", "the acting, staging and timing of a previs, by its very frames"),
    cannot=(
        "run without a GPU in useful time", "render without a previs", "clips over 237 frames",
        "a place other than the photo's own", "change clothes or hair",
    ),
    adapters=False,
    shape=cost.WAN_ANIMATE_2_14B,
)  # fmt: skip
WAN_ANIMATE_2_DISTILLED = replace(
    WAN_ANIMATE_2,
    name="wan-animate-2-distilled",
    title="Wan Animate 2 14B, distilled: the same in ten steps without guidance",
    tiers=("fast",),
    default_steps=recipes.WAN_ANIMATE_2_DISTILLED.steps,
    draft_steps=None,
    default_guidance_scale=recipes.WAN_ANIMATE_2_DISTILLED.guidance_scale,
    recipe=recipes.WAN_ANIMATE_2_DISTILLED,
)

# What every installation can render, and what it can once the weights are pulled.
MODELS: dict[str, ModelCard] = {PREVIS.name: PREVIS}
PULLED: dict[str, ModelCard] = {
    card.name: card
    for card in (
        WAN_VACE_1_3B, WAN_VACE_14B, WAN_2_2_VACE, WAN_ANIMATE, WAN_ANIMATE_2, WAN_ANIMATE_2_DISTILLED
    )
}  # fmt: skip
DEFAULT_MODEL = PREVIS.name
LOCK_NAME = "dramatis.lock.json"  # beside pulled weights, written last


def known_models(models_dir: Path | None) -> dict[str, ModelCard]:
    """Cards of everything that this installation can render: built in, pulled below `models_dir`, or by an entry point.

    An entry point of the group `dramatis.models` names a `ModelCard`; its module must not import torch.
    """
    pulled = {
        name: with_distilled(card, models_dir)
        for name, card in PULLED.items()
        if models_dir and (folder_of_model(models_dir, name) / LOCK_NAME).is_file()
    }
    return MODELS | pulled | _added_models()


def with_distilled(card: ModelCard, models_dir: Path) -> ModelCard:
    """The card as it is here: with the adapter that was given for its draft tier. Raises DistilledUnreadable."""
    distilled = read_distilled(models_dir, card.name)
    return card if distilled is None else replace(card, draft_steps=distilled.steps, distilled=distilled)


@functools.cache
def _added_models() -> dict[str, ModelCard]:
    """What is installed stays while this process runs; to look it up reads the metadata of every package."""
    return {entry.name: entry.load() for entry in entry_points(group="dramatis.models")}


def folder_of_model(models_dir: Path, name: str) -> Path:
    """Where the weights of a model that was pulled lie."""
    return models_dir / "pulled" / name


def get_card(model: str, known: Mapping[str, ModelCard] = MODELS) -> ModelCard:
    """The card of `model`. Raises RequestRefused listing the models that can be had, or saying how to get this one."""
    card = known.get(model)
    if card is None and model in PULLED:
        message = f"{model} is not installed here: whoever runs this server can type `dramatis models pull {model}`"
        raise RequestRefused("model", message, tuple(known))
    if card is None:
        raise RequestRefused("model", f"there is no model {model!r}; there are: {', '.join(known)}", tuple(known))
    return card


def check(request: RenderRequest, known: Mapping[str, ModelCard] = MODELS) -> None:
    """Raises RequestRefused for the first thing that the model cannot do; returns nothing when it can do it all."""
    check_against(get_card(request.model, known), request)


def check_against(card: ModelCard, request: RenderRequest) -> None:
    """`check` for a model that need not be in the catalogue. Raises RequestRefused."""
    limits = card.limits
    _check_choice("tier", request.tier, card.tiers, card)
    _check_choice("fps", request.fps, limits.fps, card)
    _check_size(request, card)
    _check_duration(request, card)
    _check_range("steps", request.steps, 1, limits.max_steps, card)
    _check_range("guidance_scale", request.guidance_scale, 0.0, limits.max_guidance_scale, card)
    _check_shift(request, card)
    _check_cast(request, card)
    _check_control(request, card)
    _check_plate(request)
    _check_keyframes(request, card)


def _check_choice(field: str, value: object, legal: tuple[object, ...], card: ModelCard) -> None:
    if value not in legal:
        words = ", ".join(str(v) for v in legal)
        raise RequestRefused(field, f"{card.name} renders {field} {words}, not {value}", tuple(str(v) for v in legal))


def _check_range(field: str, value: float, low: float, high: float, card: ModelCard) -> None:
    if not low <= value <= high:
        nearest = low if value < low else high
        raise RequestRefused(field, f"{card.name} takes {field} from {low} to {high}, not {value}", (str(nearest),))


def _check_shift(request: RenderRequest, card: ModelCard) -> None:
    if request.shift is None:
        return
    if card.recipe is None:
        raise RequestRefused("shift", f"{card.name} has a noise schedule of its own: leave shift out")
    _check_range("shift", request.shift, *recipes.SHIFTS, card)


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
    if limits.max_frames is not None and round(frames) > limits.max_frames:
        most = f"{limits.max_frames / request.fps:.6g}"
        message = f"{card.name} renders at most {limits.max_frames} frames: at {request.fps} fps, {most} s"
        raise RequestRefused("seconds", message, (most,))
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
    if not card.adapters and any(character.adapter is not None for character in cast):
        raise RequestRefused("adapter", f"{card.name} has no slots for adapters: leave them out")


def _check_plate(request: RenderRequest) -> None:
    if isinstance(request.plate, BackdropPlate) and request.plate.name not in BACKDROPS:
        names = tuple(BACKDROPS)
        raise RequestRefused(
            "plate", f"there is no backdrop {request.plate.name!r}; there are: {', '.join(names)}", names
        )


def _check_control(request: RenderRequest, card: ModelCard) -> None:
    if request.control is not None and card.control == "none":
        raise RequestRefused("control", f"{card.name} is driven by its prompt alone: leave control out")
    if request.control is None and card.control == "required":
        raise RequestRefused("control", f"{card.name} needs a previs to drive it: set control", ("previs",))


def _check_keyframes(request: RenderRequest, card: ModelCard) -> None:
    if not request.keyframes:
        return
    if not card.keyframes:
        can = ", ".join(name for name, other in PULLED.items() if other.keyframes)
        raise RequestRefused("keyframes", f"{card.name} takes no keyframes: leave them out, or render with {can}")
    unfit = find_unfit(request, card.limits.frame_step)
    if unfit is not None:
        raise RequestRefused("keyframes", unfit.message, unfit.nearest)
