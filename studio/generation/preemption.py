"""Which renders can make room for another one, are asked to, and let go of when the node goes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection

from inference.protocol import RenderEvent, Stage
from studio.engines.contract import RenderEngine
from studio.generation.settlement import AttemptId

DRAIN_S = 15.0  # a step of a large model, and the upload of its checkpoint


class Preemption:
    """The renders of one engine that can stop after their step, to go on from there later or elsewhere."""

    def __init__(self, engine: RenderEngine) -> None:
        self._engine = engine
        self._preemptible: dict[str, asyncio.Event] = {}  # renders that can make room now, and their ends
        self._making_room: set[str] = set()

    def note(self, attempt: AttemptId, event: RenderEvent) -> None:
        """What a render says of itself."""
        if isinstance(event, Stage) and event.preemptible:
            self._preemptible[attempt.render_id] = asyncio.Event()
        elif isinstance(event, Stage):
            self._let_go(attempt)

    def ended(self, attempt: AttemptId) -> None:
        """A render has ended and is settled."""
        self._let_go(attempt)
        self._making_room.discard(attempt.render_id)

    @property
    def can_make_room(self) -> Collection[str]:
        """Ids of takes that can stop after their step, to go on later."""
        return [render_id.rpartition(".")[0] for render_id in self._preemptible if render_id not in self._making_room]

    def makes_room(self, attempt: AttemptId) -> bool:
        """Whether it was asked to stop for another take."""
        return attempt.render_id in self._making_room

    async def make_room(self, take_id: str) -> None:
        """Let a take stop after its step for another one, and wait again."""
        for render_id in [one for one in self._preemptible if one.rpartition(".")[0] == take_id]:
            self._making_room.add(render_id)
            await self._engine.preempt(render_id)

    async def drain(self) -> None:
        """Let every render that can stop after its step, to go on from there after the next start, or elsewhere.

        Waits no longer than DRAIN_S.
        """
        ends = dict(self._preemptible)
        for render_id in ends:
            await self._engine.preempt(render_id)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_S):
                for end in ends.values():
                    await end.wait()

    def _let_go(self, attempt: AttemptId) -> None:
        """It can make room no more, or has."""
        end = self._preemptible.pop(attempt.render_id, None)
        if end is not None:
            end.set()
