"""Models behind another server's `/v1/videos`: what the operator says of them, and the cards that they become."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from inference.catalogue import Limits, ModelCard

NOT_PROMISED = (
    "the server was asked for these steps and this guidance, and does not say what it did",
    "a render that breaks off begins anew",
    "the same seed may give another clip",
    "the clip is as the server sent it: not signed here, its faces not measured",
)


class RemoteModel(BaseModel):
    """One model. `extra` goes with every request, for fields that the server wants and this studio has no word for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    remote_name: str = Field(min_length=1, max_length=200)
    title: str
    licence: str
    commercial: bool = False
    sizes: tuple[str, ...] = Field(min_length=1)
    fps: int = Field(gt=0, le=120)
    min_seconds: float = Field(default=0.5, gt=0)
    max_seconds: float = Field(gt=0)
    steps: int = Field(default=30, gt=0, le=1000)
    guidance_scale: float = Field(default=5.0, ge=0, le=100)
    expected_s: float = Field(default=60.0, gt=0)
    extra: dict[str, JsonValue] = {}


def card_of(name: str, model: RemoteModel) -> ModelCard:
    """How the model stands in the catalogue: one character, by its first photo, and nothing exact."""
    sizes = tuple((int(width), int(height)) for width, _, height in (size.partition("x") for size in model.sizes))
    return ModelCard(
        name=name,
        title=model.title,
        licence=model.licence,
        commercial=model.commercial,
        tiers=("fast",),
        limits=Limits(
            sizes=sizes,
            fps=(model.fps,),
            min_seconds=model.min_seconds,
            max_seconds=model.max_seconds,
            max_characters=1,
            max_steps=1000,
            max_guidance_scale=100.0,
        ),
        default_size=sizes[0],
        default_fps=model.fps,
        default_seconds=model.max_seconds,
        default_steps=model.steps,
        default_guidance_scale=model.guidance_scale,
        can=("one character, from its first photo",),
        cannot=("measure or promise the face", "several characters, plates or looks", *NOT_PROMISED),
        seconds_fixed=model.expected_s,
        seconds_per_megapixel_frame=0.0,
    )
