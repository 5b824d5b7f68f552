"""How a take is directed beyond its prompt, as clients ask for it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from inference.protocol import CameraChoice

Camera = Annotated[
    CameraChoice,
    Field(
        description="A camera move, which rules over the prompt's words. It fills the clip; a fast one is over in "
        "three fifths of it. `starts` and `ends` are framings to travel between.",
        examples=[{"move": "push_in", "amount": 0.6, "speed": "slow", "ends": "cu"}],
    ),
]
Performance = Annotated[float, Field(ge=-1, le=1, description="How large the acting is: -1 restrained, 1 big.")]
Pace = Annotated[float, Field(ge=-1, le=1, description="How quick the acting is: -1 slow, 1 quick.")]
