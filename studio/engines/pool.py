"""Several engines behind the face of one: a render takes whichever is free, or has only decoding left to do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing

from inference.protocol import RenderEvent, RenderRequest
from studio.engines.contract import Keeping, RenderEngine, SupplySinks, allows_next_render


class RenderPool:
    """Denoises as many requests at a time as it has engines."""

    def __init__(self, engines: Sequence[RenderEngine]) -> None:
        self._engines = tuple(engines)
        self._free: asyncio.Queue[RenderEngine] = asyncio.Queue()
        for engine in engines:
            self._free.put_nowait(engine)

    async def render(
        self, request_id: str, request: RenderRequest, supply: SupplySinks, keeping: Keeping | None = None
    ) -> AsyncGenerator[RenderEvent]:
        """Events of one render, the last of them a RenderEnd. Raises EngineLost, EngineMismatch."""
        engine = await self._free.get()
        busy = True
        try:
            async with aclosing(engine.render(request_id, request, supply, keeping)) as events:
                async for event in events:
                    if busy and allows_next_render(event):
                        busy = False
                        self._free.put_nowait(engine)
                    yield event
        finally:
            if busy:
                self._free.put_nowait(engine)

    async def preempt(self, request_id: str) -> None:
        """Ask a running render to stop after its present step, for later; one that cannot goes on."""
        for engine in self._engines:
            await engine.preempt(request_id)

    async def cancel(self, request_id: str) -> None:
        """Ask a running render to stop within one step; does nothing when it is not running here."""
        for engine in self._engines:
            await engine.cancel(request_id)


class EngineByModel:
    """Some models are rendered by an engine of their own, all others by `usual`."""

    def __init__(self, usual: RenderEngine, others: Mapping[str, RenderEngine]) -> None:
        self._usual = usual
        self._others = dict(others)

    async def render(
        self, request_id: str, request: RenderRequest, supply: SupplySinks, keeping: Keeping | None = None
    ) -> AsyncGenerator[RenderEvent]:
        """Events of one render, the last of them a RenderEnd. Raises EngineLost, EngineMismatch."""
        engine = self._others.get(request.model, self._usual)
        async with aclosing(engine.render(request_id, request, supply, keeping)) as events:
            async for event in events:
                yield event

    async def preempt(self, request_id: str) -> None:
        """Ask a running render to stop after its present step, for later; one that cannot goes on."""
        for engine in dict.fromkeys((self._usual, *self._others.values())):
            await engine.preempt(request_id)

    async def cancel(self, request_id: str) -> None:
        """Ask a running render to stop within one step; does nothing when it is not running here."""
        for engine in dict.fromkeys((self._usual, *self._others.values())):
            await engine.cancel(request_id)
