"""The durable engine's own tables, which know no tenants: what runs where, and handing it on."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, Table, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.timestamps import instant_after

LIVE = "('ENQUEUED', 'DELAYED', 'PENDING')"


def durable_table(session: AsyncSession, name: str) -> str:
    """A table of the durable engine's: in a schema of its own on PostgreSQL."""
    return f"dbos.{name}" if session.get_bind().dialect.name == "postgresql" else name


def find_next_queue(connection: Connection, status: Table, *, queues: Collection[str]) -> str | None:
    """Which of `queues` holds what is next by priority, then age; None where nothing waits. `status`: DBOS's table."""
    columns = status.c
    first = (
        select(columns.queue_name)
        .where(columns.status == "ENQUEUED", columns.queue_name.in_(queues))
        .order_by(columns.priority, columns.created_at)
        .limit(1)
    )
    return connection.execute(first).scalar()


async def holds_workflow(session: AsyncSession, *, workflow_id: str, token: str) -> bool:
    """Whether the execution with this token still owns the workflow. In a unit that holds its tenant it stays so."""
    query = f"SELECT 1 FROM {_status(session)} WHERE workflow_uuid = :id AND owner_xid = :token AND status = 'PENDING'"  # noqa: S608
    return (await session.execute(text(query), {"id": workflow_id, "token": token})).first() is not None


async def is_live(session: AsyncSession, *, workflow_id: str) -> bool:
    """Whether the workflow waits or runs."""
    query = f"SELECT 1 FROM {_status(session)} WHERE workflow_uuid = :id AND status IN {LIVE}"  # noqa: S608
    return (await session.execute(text(query), {"id": workflow_id})).first() is not None


async def forget_workflow(session: AsyncSession, *, workflow_id: str) -> None:
    """As if it had never been, so that another can be enqueued under its id."""
    await session.execute(
        text(f"DELETE FROM {_status(session)} WHERE workflow_uuid = :id"),  # noqa: S608
        {"id": workflow_id},
    )


async def forget_ended(session: AsyncSession, *, workflow: str, older_than: timedelta) -> None:
    """Forget the workflows of this name that came to their end so long ago."""
    query = (
        f"DELETE FROM {_status(session)} WHERE name = :name AND status IN ('SUCCESS', 'ERROR', 'CANCELLED') "  # noqa: S608
        "AND updated_at < :before"
    )
    before = 1000 * (await instant_after(session, -older_than)).timestamp()
    await session.execute(text(query), {"name": workflow, "before": int(before)})


async def forget_waiting(session: AsyncSession, *, workflow: str, outside: str) -> None:
    """Forget the workflows of this name that wait in queues whose names do not begin with `outside`."""
    query = (
        f"DELETE FROM {_status(session)} WHERE name = :name AND status IN ('ENQUEUED', 'DELAYED') "  # noqa: S608
        "AND queue_name NOT LIKE :outside"
    )
    await session.execute(text(query), {"name": workflow, "outside": f"{outside}%"})


@dataclass(frozen=True)
class Abandoned:
    """A workflow that an executor had taken up which is no longer there. arguments: its own; the first is a tenant."""

    workflow_id: str
    executor: str
    name: str
    arguments: tuple[str, ...]


async def list_abandoned(session: AsyncSession, *, alive: Collection[str]) -> list[Abandoned]:
    """What is said to run in executors other than these, oldest first."""
    query = text(
        f"SELECT s.workflow_uuid, s.executor_id, s.name, i.inputs FROM {_status(session)} s "  # noqa: S608
        f"JOIN {durable_table(session, 'workflow_input')} i ON i.workflow_uuid = s.workflow_uuid "
        "WHERE s.status = 'PENDING' AND s.queue_name IS NOT NULL AND s.executor_id NOT IN :alive ORDER BY s.created_at"
    ).bindparams(bindparam("alive", expanding=True))
    rows = await session.execute(query, {"alive": list(alive) or [""]})
    return [
        Abandoned(workflow_id, executor, name, tuple(json.loads(inputs)["positionalArgs"]))
        for workflow_id, executor, name, inputs in rows
    ]


async def hand_on(session: AsyncSession, *, workflow_id: str, executor: str, queue: str) -> bool:
    """Put what this executor had taken up back into a queue, compare-and-set: False where it is no longer its own.

    Whatever the executor still writes for it is refused from then on, for its token is gone.
    """
    return await _enqueue_again(session, workflow_id, queue, "executor_id", executor)


async def give_back(session: AsyncSession, *, workflow_id: str, token: str, queue: str) -> bool:
    """The same by the execution itself that owns the workflow, as its token says."""
    return await _enqueue_again(session, workflow_id, queue, "owner_xid", token)


async def _enqueue_again(session: AsyncSession, workflow_id: str, queue: str, by: str, owner: str) -> bool:
    query = (
        f"UPDATE {_status(session)} SET status = 'ENQUEUED', owner_xid = NULL, started_at_epoch_ms = NULL, "  # noqa: S608
        "queue_name = :queue, queue_partition_key = NULL "
        f"WHERE workflow_uuid = :id AND status = 'PENDING' AND {by} = :owner RETURNING workflow_uuid"
    )
    found = await session.execute(text(query), {"id": workflow_id, "owner": owner, "queue": queue})
    return found.first() is not None


def _status(session: AsyncSession) -> str:
    return durable_table(session, "workflow_status")
