"""The workflows of one kind that run in this process: DBOS does not end them when what they call is closed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator


class Running:
    """Their tasks. What is cancelled is no end of a workflow: it is taken up again by the next launch, or elsewhere."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[object]] = set()

    @contextlib.contextmanager
    def counted(self) -> Iterator[None]:
        """Around the body of a workflow."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a workflow runs in a task")
        self._tasks.add(task)
        try:
            yield
        finally:
            self._tasks.discard(task)

    async def cancel(self) -> None:
        """Cut them off, and those that begin meanwhile; returns when none runs."""
        while self._tasks:
            for task in self._tasks:
                task.cancel()
            await asyncio.wait(self._tasks)
