"""Projects, scenes, shots and their takes as clients give and see them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from inference.catalogue import DEFAULT_MODEL
from inference.protocol import MOST_KEYFRAMES, Framing, Tier, Verdict
from storage.tables.storyboard import Aspect
from studio.generation.bodies import Body, Text
from studio.generation.direction import Pace, Performance
from studio.generation.line_choice import Dialogue, Pronunciations
from studio.generation.schemas import CastEntry, KeyframeChoice, PlateChoice, TakeSummary
from studio.generation.take_examples import CHARACTER_ID
from studio.http.examples import with_examples
from studio.storyboard.board_examples import (
    BOARD,
    DUPLICATED,
    ERASED,
    IMPORTED,
    NOTE,
    PROJECT,
    SCENE_ID,
    SCENE_TAKES,
    SHOT_ID,
    SHOT_TAKE,
)
from studio.storyboard.edit_labels import EditAction
from studio.storyboard.grading import ColourFilter, Grade
from studio.storyboard.scene_setting import Light, OwnSetting, SceneSetting, SceneSuggestion, SettingChange
from studio.storyboard.shot_camera import ShotCamera
from studio.storyboard.stale_reasons import Part

MOST_FOUNTAIN_CHARACTERS = 400_000


Keyframes = Annotated[list[KeyframeChoice], Field(max_length=MOST_KEYFRAMES)]


def _example(**body: JsonValue) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [body]})


# Asked ------------------------------------------------------------------------------------------------------------


class ProjectCreate(Body):
    """A new, empty film."""

    model_config = _example(name="The Letter", aspect="16:9")

    name: str = Field(min_length=1, max_length=200)
    aspect: Aspect = "16:9"


class ProjectChange(Body):
    """What is left out stays."""

    model_config = _example(name="The Letter")

    name: str | None = Field(default=None, min_length=1, max_length=200)
    aspect: Aspect | None = None
    pronunciations: Pronunciations | None = Field(
        default=None, description="All of them: a word → another spelling, pinyin, or phonemes between slashes."
    )
    pool: Text | None = Field(
        default=None,
        max_length=40,
        description="Where takes of its shots go that name no `pool` themselves, as if each named it. null: by the "
        "organisation's own nodes where they serve the model, else by everybody's.",
    )


class ScreenplayImport(Body):
    """A film from a screenplay in Fountain. Without a name it takes the title page's."""

    model_config = _example(fountain="Title: The Letter\n\nINT. KITCHEN - DAY\n\nAda smiles.\n\nADA\nAt last.\n")

    fountain: str = Field(min_length=1, max_length=MOST_FOUNTAIN_CHARACTERS)
    name: str | None = Field(default=None, min_length=1, max_length=200)
    aspect: Aspect = "16:9"


class SceneCreate(Body):
    """A new scene, at the end unless told otherwise."""

    model_config = _example(heading="INT. KITCHEN - DAY", after=None)

    heading: str = Field(default="", max_length=200)
    setting: SceneSetting = SceneSetting()
    after: str | None = Field(
        default=None, max_length=40, description="A scene: right after it. null: first. Left out: last."
    )


class SceneChange(Body):
    """What is left out stays."""

    model_config = _example(heading="EXT. GARDEN - NIGHT", setting={"light": "night", "grade": {"style": "cool"}})

    heading: str | None = Field(default=None, max_length=200)
    setting: SettingChange | None = None


class SceneMove(Body):
    """Where the scene goes."""

    model_config = _example(after=SCENE_ID)

    after: str | None = Field(max_length=40, description="A scene: right after it. null: first.")


class ShotContent(OwnSetting):
    """What a shot asks for. A board keeps what cannot be rendered yet; rendering it says what is missing."""

    prompt: str = Field(default="", max_length=3800, description="`@Name` names a character of this shot.")
    characters: list[CastEntry] = Field(default_factory=list, max_length=8)
    camera: ShotCamera | None = Field(
        default=None, description="null: what the prompt says of the camera, if anything."
    )
    performance: Performance = 0.0
    pace: Pace = 0.0
    seconds: float | None = Field(default=5.0, gt=0, le=3600, description="null: as long as its lines.")
    size: str | None = Field(
        default=None,
        pattern=r"^[1-9]\d{1,4}x[1-9]\d{1,4}$",
        description="null: the model's size for the film's aspect.",
    )
    model: str = Field(default=DEFAULT_MODEL, max_length=40)
    tier: Tier | None = None
    seed: int | None = Field(default=None, ge=0, lt=2**63, description="null: drawn anew for every take.")
    keyframes: Keyframes = Field(default_factory=list, description="Pictures that the clip is to show.")
    dialogue: Dialogue = Field(default_factory=list, description="What is said, in order.")


