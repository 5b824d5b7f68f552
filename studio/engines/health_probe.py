"""Looks now and then whether a server that is not ours is there."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

Look = Callable[[], Awaitable[str | None]]
"""Words that say why the server cannot render, None when it can."""


class HealthProbe:
    """`why_not` is what the last look found."""

    def __init__(self, look: Look, every_s: float) -> None:
        self.why_not: str | None = "it has not been asked yet"
        self._look = look
        self._every_s = every_s
        self._looking: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look."""
        self._looking = asyncio.create_task(self._go_on_looking(), name="lookout")

    async def close(self) -> None:
        """Stop looking."""
        if self._looking is not None:
            self._looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._looking

    async def _go_on_looking(self) -> None:
        while True:
            self.why_not = await self._look()
            await asyncio.sleep(self._every_s)
