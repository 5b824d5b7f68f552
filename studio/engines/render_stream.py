"""The talk with one engine process about its renders: events are told apart by the render that they are of."""

from __future__ import annotations

import asyncio
import contextlib

from inference.protocol import (
    Appraised,
    Cancel,
    Enrolled,
    Event,
    Hello,
    Inspected,
    Listened,
    Preempt,
    PromptRead,
    RenderEnd,
    RenderEvent,
    Residency,
    SoundReady,
    SpeechRefused,
    Spoken,
    UprightFound,
    Voices,
)
from studio.engines.child import Child
from studio.engines.contract import EngineLost

_OF_SPEECH = SoundReady | Spoken | Listened | SpeechRefused | Voices


class RenderEvents:
    """What the engine said of one render, or in answer to one question."""

    def __init__(self) -> None:
        self._events: asyncio.Queue[RenderEvent | PromptRead | EngineLost] = asyncio.Queue()

    def put(self, event: RenderEvent | PromptRead | EngineLost) -> None:
        """Said, or lost."""
        self._events.put_nowait(event)

    async def next(self) -> RenderEvent | PromptRead:
        """The next event. Raises EngineLost."""
        event = await self._events.get()
        if isinstance(event, EngineLost):
            raise event
        return event


class RenderStreams:
    """Several renders' talk with `child`, which is lost to all of them at once: dead, talking nonsense or silent.

    `patience_s`: silence about every one of them after which the process counts as stuck, and is ended.
    """

    def __init__(self, child: Child, patience_s: float) -> None:
        self.child = child
        self._patience_s = patience_s
        self._renders: dict[
            str, RenderEvents | None
        ] = {}  # of the renders that are not over; None: nobody listens any more
        self._listening: asyncio.Task[None] | None = None

    def begin(self, request_id: str) -> RenderEvents:
        """From now on the render's events are kept for who called."""
        events = self._renders[request_id] = RenderEvents()
        if self._listening is None or self._listening.done():
            self._listening = asyncio.create_task(self._listen(), name=f"listen-{self.child.pid}")
        return events

    async def cancel(self, request_id: str) -> None:
        """Ask a render to stop."""
        await self.tell(Cancel(id=request_id))

    async def tell(self, command: Cancel | Preempt) -> None:
        """Of a render; nothing when it is over, or of another process. A dead one needs no telling."""
        if command.id in self._renders:
            with contextlib.suppress(EngineLost):
                await self.child.send(command)

    async def leave(self, request_id: str) -> None:
        """Nobody listens to the render any more: one that is not over is cancelled, and what it still says dropped."""
        if request_id in self._renders:
            self._renders[request_id] = None
            await self.cancel(request_id)

    async def _listen(self) -> None:
        """Until every render is over."""
        try:
            while self._renders:
                self._hand_on(await self.child.receive(self._patience_s))
        except Exception as error:  # whatever it was, nobody may wait for ever
            await self.child.end(gently=False)
            lost, self._renders = self._renders, {}
            for events in filter(None, lost.values()):
                events.put(EngineLost(str(error)))

    def _hand_on(self, event: Event) -> None:
        if (
            isinstance(event, Hello | Inspected | Enrolled | Appraised | UprightFound | Residency | _OF_SPEECH)
            or event.id not in self._renders
        ):
            raise EngineLost(f"the render engine answered with a stray {event.kind!r}")
        events = self._renders[event.id]
        if events is not None:
            events.put(event)
        if isinstance(event, RenderEnd | PromptRead):
            del self._renders[event.id]
