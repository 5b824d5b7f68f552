"""Takes as clients see them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from inference.backdrops import Backdrop
from inference.catalogue import DEFAULT_MODEL, ModelCard
from inference.protocol import (
    MOST_KEYFRAMES,
    BackdropPlate,
    CameraChoice,
    CharacterIdentity,
    ColourPlate,
    ComparedWith,
    Expectation,
    Framing,
    Moment,
    Placement,
    ReferencePlate,
    SpokenLine,
    Tier,
    UsedDirection,
    Verdict,
)
from storage.tables.takes import TakeState
from studio.billing.credits import in_credits
from studio.billing.schemas import PAYMENT, PRICE, PaymentView, TakePrice, UsageView
from studio.generation.bodies import Body, Text
from studio.generation.direction import Camera, Pace, Performance
from studio.generation.line_choice import Dialogue, Pronunciations
from studio.generation.recipe_view import RecipeView, in_words
from studio.generation.take_examples import ASKED, FAILED, MODEL, REFUSED, RENDERING, SLATE, SUCCEEDED, summary_of
from studio.http.examples import with_examples
from studio.queue.schedule import Priority

Variant = Literal["video", "thumbnail", "sprite", "motion"]


class UploadedPlate(Body):
    """A picture that was uploaded as the background."""

    kind: Literal["image"] = "image"
    asset_id: str = Field(max_length=40)


PlateChoice = Annotated[ReferencePlate | ColourPlate | UploadedPlate | BackdropPlate, Field(discriminator="kind")]


class CastEntry(Body):
    """A character in the shot; without a placement the studio finds one."""

    character_id: str = Field(max_length=40)
    placement: Placement | None = None
    expected: Expectation = Field(default="always", description="Whether the face should be seen in the shot.")
    look_id: str | None = Field(default=None, max_length=40, description="What the character wears: one of its looks.")


class ControlChoice(Body):
    """Let the previs of this shot drive a large model: its cast, staging, timing and camera.

    With `take_id` the motion of that previs take is used, just as it was seen; without, the prompt is acted anew.
    """

    model_config = ConfigDict(extra="forbid")

    kind: Literal["previs"] = "previs"
    take_id: str | None = Field(default=None, max_length=40, examples=["take_01J9ZK3Q5T8M4N6P7R9S0V2W3X"])


class KeyframeChoice(Body):
    """A picture that the clip is to show at a moment: an uploaded one, of the clip's shape."""

    model_config = ConfigDict(extra="forbid")

    asset_id: str = Field(max_length=40, examples=["ast_01J9ZK1M2N8M4N6P7R9S0V2W3X"])
    at: Moment = Field(
        description="`first`, `last`, or seconds from the start; a moment of a frame.", examples=["first", 2.5]
    )


