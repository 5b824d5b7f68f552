"""This process as one that runs durable work: DBOS launched, listening to the queues that it is told to.

DBOS has no setting for three things that are wanted of it: how often it looks for work (`polling.py`), that one
process takes up no more than it has room for over several queues (`slots.py`), and a queue that is listened to later.
The function that it runs as its queue thread is exchanged while it starts it, and its claims pass through `Slots`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, _workflow_commands
from dbos import _dbos as dbos_module

from storage.queries.durable import find_next_queue
from storage.unit import Database
from studio.queue.durable import APPLICATION, TAKES, WORKFLOW_VERSION, model_of
from studio.queue.polling import JOBS_EVERY_S, PollingPace, set_pace
from studio.queue.slots import Slots

MANY = 100_000  # to DBOS; `Slots` knows better
MESSAGES_EVERY_S = 0.2  # between workflows, of which we have none; its own hundredth wakes an idle process for nothing
POLL_S = 0.1  # while there is something to do


class Executor:
    """`name`: under which its work is found again. `concurrency`: takes that are denoised at a time. `can_begin`:
    whether a model's takes can be begun here now; `look` tells that it has changed.

    One to a process.
    """

    def __init__(
        self, database: Database, name: str, concurrency: int, can_begin: Callable[[str], bool] = lambda _: True
    ) -> None:
        self.name = name
        self._database = database
        self._can_begin = can_begin
        self.slots = Slots(concurrency, self._ring)
        self._pace = PollingPace(lambda: not self.slots.free(), self._hears_everybody, self._listens_to)
        self._instance: DBOS | None = None

    def _hears_everybody(self) -> bool:
        return self._database.is_sqlite or self._database.committed.hears_others

    def _listens_to(self, queue: str) -> bool:
        listening = self._instance._listening_queues if self._instance is not None else None
        return listening is not None and queue in listening

    def _ring(self) -> None:
        self._pace.ring()

    def look(self) -> None:
        """There may be more to be taken up than before, or less."""
        self._ring()

    def launch(self) -> None:
        """Be ready to run work: call it inside the running loop, before `listen`. DBOS's tables are there already."""
        config = DBOSConfig(
            name=APPLICATION,
            system_database_url=self._database.sync_url,
            application_version=WORKFLOW_VERSION,
            executor_id=self.name,
            serializer=DBOSPortableJSONSerializer(),
            run_migrations=False,
            notification_coalesce_sec=MESSAGES_EVERY_S,
            log_level="WARNING",
        )
        set_pace(self._pace)
        self._instance = DBOS(config=config)
        DBOS.listen_queues([])
        with _own_queue_thread(self._pace, self.slots, self._can_begin):
            DBOS.launch()
        self._instance.background_thread_stop_events.append(self._pace)

    async def listen(self, *queues: str, at_a_time: int = MANY, poll_s: float = POLL_S) -> None:
        """Run what comes in these queues, too. `at_a_time`: of each, here."""
        if self._instance is None:
            raise RuntimeError("the executor is not launched")
        listening = self._instance._listening_queues
        assert listening is not None  # noqa: S101 (`launch` has set it)
        for queue in queues:
            if queue not in listening:
                await DBOS.register_queue_async(queue, worker_concurrency=at_a_time, polling_interval_sec=poll_s)
                listening.append(queue)
                self._ring()  # only then: who follows what models there are asks every few seconds

    def stop_claiming(self, why: str) -> None:
        """What runs goes on; nothing is taken up any more."""
        self.slots.close(why)

    async def close(self) -> None:
        """End DBOS. Whoever runs work has ended it before."""
        if self._instance is None:
            return
        self._instance = None
        with ThreadPoolExecutor(1) as thread:
            await asyncio.get_running_loop().run_in_executor(thread, DBOS.destroy)
        # DBOS made its own pool the loop's default and has just shut it down.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())


@contextmanager
def _own_queue_thread(pace: PollingPace, slots: Slots, can_begin: Callable[[str], bool]) -> Iterator[None]:
    """DBOS starts its queue thread meanwhile. Its background jobs pause for less than the 5 s after which PostgreSQL
    ends their lock."""
    own = dbos_module.queue_thread

    def queue_thread(_: object, instance: DBOS) -> None:
        _claim_what_fits(instance, slots, can_begin)
        own(pace, instance)  # a pace in place of an event

    _workflow_commands._BACKGROUND_JOBS_INTERVAL_SEC = JOBS_EVERY_S
    dbos_module.queue_thread = queue_thread
    try:
        yield
    finally:
        dbos_module.queue_thread = own


def _has_the_next(database: Any, name: str, queues: list[str]) -> bool:  # noqa: ANN401 (DBOS's)
    """Whether the take with the least priority in all these queues waits in the one of this name."""
    with database.engine.connect() as connection:
        found = find_next_queue(connection, database.tables.workflow_status, queues=queues)
    return found in (None, name)


def _claim_what_fits(instance: DBOS, slots: Slots, can_begin: Callable[[str], bool]) -> None:
    """Let takes be claimed as far as there are slots, and those alone that can be begun; nothing when claiming has
    ended."""
    database = instance._sys_db
    own = database.start_queued_workflows

    def start_queued_workflows(queue: Any, *others: Any, **named: Any) -> tuple[list[str], Any]:  # noqa: ANN401 (DBOS's)
        executor, version, partition, _, *more = others
        if slots.why_closed is not None:
            return [], None
        if not queue.name.startswith(f"{TAKES}/"):
            own_answer: tuple[list[str], Any] = own(queue, *others, **named)
            return own_answer

        if not can_begin(model_of(queue.name)):
            return [], None

        def claim_some(most: int) -> list[str]:
            listening = [name for name in instance._listening_queues or [] if name.startswith(f"{TAKES}/")]
            others = [name for name in listening if can_begin(model_of(name))]
            if len(others) > 1 and not _has_the_next(database, queue.name, others):
                return []  # what is next waits in another queue, whose thread claims it
            found: list[str]
            found, _ = own(queue, executor, version, partition, MANY - min(most, 1 if len(others) > 1 else most), *more,
                           **named)  # fmt: skip
            return found

        return list(slots.claim(claim_some)), None

    database.start_queued_workflows = start_queued_workflows
