"""Who is next: the arithmetic of the fair queue, without a database and without a clock (decision 41).

Organisations share a pool of devices by *weighted fair queueing* over predicted device-seconds. An organisation has an
account in each pool, in virtual seconds: whatever it releases moves the account on by `seconds / weight`. A take's tag
is the stretch of the account that it takes up; takes are begun in the order of their finishes, so that short ones pass
long ones of organisations that stand alike, and whoever floods waits behind its own takes. The pool's time is the
latest start that was begun. Who was idle comes back some minutes before it, and so before whoever never stops.

Within an organisation takes wait by *rank*: its most urgent ones first, each class a day ahead of the next.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Priority = Literal["interactive", "normal", "batch"]

MOST_HEADS = 4  # of an organisation's takes in one pool that nodes can see at a time
TICKS_A_SECOND = 100  # of the durable queue's priority
FIRST_TICK, LAST_TICK = 1, 2**31 - 1
REBASE_AT = LAST_TICK // 2
RANKS_A_SECOND = 2**30  # there is room for thirty moves between two takes that were submitted a second apart
AHEAD_S: dict[Priority, int] = {"interactive": -86_400, "normal": 0, "batch": 86_400}

CREDIT_S = 300.0  # of virtual time that an organisation keeps of what it did not use

DRAFT_MOST_S = 20.0  # a take that takes longer makes no other one stop
DRAFT_WITHIN_S = 7.0  # from where a draft waits to its end; it asks nobody to stop if it comes to that by itself
LONG_RENDER_S = 30.0  # what is left of a render that is worth stopping
MOST_PREEMPTIONS = 4  # of one take: each costs it a step at most, and the way to its checkpoint and back


@dataclass(frozen=True)
class Tag:
    """The stretch of its organisation's account that a take takes up, in virtual seconds."""

    start: float
    finish: float


@dataclass(frozen=True)
class Waiting:
    """A take that waits. seconds: of a device, as predicted; tag: once it has been a head; head: nodes can see it.

    begun: it made room for another take, and goes on with the tag under which it was begun; served: some node takes up
    what is in its queue.
    """

    id: str
    seconds: float
    tag: Tag | None = None
    head: bool = False
    begun: bool = False
    served: bool = True


@dataclass(frozen=True)
class Heads:
    """What is to be done with an organisation's takes in one pool, and where its account stands then."""

    finish: float
    tags: dict[str, Tag]  # of takes whose tag is new
    released: tuple[str, ...]
    withdrawn: tuple[str, ...]


@dataclass(frozen=True)
class RunningRender:
    """A render that can stop after its present step. left_s and step_s: predicted; preempted: how often it was; start:
    of its tag."""

    id: str
    start: float
    left_s: float
    step_s: float
    preempted: int


def rank_of(submitted_s: float, priority: Priority) -> int:
    """Where a take waits among its organisation's: the least is next. submitted_s: seconds since 1970.

    Ageing is in it: a take ranks before those of the next more urgent class that come a day later.
    """
    return round((submitted_s + AHEAD_S[priority]) * RANKS_A_SECOND)


def usual_priority(seconds: float) -> Priority:
    """Of a take whose priority nobody chose: one that is over in a moment is waited for. seconds: predicted."""
    return "interactive" if seconds <= DRAFT_MOST_S else "normal"


def rank_between(before: int, after: int) -> int | None:
    """A rank between two others; None where there is none left."""
    middle = (before + after) // 2
    return middle if before < middle < after else None


def plan_heads(waiting: Sequence[Waiting], *, virtual: float, finish: float, weight: float, room: int) -> Heads:
    """Make heads of the first of an organisation's takes that wait in a pool.

    waiting: in their order, at least the first `room` that are served and all that have a tag; room: how many heads its
    plan allows now; virtual: the pool's time; finish: where the organisation's account stands.

    A head that others have passed is withdrawn, and its stretch moves back by theirs: what comes before it begins
    where it would have begun, so that no organisation loses its place by changing its mind. What nobody serves is no
    head, and keeps its tag, if it has one.
    """
    wanted = [take for take in waiting if take.served][: max(0, min(room, MOST_HEADS))]
    newcomers = [take for take in wanted if take.tag is None]
    chained = [take for take in waiting if not take.begun and (take.tag is not None or take in newcomers)]
    if _in_turn(chained):
        start = max(virtual - CREDIT_S, finish)
        tags = _chain(newcomers, start, weight)
        finish = start + _total(newcomers, weight) if newcomers else finish
    else:
        tags = _chain(chained, min(take.tag.start for take in chained if take.tag is not None), weight)
        finish += _total(newcomers, weight)
    tags |= _behind(waiting, tags)
    chosen = {take.id for take in wanted}
    return Heads(
        finish=finish,
        tags={take.id: tags[take.id] for take in waiting if tags.get(take.id, take.tag) != take.tag},
        released=tuple(take.id for take in wanted if not take.head),
        withdrawn=tuple(take.id for take in waiting if take.head and take.id not in chosen),
    )


