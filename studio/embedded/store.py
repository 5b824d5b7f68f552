"""The embedded object store, kept running: one that dies is started again, at the same address."""

from __future__ import annotations

import asyncio
from pathlib import Path

import structlog

from storage.address import StoreAddress
from storage.seaweed import SeaweedServer, StoreUnavailable

log = structlog.get_logger(__name__)

PAUSE_S = 1.0


class EmbeddedStore:
    """A SeaweedFS server under the data folder, for as long as this object is open."""

    def __init__(self, folder: Path, bucket: str) -> None:
        self._folder = folder
        self._bucket = bucket
        self._server: SeaweedServer | None = None
        self._keeper: asyncio.Task[None] | None = None

    async def open(self) -> StoreAddress:
        """Start it and wait until it answers. Raises StoreUnavailable."""
        self._server = await self._start()
        self._keeper = asyncio.create_task(self._keep(self._server), name="keeper-store")
        return self._server.address

    async def close(self) -> None:
        """Stop it."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait([self._keeper])
        if self._server is not None:
            await self._server.stop()

    async def _start(self) -> SeaweedServer:
        return await SeaweedServer.start(self._folder, bucket=self._bucket)

    async def _keep(self, server: SeaweedServer) -> None:
        while True:
            code = await server.wait()
            log.error("store_ended", exit_status=code)
            try:
                server = self._server = await self._start()
            except StoreUnavailable:
                log.exception("store_did_not_start")
                await asyncio.sleep(PAUSE_S)