class ShotCreate(ShotContent):
    """A new shot, at the end of its scene unless told otherwise."""

    model_config = _example(
        prompt="@Ada smiles, then looks to the left",
        characters=[{"character_id": CHARACTER_ID}],
        framing="cu",
        camera={"move": "push_in", "speed": "slow"},
        seconds=5,
    )

    after: str | None = Field(
        default=None, max_length=40, description="A shot of this scene: right after it. null: first. Left out: last."
    )


class ShotChange(OwnSetting):
    """What is left out stays as it is. `size`, `tier`, `seed`, `seconds`, `camera` and what is the scene's may be set
    to null.
    """

    model_config = _example(prompt="@Ada nods", seed=7)

    prompt: str | None = Field(default=None, max_length=3800)
    characters: list[CastEntry] | None = Field(default=None, max_length=8)
    camera: ShotCamera | None = None
    performance: Performance | None = None
    pace: Pace | None = None
    seconds: float | None = Field(default=None, gt=0, le=3600)
    size: str | None = Field(default=None, pattern=r"^[1-9]\d{1,4}x[1-9]\d{1,4}$")
    model: str | None = Field(default=None, max_length=40)
    tier: Tier | None = None
    seed: int | None = Field(default=None, ge=0, lt=2**63)
    keyframes: Keyframes | None = None
    dialogue: Dialogue | None = None


ShotIds = list[Annotated[str, Field(max_length=40)]]


class ShotsChange(OwnSetting):
    """What several shots of one film ask for alike; what is left out stays. `size`, `tier`, `camera` and what is the
    scene's may be set to null.
    """

    model_config = _example(shot_ids=[SHOT_ID], framing="ws", seconds=3)

    shot_ids: ShotIds = Field(min_length=1, max_length=500)
    camera: ShotCamera | None = None
    performance: Performance | None = None
    pace: Pace | None = None
    seconds: float | None = Field(default=None, gt=0, le=3600)
    size: str | None = Field(default=None, pattern=r"^[1-9]\d{1,4}x[1-9]\d{1,4}$")
    model: str | None = Field(default=None, max_length=40)
    tier: Tier | None = None


class ShotsMove(Body):
    """Shots that go to one place together, in the order in which they are named."""

    model_config = _example(shot_ids=[SHOT_ID], scene_id=SCENE_ID, after=None)

    shot_ids: ShotIds = Field(min_length=1, max_length=500)
    scene_id: str = Field(max_length=40)
    after: str | None = Field(max_length=40, description="A shot of that scene: right after it. null: first.")


class ShotsDelete(Body):
    """Shots of one film that go together."""

    model_config = _example(shot_ids=[SHOT_ID])

    shot_ids: ShotIds = Field(min_length=1, max_length=500)


class ShotsDuplicate(Body):
    """Shots of one film that are duplicated together."""

    model_config = _example(shot_ids=[SHOT_ID])

    shot_ids: ShotIds = Field(min_length=1, max_length=500)


_DRY_RUN = "Do all of it, answer what came of it, and keep nothing."


class TakesAsked(Body):
    """How many takes of a shot; each with a seed of its own, or the shot's when it is locked and one is asked for."""

    model_config = _example(count=4)

    count: int = Field(default=1, ge=1, le=4)
    pool: Text | None = Field(
        default=None, max_length=40, description="One of the model's `pools`. Left out: the film's."
    )
    dry_run: bool = Field(default=False, description=_DRY_RUN)


class SceneTakesAsked(Body):
    """How to render a scene."""

    model_config = _example(dry_run=True)

    dry_run: bool = Field(default=False, description=_DRY_RUN)


class CircleAsked(Body):
    """The take that the filmmaker chose, or none."""

    model_config = _example(take_id="take_01J9ZK7M2A8M4N6P7R9S0V2W3X")

    take_id: str | None = Field(max_length=40)


class NoteCreate(Body):
    """A remark about one frame, counted from 0."""

    model_config = _example(frame=48, text="hold this look longer")

    frame: int = Field(ge=0, lt=2**31)
    text: str = Field(min_length=1, max_length=2000)


# Shown ------------------------------------------------------------------------------------------------------------


class ProjectCounts(BaseModel):
    """How much of what a film holds. `circled`: shots with a circled take."""

    scenes: int
    shots: int
    takes: int
    circled: int


class ProjectView(BaseModel):
    """A film. `revision` grows with every change of its board."""

    model_config = with_examples(PROJECT)

    id: str
    name: str
    aspect: Aspect
    pronunciations: dict[str, str] = Field(description="How words are said in this film.")
    pool: str | None = Field(description="Whose nodes render its shots; null: the organisation's usual ones.")
    revision: int
    counts: ProjectCounts
    poster_take_id: str | None
    created_at: datetime