def _in_turn(chained: Sequence[Waiting]) -> bool:
    """Whether all tags are in the takes' order, and takes without one come after them."""
    finishes = [float("inf") if take.tag is None else take.tag.finish for take in chained]
    return all(before <= after for before, after in itertools.pairwise(finishes))


def _chain(takes: Sequence[Waiting], start: float, weight: float) -> dict[str, Tag]:
    tags: dict[str, Tag] = {}
    for take in takes:
        tags[take.id] = Tag(start, start + take.seconds / weight)
        start = tags[take.id].finish
    return tags


def _behind(waiting: Sequence[Waiting], tags: Mapping[str, Tag]) -> dict[str, Tag]:
    """Takes that were begun keep their tags, but for those that others have passed meanwhile."""
    later: dict[str, Tag] = {}
    latest = 0.0
    for take in waiting:
        tag = tags.get(take.id, take.tag)
        if tag is None:
            continue
        if take.begun and tag.finish <= latest:
            tag = later[take.id] = Tag(tag.start, latest + 1 / TICKS_A_SECOND)
        latest = max(latest, tag.finish)
    return later


def _total(takes: Sequence[Waiting], weight: float) -> float:
    return sum(take.seconds for take in takes) / weight


def settle(finish: float, *, predicted_s: float, used_s: float, weight: float) -> float:
    """The account once it is known what a take used: 0 of one that was cancelled while it waited."""
    return finish + (used_s - predicted_s) / weight


def advance(virtual: float, begun: Tag) -> float:
    """The pool's time once a take is begun: it never goes back."""
    return max(virtual, begun.start)


def durable_priority(tag: Tag, base: float, *, has_asked: bool = False) -> int:
    """The durable queue's priority of a tag: the least is begun next. base: where the pool counts from; has_asked: a
    render makes room for it, which is for nobody else."""
    if has_asked:
        return FIRST_TICK
    return min(max(FIRST_TICK, round((tag.finish - base) * TICKS_A_SECOND)), LAST_TICK)


def needs_rebase(virtual: float, base: float) -> bool:
    """Whether the pool should count from its present time: long before it runs out of numbers."""
    return (virtual - base) * TICKS_A_SECOND > REBASE_AT


def tag_to_go_on(tag: Tag, *, virtual: float, left_s: float, weight: float) -> Tag:
    """Of a take that made room: it waits as a newcomer of what is left of it would, so that it does not take the
    device back from the drafts that come after the first."""
    return Tag(tag.start, max(tag.finish, virtual + left_s / weight))


def is_draft(seconds: float, priority: str) -> bool:
    """Whether a long render may make room for the take. seconds: predicted."""
    return priority == "interactive" and seconds <= DRAFT_MOST_S


def comes_in_time(seconds: float, free_in_s: float) -> bool:
    """Whether a draft of so many seconds is done soon enough on the device that is free next by itself."""
    return free_in_s + seconds <= DRAFT_WITHIN_S


def choose_to_preempt(renders: Sequence[RunningRender], *, start: float) -> RunningRender | None:
    """The render that makes room for a draft whose tag starts at `start`, of those that have long to go.

    One of an organisation that is well ahead of the draft's, if there is one; then the one that made room least often,
    and then the one whose step is over soonest.
    """
    long = [one for one in renders if one.left_s > LONG_RENDER_S and one.preempted < MOST_PREEMPTIONS]
    ahead = start + CREDIT_S / 2
    return min(long, key=lambda one: (one.start <= ahead, one.preempted, one.step_s, one.id), default=None)