class IdentityGuarantee(Body):
    """How like the faces must be. A take below is rendered again by another seed; only the one that passes is charged.

    When none does within `max_attempts`, the take fails with `identity_below_minimum` and costs nothing.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"min_score": 0.6, "max_attempts": 3}]})

    min_score: float = Field(ge=0, le=1, description="Mean cosine over visible frames, of every character who is seen.")
    max_attempts: int = Field(default=3, ge=1, le=8)


Steps = Annotated[int, Field(gt=0, le=10_000)]
Size = Annotated[
    str | None, Field(pattern=r"^[1-9]\d{1,4}x[1-9]\d{1,4}$", description="WIDTHxHEIGHT.", examples=["768x432"])
]


class RenderOptions(Body):
    """What every way of asking for a take has in common. What is left out takes the model's default."""

    prompt: Text = Field(min_length=1, max_length=4000)
    negative_prompt: Text | None = Field(
        default=None,
        max_length=4000,
        description="What guidance steers away from. Left out: what the model's authors wrote; empty: nothing.",
    )
    model: Text = Field(default=DEFAULT_MODEL, max_length=40)
    seconds: float | None = Field(
        default=None,
        gt=0,
        le=3600,
        description="Left out: as long as its lines, and without lines the model's default.",
    )
    size: Size = None
    seed: int | None = Field(default=None, ge=0, lt=2**63, description="Left out: drawn, and told in the reply.")
    guidance_scale: float | None = Field(default=None, ge=0, le=1000)
    shift: float | None = Field(
        default=None, gt=0, le=1000, description="Of the noise schedule: above 1, more steps near noise."
    )
    fps: int | None = Field(default=None, gt=0, le=240)
    tier: Tier | None = None
    framing: Framing = "cu"
    camera: Camera | None = None
    performance: Performance = 0.0
    pace: Pace = 0.0
    priority: Priority | None = Field(
        default=None,
        description="Within the organisation's queue: each class goes before what the next one submitted up to a day "
        "before. Left out: `interactive` for a take of a few seconds, `normal` for a longer one.",
    )
    pool: Text | None = Field(
        default=None,
        max_length=40,
        description="One of the model's `pools`: rendered there and nowhere else. Left out: by the organisation's own "
        "nodes where they serve the model, else by everybody's (`shared`).",
    )
    control: ControlChoice | None = Field(default=None, description="For models that a previs drives.")
    identity: IdentityGuarantee | None = Field(default=None, description="Charge only a take that keeps the faces.")
    keyframes: list[KeyframeChoice] = Field(
        default_factory=list,
        max_length=MOST_KEYFRAMES,
        description="For models whose `keyframes` is true: pictures at given moments, at least four frames apart.",
    )
    dialogue: Dialogue = Field(default_factory=list, description="What is said, in order.")
    pronunciations: Pronunciations = Field(
        default_factory=dict,
        description="A word → how it is said: another spelling, pinyin (`chang2 jie1`), or phonemes between slashes.",
        examples=[{"Siobhan": "Shivawn"}],
    )


