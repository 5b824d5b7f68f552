"""A line of dialogue as clients give it, for takes, videos and shots alike."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from inference.protocol import MOST_LINES
from studio.generation.bodies import Body, Text

MOST_TYPED = 8_000  # characters that are kept of a line; fewer can be said, and rendering says how many


class LineChoice(Body):
    """What somebody says: in the voice of the character, in another one, or as it was recorded.

    A board keeps what cannot be said yet; hearing it, or rendering, says what is wrong with it.
    """

    id: str | None = Field(default=None, min_length=1, max_length=40, description="Yours; told in `speech` again.")
    character_id: str | None = Field(default=None, max_length=40, description="null: a narrator, or `speaker`.")
    speaker: Text = Field(default="", max_length=80, description="A name from a script, of somebody who is not cast.")
    text: Text = Field(default="", max_length=MOST_TYPED)
    parenthetical: Text = Field(default="", max_length=200, examples=["beat, slowly"])
    voice: Text | None = Field(
        default=None, max_length=100, description="Of `GET /v1/voices`. null: the character's own, or the language's."
    )
    recording: str | None = Field(
        default=None, max_length=40, description="An upload of kind `recording`, in the voice of `character_id`."
    )
    pause_before_s: float = Field(default=0, ge=0, le=60)
    off_screen: bool = Field(default=False, description="(V.O.) or (O.S.): nobody's lips move.")


Dialogue = Annotated[list[LineChoice], Field(max_length=MOST_LINES)]
Pronunciations = Annotated[
    dict[Annotated[Text, Field(min_length=1, max_length=80)], Annotated[Text, Field(min_length=1, max_length=200)]],
    Field(max_length=500),
]
