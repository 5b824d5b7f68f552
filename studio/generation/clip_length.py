"""How long a clip is whose length was left open: as long as its lines, or what the model renders as it comes."""

from __future__ import annotations

import math

from inference.catalogue import ModelCard
from studio.generation.planned_dialogue import PlannedDialogue
from studio.generation.refusals import RequestUnrenderable


def length_of(card: ModelCard, fps: int, seconds: float | None, dialogue: PlannedDialogue) -> float:
    """Seconds of a whole number of frames that the model renders, never fewer than the lines need.

    Raises RequestUnrenderable where a length that was given is too short for lines that were measured, and where no
    clip of the model is long enough.
    """
    if not dialogue.lines:
        return card.default_seconds if seconds is None else seconds
    if seconds is not None:
        if dialogue.known and seconds < dialogue.needed_s - 1 / fps:
            needed = f"{_fitting(card, fps, dialogue.needed_s):.6g}"
            words = f"its lines need {dialogue.needed_s:.1f} s and the clip has {seconds:g} s"
            words += ": make it as long as its lines, or take a line away"
            raise RequestUnrenderable(words, field="seconds", nearest=[needed])
        return seconds
    return _fitting(card, fps, max(dialogue.needed_s, card.limits.min_seconds))


def _fitting(card: ModelCard, fps: int, needed_s: float) -> float:
    limits = card.limits
    frames = max(1, math.ceil(needed_s * fps - 1e-6))
    frames = math.ceil((frames - 1) / limits.frame_step) * limits.frame_step + 1 if limits.frame_step > 1 else frames
    longest = min(limits.max_seconds * fps, limits.max_frames or math.inf)
    if frames > longest:
        words = f"its lines need {needed_s:.1f} s, and {card.name} renders at most {longest / fps:.6g} s"
        raise RequestUnrenderable(f"{words}: give some of them to another shot", field="dialogue", nearest=[])
    return frames / fps
