"""Which take of a shot stands for it: the circled one, else the best by score. Nothing is chosen for the filmmaker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from storage.queries.shot_takes import TakenShot
from studio.storyboard.staleness import list_changes


def suggest(takes: Sequence[TakenShot], now: Mapping[str, Any]) -> str | None:
    """The best by identity score of those that succeeded and are up to date; None when none was scored."""
    scored = [
        (rank, take.number, take.take_id)
        for take in takes
        if take.state == "SUCCEEDED" and (rank := _rank(take)) is not None and not list_changes(take.made_of, now)
    ]
    return max(scored)[2] if scored else None


def poster_of(takes: Sequence[TakenShot], circled: str | None, now: Mapping[str, Any]) -> TakenShot | None:
    """The take that a board shows: circled, else suggested, else the newest that succeeded."""
    by_id = {take.take_id: take for take in takes}
    chosen = circled or suggest(takes, now)
    if chosen is not None and chosen in by_id:
        return by_id[chosen]
    return next((take for take in reversed(takes) if take.state == "SUCCEEDED"), None)


def _rank(take: TakenShot) -> tuple[bool, float] | None:
    """No failed verdict first; then by the score of the face that was kept least well."""
    scores = [one["score"] for one in take.identity or () if one["score"] is not None]
    if not scores:
        return None
    return all(one["verdict"] != "fail" for one in take.identity or ()), min(scores)
