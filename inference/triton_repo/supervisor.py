"""Keeps a Triton server and the engines behind it: what dies is started again, and what of it was lost is loaded anew.

A stub that dies closes its door, by which this notices what Triton does not; loading its model anew repairs it. The
engines are this process's own children, not Triton's: they and the weights in them outlive a server that crashes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from pathlib import Path

from inference.protocol import PROTOCOL_VERSION, STATUS_MODEL, ServerStatus
from inference.triton_repo.dispatcher import Dispatcher
from inference.triton_repo.doors import Doors
from inference.triton_repo.server import TritonServer

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.2
REPAIR_PAUSE_S = 1.0
RESTART_PAUSE_S = 1.0
LIVE_WITHIN_S = 120.0


class Supervisor:
    """models: what may be served; of those, what the engines have loaded is."""

    def __init__(self, server: TritonServer, dispatcher: Dispatcher, models: Iterable[str]) -> None:
        self._server, self._dispatcher = server, dispatcher
        self._models = frozenset(models)
        self._look = asyncio.Event()
        self._doors = Doors(dispatcher, self._status, self._look.set)
        self._was_live = False
        dispatcher.on_change = self._look.set

    async def run(self, door: Path) -> int:
        """Until the server cannot be started, whose exit status is returned, or this is cancelled."""
        listening = await self._doors.serve(door)
        serving = asyncio.create_task(self._keep_server())
        keeping = [engine.keep() for engine in self._dispatcher.engines]
        tasks = [serving, *map(asyncio.create_task, (*keeping, self._keep_models()))]
        try:
            ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if serving not in ended:
                ended.pop().result()  # raises: the others go on for ever
            return await serving
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            listening.close()

    async def _keep_server(self) -> int:
        while True:
            self._was_live = False
            status = await self._server.run()
            self._doors.kill_stubs()
            if not self._was_live:
                return status
            log.error("the Triton server died: it is started again", extra={"status": status})
            await asyncio.sleep(RESTART_PAUSE_S)

    async def _keep_models(self) -> None:
        """Load whatever is missing, whenever something has changed."""
        while True:
            await self._look.wait()
            self._look.clear()
            for model in self._missing():
                await self._load(model)
            if self._missing():
                await asyncio.sleep(LOOK_EVERY_S)
                self._look.set()

    async def _load(self, model: str) -> None:
        if not await self._server.is_live():
            await asyncio.sleep(LOOK_EVERY_S)
            return
        self._was_live = True
        loaded = await self._server.load(model)
        log.info("model loaded", extra={"model": model, "succeeded": loaded})
        if not loaded:
            await asyncio.sleep(REPAIR_PAUSE_S)

    def _missing(self) -> list[str]:
        """Models that should have more doors open than they have."""
        open_doors, groups = self._doors.count(), len(self._dispatcher.engines)
        wanted = {STATUS_MODEL: 1} | dict.fromkeys(sorted(self._models & self._dispatcher.models), groups)
        return [model for model, least in wanted.items() if open_doors[model] < least]

    def _status(self) -> str:
        missing = set(self._missing())
        served = tuple(one for one in sorted(self._models & self._dispatcher.models) if one not in missing)
        return ServerStatus(
            protocol=PROTOCOL_VERSION,
            models=served,
            waiting=self._dispatcher.waiting,
            renders=self._dispatcher.renders,
            groups=self._dispatcher.statuses(),
        ).model_dump_json()
