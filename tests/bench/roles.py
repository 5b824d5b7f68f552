"""Roles as benches start them: a replica, a node and a sweeper on a PostgreSQL and an object store of their own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from storage.objects import Objects
from storage.seaweed import SeaweedServer
from storage.unit import Database
from studio.api_keys.keys import issue_api_key
from studio.organisations.creation import create_organisation
from tests.fleet.processes import Fleet, RoleProcess
from tests.postgres import PostgresCluster, running_cluster
from tests.studio.generation.conftest import cast_character


@dataclass(frozen=True)
class Tenant:
    """An organisation with a key and a character."""

    org_id: str
    api_key: str
    character_id: str


@dataclass(frozen=True)
class Ground:
    """What a fleet stands on. `runner`: of the loop in which the store runs."""

    fleet: Fleet
    tenant: Tenant
    cluster: PostgresCluster
    store: SeaweedServer
    runner: asyncio.Runner


@contextlib.contextmanager
def ground(**settings: str) -> Iterator[Ground]:
    """A fleet without processes yet, its database migrated."""
    with tempfile.TemporaryDirectory() as folder, running_cluster() as cluster, asyncio.Runner() as runner:
        store = runner.run(SeaweedServer.start(Path(folder) / "objects"))
        fleet = Fleet(Path(folder), cluster.create("fleet"), store.address, **settings)
        try:
            fleet.migrate()
            yield Ground(fleet, runner.run(make_tenant(fleet.url, store)), cluster, store, runner)
        finally:
            fleet.close()
            with contextlib.suppress(ProcessLookupError):
                os.kill(int((store.folder / "weed.pid").read_text()), signal.SIGKILL)  # of its last life


async def make_tenant(url: str, store: SeaweedServer) -> Tenant:
    database, objects = Database(url), Objects(store.address)
    await objects.ensure_bucket()
    async with database.write() as session:
        organisation = await create_organisation(session, name="Bench", plan="local")
        issued = await issue_api_key(session, org_id=organisation.id, name="bench")
    character_id = await cast_character(database, objects, organisation.id)
    await objects.close()
    await database.close()
    return Tenant(organisation.id, issued.secret, character_id)


def processes(role: RoleProcess) -> list[int]:
    """The process and everything below it."""
    assert role.process is not None
    found = [role.process.pid]
    for pid in found:
        for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
            found += [int(child) for child in tasks.read_text().split()]
    return found


def processor_s(role: RoleProcess) -> float:
    """Seconds of processor time that the tree has taken."""
    accounts = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in processes(role)]
    return sum(int(account[11]) + int(account[12]) for account in accounts) / os.sysconf("SC_CLK_TCK")
