"""Cuts as clients see them."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from storage.tables.cuts import CutState
from studio.billing.schemas import UsageView
from studio.cut.cut_examples import CUT, CUT_DETAIL, CUT_PLAN
from studio.cut.plan import WhyMissing
from studio.generation.schemas import FailureView, FileView
from studio.http.examples import with_examples
from studio.storyboard.grading import ColourFilter, Grade
from studio.storyboard.scene_setting import Ambience


class CutEntryView(BaseModel):
    """One shot of the film, by the take that stands for it. `frames`: of the film."""

    shot_id: str
    number: str = Field(examples=["1A"])
    take_id: str
    take: str = Field(examples=["T2"])
    circled: bool = Field(description="Whether the filmmaker chose it; else it is the best by score, or the newest.")
    frames: int
    scene_id: str | None
    ambience: Ambience | None
    grade: Grade
    colours: ColourFilter | None = Field(description="The grade as numbers; null: as it was rendered.")


class MissingShotView(BaseModel):
    """A shot that the film is without."""

    shot_id: str
    number: str = Field(examples=["1B"])
    why: WhyMissing


class CutView(BaseModel):
    """A cut: a durable job, and in the end one MP4, silent, of `frames` frames, the title card's among them.

    `shots` of the film are in it, `left_out` are not. `titled`: whether a font could show the film's name.
    """

    model_config = with_examples(CUT)

    id: str
    project_id: str
    state: CutState
    name: str
    size: str = Field(examples=["768x432"])
    fps: int
    title_frames: int
    frames: int
    shots: int
    left_out: int
    titled: bool
    progress: float
    attempt: int
    usage: UsageView = Field(description="What it came to; a cut costs something where the operator says so.")
    failure: FailureView | None
    file: FileView | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class CutDetail(CutView):
    """A cut with every shot of it."""

    model_config = with_examples(CUT_DETAIL)

    entries: list[CutEntryView]
    missing: list[MissingShotView]


class CutPlanView(BaseModel):
    """What a cut made now would hold. `cut`: the newest of this film, when it holds just that and was not given up."""

    model_config = with_examples(CUT_PLAN)

    project_id: str
    name: str
    size: str = Field(examples=["768x432"])
    fps: int
    title_frames: int
    frames: int
    entries: list[CutEntryView]
    missing: list[MissingShotView]
    cut: CutView | None
