"""What the previs tells of a take beside its clip: what was left aside, and what stays of the photos."""

from __future__ import annotations

from inference.motion.air import read_weather
from inference.motion.direction.framing_words import find_over_shoulder
from inference.pipelines.contract import PipelineNote

SILENT = PipelineNote("silent_clip", "this clip has no sound")


def without_weather(words: tuple[str, ...]) -> tuple[str, ...]:
    """Phrases left aside, but for those that say what is in the air where nobody stands: that is shown."""
    return tuple(phrase for phrase in words if read_weather(phrase) is None)


def note_left_aside(words: tuple[str, ...]) -> tuple[PipelineNote, ...]:
    """What of the words nobody acts."""
    if not words:
        return ()
    message = "the previs moves the head, the face and the camera; it left aside: " + "; ".join(words)
    return (PipelineNote("prompt_partially_followed", message, words),)


def note_over_shoulder(prompt: str) -> tuple[PipelineNote, ...]:
    """That there is no shot over a shoulder, and what is nearest, where one is asked for."""
    asked = find_over_shoulder(prompt)
    if asked is None:
        return ()
    message = (
        f"no photo shows the back of a head, so there is no shot over a shoulder ({asked}): nearest are both from the "
        "front in a medium shot, or who speaks alone in a medium close-up"
    )
    return (PipelineNote("framing_left_aside", message, (asked,)),)
