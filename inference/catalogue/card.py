"""What a card is: all that the product knows about a model without loading it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from inference import cost, recipes
from inference.catalogue.line_cost import count_speech_s
from inference.devices import H200, DeviceCost
from inference.distilled import GUIDANCE_SCALE, Distilled
from inference.forecast import forecast_loop_s
from inference.memory import Job
from inference.protocol import RenderRequest, Tier

Control = Literal["none", "optional", "required"]


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
    shows_places: bool = False
    """Whether it renders a shot that nobody is in: the plate, its light and its weather."""
    dresses: bool = False
    """Whether it can draw a character in a look: its words go into the prompt, its picture beside the references."""
    acts_anything: bool = False
    """Whether it draws whatever a prompt says, within what it was trained on; a model without leaves words aside."""
    speaks: bool = False
    """Whether it moves the lips of who speaks by itself; a model without needs a previs that does."""

    directs: bool = False
    """Whether camera, performance and pace are fields that it obeys; a model without needs a previs that does."""

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
        fixed = self.seconds_fixed + count_speech_s(request.dialogue)
        if self.shape is not None:
            references = sum(character.pictures for character in request.characters)
            job = Job(request.width, request.height, request.frames, references)
            skips = request.tier == "draft" and self.distilled is None
            loop = forecast_loop_s(
                self.shape, job, request.steps, request.guidance_scale, self.device, self.layout, skips=skips
            )
            return fixed + loop
        megapixels = request.width * request.height / 1e6
        return fixed + self.seconds_per_megapixel_frame * megapixels * request.frames
