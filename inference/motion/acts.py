"""What a caption means: acts in groups, one group after another, the acts of a group together."""

from __future__ import annotations

from dataclasses import dataclass

SIDED = ("turn", "look", "gaze", "tilt", "pan", "roll")
PLAIN = (
    "up", "down", "nod", "shake", "face", "still", "smile", "sad", "angry", "surprise", "laugh", "talk", "open",
    "close_eyes", "blink", "open_eyes", "brows", "in_zoom", "in_dolly", "out_zoom", "out_dolly", "tilt_up",
    "tilt_down", "handheld", "static",
)  # fmt: skip
ACTS: tuple[str, ...] = tuple(f"{name}_{side}" for name in SIDED for side in ("left", "right", "any")) + PLAIN

# What each word of a caption is about: an act, nothing, or something that the previs leaves aside.
LEFT_ASIDE = ("unsupported", "other", "setting")
LABELS: tuple[str, ...] = ("none", *LEFT_ASIDE, *ACTS)
LABEL_INDEX = {label: i for i, label in enumerate(LABELS)}


@dataclass(frozen=True)
class Act:
    """One thing to do. speed −1 slow … 1 fast; extent −1 slight … 1 full; `back` returns to rest soon after."""

    name: str
    speed: int = 0
    extent: int = 0
    back: bool = False

    @property
    def kind(self) -> str:
        """The name without its side."""
        return self.name.removesuffix("_left").removesuffix("_right").removesuffix("_any")


@dataclass(frozen=True)
class Span:
    """Characters [start, end) of a caption are about `label`."""

    start: int
    end: int
    label: str


@dataclass(frozen=True)
class Caption:
    """A text, what its words are about, and what it asks for."""

    text: str
    spans: tuple[Span, ...]
    groups: tuple[tuple[Act, ...], ...]