class TakeCreate(RenderOptions):
    """What to shoot. What is left out takes the model's default; nothing that is given is rounded."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [*ASKED]})

    characters: list[CastEntry] = Field(
        max_length=8,
        description="Who is in the shot. Empty: the place alone, for models that show places, with a plate.",
    )
    steps: Steps | None = None
    plate: PlateChoice = ReferencePlate()


class TakeSubmitted(TakeCreate):
    """A take to shoot; with `dry_run` the reply is what it would be (priced in `usage.held`), and nothing is kept."""

    dry_run: bool = False


class CastView(BaseModel):
    """A character as it was cast."""

    character_id: str
    name: str
    placement: Placement
    expected: Expectation
    look_id: str | None
    look_name: str | None


class FailureView(BaseModel):
    """Why a take ended without a clip."""

    code: str
    message: str


class FileView(BaseModel):
    """One file of a take; fetch it at `/v1/takes/{id}/content?variant=…`."""

    model_config = ConfigDict(from_attributes=True)

    sha256: str
    size_bytes: int
    content_type: str


class Timings(BaseModel):
    """Wall seconds: waiting, inside the engine, and from accepted to the end."""

    queue_s: float | None
    render_s: float | None
    total_s: float | None


class SlateView(BaseModel):
    """What a take is of. `shot`: its number on the board, null once it has left the board."""

    model_config = with_examples(SLATE)

    project_id: str
    film: str = Field(examples=["The Letter"])
    shot_id: str
    shot: str | None = Field(examples=["2A"])
    take: str = Field(examples=["T3"])


class IdentitySummary(BaseModel):
    """How well one character kept the face, without the cosine of every frame."""

    character_id: str
    character_name: str
    score: float | None
    worst_decile: float | None
    presence: float = Field(ge=0, le=1)
    drift: float | None
    yaw_range_deg: tuple[float, float] | None
    threshold: float
    compared_with: ComparedWith
    expected: Expectation
    verdict: Verdict


class LineView(BaseModel):
    """A line as it was asked for, in the voice that says it. `character_id`: null where nobody in the picture does."""

    id: str
    character_id: str | None
    text: str
    parenthetical: str
    voice: str | None
    recording: str | None = Field(description="The recording's asset.")
    pause_before_s: float
    off_screen: bool


class TakeFacts(BaseModel):
    """What every view of a take tells. `files` come when it has succeeded, `failure` when it has failed."""

    id: str
    shot_id: str | None
    slate: SlateView | None = Field(description="Of which film and shot it is; null for a take without a shot.")
    state: TakeState
    model: str
    pool: str = Field(description="Whose nodes render it, or did: one of the organisation's pools, or `shared`.")
    tier: Tier
    prompt: str
    negative_prompt: str
    characters: list[CastView]
    dialogue: list[LineView]
    seconds: float
    size: str
    fps: int
    frames: int
    seed: int
    priority: Priority
    steps: int
    guidance_scale: float
    shift: float | None = Field(description="Null where the model has a noise schedule of its own.")
    framing: Framing
    camera: CameraChoice | None = Field(description="What was asked for; null: what the prompt says, if anything.")
    performance: float
    pace: float
    progress: float = Field(ge=0, le=1)
    stage: str | None
    queue_place: int | None = Field(description="Among the organisation's takes that wait: 1 is next.")
    unserved: bool = Field(description="It waits, and no node serves its model now: it is begun once one does.")
    eta_s: float | None = Field(description="Seconds until it is finished, as far as can be told.")
    attempt: int
    failure: FailureView | None
    receipt_sha256: str | None
    notes: list[dict[str, Any]]
    speech: list[SpokenLine] | None = Field(
        description="Each line as it was heard in the finished clip; null before that, and of a take without lines."
    )
    files: dict[Variant, FileView]
    timings: Timings
    usage: UsageView
    guarantee: IdentityGuarantee | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class TakeSummary(TakeFacts):
    """A take in a list: all of it but its receipt and the cosines of its frames, which the take by itself has."""

    model_config = with_examples(*map(summary_of, (RENDERING, SUCCEEDED, FAILED)))

    identity: list[IdentitySummary] | None


class TakeView(TakeFacts):
    """A take. `identity`, `receipt` and `files` come when it has succeeded, `failure` when it has failed."""

    model_config = with_examples(RENDERING, SUCCEEDED, FAILED)

    identity: list[CharacterIdentity] | None
    receipt: dict[str, Any] | None


class TakeRefusal(BaseModel):
    """Why a take would be refused: which field, and the nearest values that would not be."""

    field: str
    message: str
    nearest: list[str]
    code: str = Field(description="The refusal's, as a submit would answer it.")
    members: dict[str, JsonValue] = Field(description="What the refusal tells beside its words, by name.")


class PromptNote(BaseModel):
    """Something about the prompt that the take will note just so: what of its words the model leaves aside."""

    code: str
    message: str
    words: list[str] = Field(description="The prompt's own words that it is about.")


class EstimateView(BaseModel):
    """What a take would cost, in time and in credits. `seconds` and its bounds are null when it would be refused.

    They are measured on this organisation's own takes where there are some, and counted from the model otherwise.
    `cannot`: what the model cannot do, in words. `notes`: what the take will note about its prompt; null where that
    cannot be told now.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "seconds": 12.4,
                    "seconds_low": 10.9,
                    "seconds_high": 15.0,
                    "queue_seconds": 0.0,
                    "price": PRICE,
                    "payment": PAYMENT,
                    "ok": True,
                    "problems": [],
                    "cannot": ["walk or show the whole body"],
                    "notes": [
                        {
                            "code": "prompt_partially_followed",
                            "message": "the previs moves the head, the face and the camera; it left aside: walks away",
                            "words": ["walks away"],
                        }
                    ],
                },
                REFUSED,
            ]
        }
    )

    seconds: float | None
    seconds_low: float | None
    seconds_high: float | None
    queue_seconds: float
    price: TakePrice | None = Field(description="The most that it would be charged; null when it would be refused.")
    ok: bool
    payment: PaymentView | None = Field(description="What would pay for it; null where it costs nothing.")
    problems: list[TakeRefusal]
    cannot: list[str]
    notes: list[PromptNote] | None
    understood: UsedDirection | None = Field(
        default=None,
        description="How the prompt's words direct the clip: its camera, and what each face does; null where that "
        "cannot be told now.",
    )


class Title(BaseModel):
    """A name for people, in both languages of the studio."""

    en: str
    zh: str