class ProjectErased(BaseModel):
    """What went for good. Takes that still rendered were cancelled; their files go as soon as their engine lets go."""

    model_config = with_examples(ERASED)

    project_id: str
    scenes: int
    shots: int
    takes: int
    notes: int
    files: int


class TakeCounts(BaseModel):
    """A shot's takes. `running`: waiting or rendering; which ones, in `running_ids`."""

    total: int
    running: int
    failed: int
    running_ids: list[str]


class ShotVerdict(BaseModel):
    """How well one character kept the face in the take that the board shows."""

    character_id: str
    verdict: Verdict
    score: float | None


class ChangeView(BaseModel):
    """Something that is not as it was when a take was made; `name`: of the character that it is about."""

    part: Part
    name: str | None


class StagedView(BaseModel):
    """What holds for a shot: its own, else its scene's. `colours`: the grade as numbers; null: as it was rendered."""

    framing: Framing
    plate: PlateChoice
    light: Light | None
    grade: Grade
    colours: ColourFilter | None


class ShotView(ShotContent):
    """A shot on its board. What `verdicts` and `stale` tell is of the take `poster_take_id`.

    That is the circled take, else the best by score, else the newest that succeeded.
    """

    model_config = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=True)

    id: str
    project_id: str
    scene_id: str
    number: str = Field(description="For example 1A: scene 1, first shot.")
    staged: StagedView
    circled_take_id: str | None
    takes: TakeCounts
    poster_take_id: str | None
    verdicts: list[ShotVerdict]
    stale: list[str] = Field(description="What has changed since that take was made, in words; empty: nothing.")
    changed: list[ChangeView] = Field(description="The same as codes.")


class SceneView(BaseModel):
    """A scene. `ordinal` counts from 1. `suggested`: what its heading says of plate and light, beyond what is set."""

    id: str
    heading: str
    setting: SceneSetting
    suggested: SceneSuggestion
    ordinal: int
    shots: list[ShotView]


class EditView(BaseModel):
    """What an edit did: a code with the numbers that it is about, as they were seen, for words in any language."""

    action: EditAction
    scene: int | None = None
    shot: str | None = None
    shots: int | None = None


class BoardView(BaseModel):
    """A film's board, whole. `can_undo` and `can_redo` say in words what an undo or a redo would do.

    `undo` and `redo` say the same as codes.
    """

    model_config = with_examples(BOARD)

    project: ProjectView
    scenes: list[SceneView]
    can_undo: str | None
    can_redo: str | None
    undo: EditView | None
    redo: EditView | None
    revision: int


class CastFound(BaseModel):
    """A name of the screenplay and the character that bears it."""

    name: str
    character_id: str


class NameShared(BaseModel):
    """A name of the screenplay that several characters bear, of whom the oldest, `character_id`, was cast."""

    name: str
    character_id: str
    other_ids: list[str]


class ShotsDuplicated(BaseModel):
    """The board with the copies; `shot_ids`: theirs, in the order of the film."""

    model_config = with_examples(DUPLICATED)

    board: BoardView
    shot_ids: list[str]


class ImportView(BaseModel):
    """The board made of a screenplay; `unmatched`: names that speak but are not in the cast; `shared`: names of
    several characters."""

    model_config = with_examples(IMPORTED)

    board: BoardView
    matched: list[CastFound]
    unmatched: list[str]
    shared: list[NameShared]


class ShotTakeSummary(TakeSummary):
    """A take of a shot, as lists have it. `suggested`: the best by score of those that are not stale."""

    model_config = with_examples(SHOT_TAKE)

    number: str = Field(examples=["T1"])
    suggested: bool
    circled: bool
    stale: list[str]
    changed: list[ChangeView]


class ShotTakeList(BaseModel):
    """Every take of a shot, newest first."""

    data: list[ShotTakeSummary]


class TakesSubmitted(BaseModel):
    """The takes that were accepted."""

    data: list[ShotTakeSummary]


class ShotRefusal(BaseModel):
    """Why a shot was not rendered, as its own request would have been refused."""

    shot_id: str
    number: str
    code: str
    detail: str
    members: dict[str, Any] = Field(description="Further fields of the refusal, as `field` and `nearest`.")


class SceneTakesView(BaseModel):
    """One take of each shot that can be rendered, and why the others were not."""

    model_config = with_examples(SCENE_TAKES)

    data: list[ShotTakeSummary]
    refusals: list[ShotRefusal]


class NoteView(BaseModel):
    """A remark about one frame of a take. `author`: a member's name; null when a key wrote it."""

    model_config = with_examples(NOTE)

    id: str
    take_id: str
    frame: int
    text: str
    author: str | None
    created_at: datetime


class NoteList(BaseModel):
    """A take's notes, by frame."""

    data: list[NoteView]
