"""What a prompt asks in vain, where this process has no engine: asked of a node, which keeps its answer for who asks.

A question is a row and a durable workflow, whose queue is of the model and the pool that would render the take; no
prompt stands in the workflow itself. Asked again meanwhile it is waited for, and afterwards it is there at once.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from dbos import DBOS

from inference.catalogue import ModelCard
from inference.protocol import PromptRead, ReadPrompt
from storage.queries.durable import forget_ended
from storage.queries.prompt_readings import find_notes, forget_readings, get_question, insert_question, keep_notes
from storage.queries.tenants import each_tenant
from storage.unit import Database
from studio.engines.contract import PromptReader
from studio.http.ids import new_id
from studio.queue.durable import READ_PROMPT, enqueue, prompts_of
from studio.queue.executor import Executor
from studio.queue.running import Running

LOOK_EVERY_S = 0.1
ENGINE_WITHIN_S = 60.0  # it may have to be started first
KEPT_FOR = timedelta(minutes=10)
AT_A_TIME = 2


@dataclass(frozen=True)
class FleetPromptReader:
    """Asks nodes of one pool, for one organisation."""

    database: Database
    org_id: str
    pool: str

    async def read_prompt(self, asked: ReadPrompt, *, wait_s: float) -> PromptRead | None:
        """What a render would note about the prompt's words, and understand. None: no node has told within `wait_s`."""
        question = asked.model_dump(mode="json", exclude={"id", "kind"})
        digest = hashlib.sha256(json.dumps([self.pool, question], sort_keys=True).encode()).hexdigest()
        await self._ask(digest, question)
        until = asyncio.get_running_loop().time() + wait_s
        while True:
            async with self.database.look(org_id=self.org_id) as session:
                _, notes = await find_notes(session, org_id=self.org_id, digest=digest)
            if notes is not None:
                return PromptRead.model_validate(notes)
            if asyncio.get_running_loop().time() > until:
                return None
            await asyncio.sleep(LOOK_EVERY_S)

    async def _ask(self, digest: str, question: Mapping[str, object]) -> None:
        async with self.database.look(org_id=self.org_id) as session:
            asked, _ = await find_notes(session, org_id=self.org_id, digest=digest)
        if asked:
            return
        async with self.database.write(org_id=self.org_id) as session:
            if await insert_question(session, org_id=self.org_id, digest=digest, question=dict(question)):
                queue = prompts_of(str(question["model"]), self.pool)
                arguments = (self.org_id, digest, queue)
                await enqueue(
                    session, workflow=READ_PROMPT, workflow_id=new_id("job"), queue=queue, arguments=arguments
                )


@dataclass(frozen=True)
class _Answering:
    database: Database
    reader: PromptReader


# DBOS is one to a process, and so are what its workflows call and the ones that run.
_answering: _Answering | None = None
_running = Running()


class PromptAnswerer:
    """Answers for this process's engine while it is launched. Close it before its executor."""

    def __init__(self, executor: Executor, database: Database, reader: PromptReader) -> None:
        self._executor, self._mine = executor, _Answering(database, reader)

    async def launch(self, models: Mapping[str, ModelCard], pool: str) -> None:
        """Begin, for those of the models that leave words aside; the executor is launched."""
        global _answering
        _answering = self._mine
        queues = [prompts_of(name, pool) for name, card in models.items() if not card.acts_anything]
        await self._executor.listen(*queues, at_a_time=AT_A_TIME)

    async def close(self) -> None:
        """Stop: what is being answered is taken up elsewhere."""
        global _answering
        _answering = None
        await _running.cancel()


async def forget_old_readings(database: Database) -> None:
    """Questions are for whoever types just now."""
    async with database.write() as session:
        await forget_ended(session, workflow=READ_PROMPT, older_than=KEPT_FOR)
        async for org_id in each_tenant(session):
            await forget_readings(session, org_id=org_id, older_than=KEPT_FOR)


@DBOS.workflow(name=READ_PROMPT, max_recovery_attempts=None)  # type: ignore[untyped-decorator]  # dbos is not followed
async def read_prompt(org_id: str, digest: str, _queue: str) -> None:
    """Ask the engine, and keep what it says; a question that was forgotten is not asked."""
    with _running.counted():
        await answer_prompt(org_id, digest)


@DBOS.step(name="answer_prompt")  # type: ignore[untyped-decorator]  # dbos is not followed
async def answer_prompt(org_id: str, digest: str) -> None:
    """Done twice it comes to the same."""
    if _answering is None:  # this process is closing: the workflow is taken up by the next one
        raise asyncio.CancelledError
    database, reader = _answering.database, _answering.reader
    async with database.read(org_id=org_id) as session:
        question = await get_question(session, org_id=org_id, digest=digest)
    if question is None:
        return
    asked = ReadPrompt.model_validate(question | {"id": digest})
    read = await reader.read_prompt(asked, wait_s=ENGINE_WITHIN_S)
    if read is not None:
        async with database.write(org_id=org_id) as session:
            await keep_notes(session, org_id=org_id, digest=digest, notes=read.model_dump(mode="json"))
