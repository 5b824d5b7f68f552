"""What a database asks to be run again is run again inside the server: a real deadlock, and a locked SQLite file."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator

import httpx
import psycopg
import pytest
import structlog
from fastapi import FastAPI

from storage import unit
from storage.unit import Database
from tests.postgres import SUPERUSER, PostgresCluster
from tests.studio.conftest import Tenant

on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@on_postgresql
async def test_a_deadlock_is_tried_again_and_not_seen(
    tenant: Tenant, database: Database, postgres: PostgresCluster
) -> None:
    project = (await tenant.http.post("/v1/projects", json={"name": "Before"})).json()
    name = database.url.rpartition("/")[2]
    where = f"host=127.0.0.1 port={postgres.port} user={SUPERUSER} dbname={name}"
    async with await psycopg.AsyncConnection.connect(where, autocommit=True) as other:
        with structlog.testing.capture_logs() as logs:
            while not any(entry["event"] == "request_tried_again" for entry in logs):
                reply = await _rename_in_deadlock(tenant, other, project["id"])
    assert reply.status_code == 200, reply.text
    assert reply.json()["name"] == "After"
    assert (await tenant.http.get(f"/v1/projects/{project['id']}")).json()["name"] == "After"


async def _rename_in_deadlock(tenant: Tenant, other: psycopg.AsyncConnection, project_id: str) -> httpx.Response:
    """Rename beside a transaction that takes the same two rows the other way round. One of the two is the victim."""
    await other.execute("SET deadlock_timeout = '3s'")  # the studio's connection looks after one: it is the victim
    await other.execute("BEGIN")
    await other.execute("SELECT id FROM projects WHERE id = %s FOR UPDATE", [project_id])
    renaming = asyncio.create_task(tenant.http.patch(f"/v1/projects/{project_id}", json={"name": "After"}))
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid <> pg_backend_pid()"
    while (await (await other.execute(waiting)).fetchone()) == (0,):
        await other.execute("SELECT pg_stat_clear_snapshot()")
        await asyncio.sleep(0.01)
    with contextlib.suppress(psycopg.errors.DeadlockDetected):  # where it was ours: once more
        await other.execute("SELECT id FROM organisations WHERE id = %s FOR UPDATE", [tenant.org_id])
    await other.execute("ROLLBACK")
    return await renaming


@pytest.fixture
async def impatient(
    app: FastAPI, tenant: Tenant, database: Database, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Tenant]:
    """The tenant at a studio that waits for a locked SQLite file for a moment alone."""
    monkeypatch.setattr(unit, "SQLITE_BUSY_TIMEOUT_MS", 5)
    app.state.database = opened = Database(database.url)
    yield tenant
    await opened.close()


@on_sqlite
async def test_a_locked_file_is_tried_again_and_not_seen(impatient: Tenant, database: Database) -> None:
    with sqlite3.connect(database.url.partition("///")[2], isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with structlog.testing.capture_logs() as logs:
            making = asyncio.create_task(impatient.http.post("/v1/projects", json={"name": "Kept"}))
            while not any(entry["event"] == "unit_tried_again" for entry in logs):
                await asyncio.sleep(0.001)
            other.execute("ROLLBACK")
            reply = await making
    assert reply.status_code == 201, reply.text
    assert [each["name"] for each in (await impatient.http.get("/v1/projects")).json()["data"]] == ["Kept"]


@on_sqlite
async def test_a_file_that_stays_locked_is_said_and_changes_nothing(impatient: Tenant, database: Database) -> None:
    with sqlite3.connect(database.url.partition("///")[2], isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        reply = await impatient.http.post("/v1/projects", json={"name": "Lost"})
        other.execute("ROLLBACK")
    assert (reply.status_code, reply.json()["code"]) == (503, "database_unavailable")
    assert (await impatient.http.get("/v1/projects")).json()["data"] == []
