"""How a model's authors run it, as clients see it."""

from __future__ import annotations

from pydantic import BaseModel, Field

from inference.recipes import Recipe, Scheduler
from studio.http.examples import Example, with_examples

_VACE: Example = {
    "steps": 50,
    "guidance_scale": 5.0,
    "shift": 16.0,
    "scheduler": "unipc",
    "negative_prompt": "overexposed, static, blurred details, subtitles",
    "fps": 16,
    "frames": 81,
    "sizes": ["832x480", "480x832"],
    "sources": {"shift": "ali-vilab/VACE: vace/vace_wan_inference.py, validate_args"},
}


class RecipeView(BaseModel):
    """What is left out of a take has these values. `sources`: where each is written, by a repository and its file."""

    model_config = with_examples(_VACE)

    steps: int
    guidance_scale: float
    shift: float = Field(description="Of the noise schedule: above 1, more steps near noise.")
    scheduler: Scheduler
    negative_prompt: str = Field(description="What guidance steers away from.")
    fps: int
    frames: int = Field(description="Of the longest clip.")
    sizes: list[str] = Field(description="Those that the authors list; the model may render more.")
    sources: dict[str, str]

    @classmethod
    def of(cls, recipe: Recipe) -> RecipeView:
        """The recipe with its sizes in words."""
        told = {name: getattr(recipe, name) for name in cls.model_fields if name not in ("sizes", "sources")}
        return cls(**told, sizes=in_words(recipe.sizes), sources=dict(recipe.sources))


def in_words(sizes: tuple[tuple[int, int], ...]) -> list[str]:
    """WIDTHxHEIGHT each."""
    return [f"{width}x{height}" for width, height in sizes]
