"""What photos cannot show of what is asked for, told in words: turns, arcs, and a face larger than it was taken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from inference.motion.direction.camera_lexicon import ARC, DEGREES
from inference.motion.direction.camera_words import ARC_DEGREES
from inference.motion.direction.clauses import clauses_of
from inference.motion.direction.turning import Turn
from inference.pipelines.contract import PipelineNote
from inference.protocol import UsedMove
from inference.protocol.turning import ONE_PHOTO_DEG, Reach

_SOFT_FROM = 1.75  # frame pixels for one of the photo's: softer than the plate, to whoever looks
_SIDES = {-1: "to the left", 0: "to a side", 1: "to the right"}


def note_turns(name: str, turns: Iterable[Turn], reach: Reach) -> tuple[PipelineNote, ...]:
    """A note for each turn that the photos of this character do not show."""
    return tuple(
        PipelineNote(
            "beyond_reach",
            f"{name} turns {turn.shown_by(reach):.0f}° {_SIDES[turn.side]}, not {turn.degrees:.0f}°: "
            f"that is what the photos show{_advice(turn, reach)}",
            (turn.words,),
        )
        for turn in turns
        if turn.farther_than(reach)
    )


def note_enlarged(names: Sequence[str], enlarged: Sequence[float]) -> tuple[PipelineNote, ...]:
    """One note for all whose photos are shown so many times as large as they are that it is seen."""
    seen = [f"{name}'s ({size:.1f} times)" for name, size in zip(names, enlarged, strict=True) if size > _SOFT_FROM]
    if not seen:
        return ()
    message = f"photos shown larger than they are, and as soft: {', '.join(seen)}; a larger photo would be sharper"
    return (PipelineNote("photo_enlarged", message),)


def _advice(turn: Turn, reach: Reach) -> str:
    if turn.shown_by(reach) > ONE_PHOTO_DEG:
        return ""
    return f"; a photo turned about 30° {_SIDES[turn.side]} would show 45°"


def note_arcs(prompt: str, moves: Sequence[UsedMove]) -> tuple[PipelineNote, ...]:
    """A note for each arc of the camera that is asked to go farther round than one does."""
    if not any(move.move.startswith("arc") for move in moves):
        return ()
    said = [DEGREES.search(clause.text) for clause in clauses_of(prompt) if ARC.search(clause.text.lower())]
    return tuple(
        PipelineNote(
            "beyond_reach",
            f"the camera goes {ARC_DEGREES:.0f}° round the cast, not {float(found[1]):.0f}°: as far as photos show",
            (found[0],),
        )
        for found in said
        if found is not None and float(found[1]) > ARC_DEGREES
    )
