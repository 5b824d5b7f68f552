"""Asks a server that is not ours, now and then, whether it can render."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

Probe = Callable[[], Awaitable[str | None]]
"""Words that say why the server cannot render, None when it can."""


class HealthProbe:
    """`why_not` is what the last probe found."""

    def __init__(self, probe: Probe, every_s: float) -> None:
        self.why_not: str | None = "it has not been asked yet"
        self._probe = probe
        self._every_s = every_s
        self._probing: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to probe."""
        self._probing = asyncio.create_task(self._go_on(), name="health-probe")

    async def close(self) -> None:
        """Stop probing."""
        if self._probing is not None:
            self._probing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._probing

    async def _go_on(self) -> None:
        while True:
            self.why_not = await self._probe()
            await asyncio.sleep(self._every_s)
