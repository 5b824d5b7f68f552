"""A camera plan: which moves a shot's camera makes, when, and how far. What they look like is camera_path's."""

from __future__ import annotations

from dataclasses import dataclass, replace

from inference.motion.direction.framing_words import nearer
from inference.protocol import CameraChoice, CameraMove, CameraSpeed, Framing, UsedMove

DISTANCE: dict[CameraSpeed, float] = {"slow": 0.65, "normal": 1.0, "fast": 1.5}  # of what the amount says
FAST_SHARE = 0.6  # of the time that a move has: a fast one is over then
IN: tuple[CameraMove, ...] = ("push_in", "zoom_in")
OUT: tuple[CameraMove, ...] = ("pull_out", "zoom_out")
_OPPOSITE: dict[CameraMove, CameraMove] = {
    "push_in": "pull_out", "pull_out": "push_in", "zoom_in": "zoom_out", "zoom_out": "zoom_in"
}  # fmt: skip


@dataclass(frozen=True)
class Move:
    """One move. begins, ends: shares of the clip. starts_at, ends_at: framings; None: the shot's own, or as far as
    `amount` goes. handheld and hold last as long as they say, and move nothing of their own accord.
    """

    name: CameraMove
    amount: float = 0.5
    begins: float = 0.0
    ends: float = 1.0
    starts_at: Framing | None = None
    ends_at: Framing | None = None


@dataclass(frozen=True)
class CameraPlan:
    """Moves in order; none: the camera stands. asked: by a field of the request; else read in the prompt."""

    moves: tuple[Move, ...] = ()
    asked: bool = False

    def named(self, seconds: float) -> tuple[UsedMove, ...]:
        """As the receipt tells them."""
        return tuple(
            UsedMove(
                move=move.name,
                amount=round(move.amount, 3),
                begins_s=round(move.begins * seconds, 3),
                over_s=round(move.ends * seconds, 3),
                starts=move.starts_at,
                ends=move.ends_at,
            )
            for move in self.moves
        )

    def framings(self, framing: Framing) -> tuple[Framing, ...]:
        """Every framing that the camera is at."""
        named = [one for move in self.moves for one in (move.starts_at, move.ends_at) if one is not None]
        return tuple(dict.fromkeys((framing, *named)))


def plan_of_choice(choice: CameraChoice, framing: Framing) -> CameraPlan:
    """The plan of the request's own field."""
    if choice.move == "hold":
        return CameraPlan(asked=True)
    travels = choice.starts is not None or choice.ends is not None
    amount = choice.amount if travels or choice.move == "handheld" else choice.amount * DISTANCE[choice.speed]
    ends = FAST_SHARE if choice.speed == "fast" and choice.move != "handheld" else 1.0
    move = Move(choice.move, min(1.0, amount), 0.0, ends, choice.starts, choice.ends)
    return CameraPlan((settle(move, framing),), asked=True)


def settle(move: Move, framing: Framing) -> Move:
    """The move with both its framings where it has one, and going the way that they say."""
    if move.name not in (*IN, *OUT) or (move.starts_at is None and move.ends_at is None):
        return replace(move, starts_at=None, ends_at=None)
    starts = move.starts_at or (framing if move.ends_at != framing else None)
    ends = move.ends_at or (framing if move.starts_at != framing else None)
    if starts is None or ends is None or starts == ends:  # one end alone is the shot's own: the amount says the other
        return replace(move, starts_at=None if starts == ends else starts, ends_at=ends)
    wrong = nearer(starts, ends) == (move.name in IN)
    return replace(move, name=_OPPOSITE[move.name] if wrong else move.name, starts_at=starts, ends_at=ends)