class BackdropView(BaseModel):
    """A plate that the engine draws itself, in `layers` that a camera moves past; `words` suggest it."""

    name: str
    title: Title
    words: list[str]
    layers: int

    @classmethod
    def of(cls, backdrop: Backdrop) -> BackdropView:
        """An entry of the catalogue."""
        return cls(
            name=backdrop.name,
            title=Title(en=backdrop.title_en, zh=backdrop.title_zh),
            words=[*backdrop.words, *backdrop.words_zh],
            layers=backdrop.layers,
        )


class BackdropList(BaseModel):
    """Every backdrop."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "data": [
                        {
                            "name": "forest",
                            "title": {"en": "Forest in the mist", "zh": "雾中的森林"},
                            "words": ["forest", "woods", "森林"],
                            "layers": 6,
                        }
                    ]
                }
            ]
        }
    )

    data: list[BackdropView]


class BackdropSuggestion(BaseModel):
    """Names of backdrops that fit a prompt's place words, best first; none where it names no place."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": ["beach", "meadow"]}]})

    data: list[str]


class ModelView(BaseModel):
    """What a model may be asked for. The first four fields are what clients of OpenAI's model list read."""

    model_config = with_examples(MODEL)

    id: str
    object: Literal["model"] = "model"
    created: int = Field(default=0, description="Unix seconds; 0, for a model has no date of its own.")
    owned_by: str = "dramatis"
    name: str = Field(description="The same as `id`.")
    title: str
    licence: str
    pools: list[str] = Field(description="Whose nodes render it: a take may name one of them as its `pool`.")
    commercial: bool
    tiers: list[Tier]
    sizes: list[str]
    fps: list[int]
    min_seconds: float
    max_seconds: float
    max_characters: int
    shows_places: bool = Field(description="Whether it shows a place that nobody is in: a take without characters.")
    dresses: bool = Field(description="Whether it draws characters in their looks.")
    keyframes: bool = Field(description="Whether a clip can show given pictures at given moments.")
    acts_anything: bool = Field(description="Whether it draws whatever a prompt says: bodies, places, clothes, light.")
    max_steps: int
    max_guidance_scale: float
    default_size: str
    default_seconds: float
    default_fps: int
    default_steps: int
    draft_steps: int | None = Field(description="The default in the draft tier, where it is another one.")
    default_guidance_scale: float
    draft_guidance_scale: float | None = Field(description="The default in the draft tier, where it is another one.")
    credits_per_device_second: float = Field(description="What it costs; 0: nothing.")
    recipe: RecipeView | None = Field(description="Null for the models of this project itself.")
    can: list[str]
    cannot: list[str]

    @classmethod
    def of(cls, card: ModelCard, price: int, pools: list[str]) -> ModelView:
        """The card of one model, flattened. price: micro-credits a device-second."""
        limits = card.limits
        return cls(
            id=card.name,
            name=card.name,
            title=card.title,
            licence=card.licence,
            pools=pools,
            commercial=card.commercial,
            tiers=list(card.tiers),
            sizes=in_words(limits.sizes),
            fps=list(limits.fps),
            min_seconds=limits.min_seconds,
            max_seconds=limits.max_seconds,
            max_characters=limits.max_characters,
            shows_places=card.shows_places,
            dresses=card.dresses,
            keyframes=card.keyframes,
            acts_anything=card.acts_anything,
            max_steps=limits.max_steps,
            max_guidance_scale=limits.max_guidance_scale,
            default_size=f"{card.default_size[0]}x{card.default_size[1]}",
            default_seconds=card.default_seconds,
            default_fps=card.default_fps,
            default_steps=card.default_steps,
            draft_steps=card.draft_steps,
            default_guidance_scale=card.default_guidance_scale,
            draft_guidance_scale=None if card.distilled is None else card.guidance_in("draft"),
            credits_per_device_second=in_credits(price),
            recipe=None if card.recipe is None else RecipeView.of(card.recipe),
            can=list(card.can),
            cannot=list(card.cannot),
        )


class ModelList(BaseModel):
    """Every model of this studio."""

    object: Literal["list"] = "list"
    data: list[ModelView]
