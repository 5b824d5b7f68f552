"""An organisation that somebody enters for the first time finds the example film there, ready to render."""

from __future__ import annotations

import asyncio

import structlog

from storage.objects import Objects
from storage.queries.accounts import claim_example, release_example
from storage.retry import retried
from storage.unit import Database
from studio.characters.enrolment import PreparedCharacter
from studio.engines.contract import IdentityEngine
from studio.storyboard.project_creation import begin_example, prepare_example

log = structlog.get_logger(__name__)

PATIENCE_S = 1.5  # a warm engine needs less; nobody is kept waiting for one that still loads


class SampleProjects:
    """Begins the example once for each organisation; nothing is rendered. What was deleted does not come back."""

    def __init__(self, database: Database, objects: Objects, engine: IdentityEngine) -> None:
        self._database, self._objects, self._engine = database, objects, engine
        self._beginning: set[asyncio.Task[None]] = set()

    async def greet(self, org_id: str) -> None:
        """Somebody enters; returns when their example is there, or goes on with it behind their back."""
        async with self._database.write(org_id=org_id) as session:
            if not await claim_example(session, org_id=org_id):
                return
        task = asyncio.create_task(self._begin(org_id), name="begin-example")
        self._beginning.add(task)
        task.add_done_callback(self._beginning.discard)
        await asyncio.wait({task}, timeout=PATIENCE_S)

    async def close(self) -> None:
        """What is under way is given back, for the next sign-in."""
        for task in self._beginning:
            task.cancel()
        await asyncio.gather(*self._beginning, return_exceptions=True)

    @retried
    async def _keep(self, org_id: str, prepared: PreparedCharacter | None) -> None:
        async with self._database.write(org_id=org_id) as session:
            await begin_example(session, org_id=org_id, prepared=prepared)

    async def _begin(self, org_id: str) -> None:
        try:
            prepared = await prepare_example(self._database, self._objects, self._engine, org_id=org_id)
            await self._keep(org_id, prepared)
        except BaseException as error:
            async with self._database.write(org_id=org_id) as session:
                await release_example(session, org_id=org_id)
            if not isinstance(error, Exception):
                raise
            log.exception("example_not_begun", org_id=org_id)  # a way in is never barred by it
