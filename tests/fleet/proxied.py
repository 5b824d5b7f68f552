"""A fleet as operators start one: two API replicas behind a proxy with TLS, a node and a sweeper.

It has what acceptance tests ask of `tests.faults.server.Server`, so that they may be given either.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from storage.address import StoreAddress
from storage.unit import Database
from studio.api_keys.keys import issue_api_key
from studio.organisations.creation import create_organisation
from studio.organisations.plans import LOCAL_PLAN
from tests.fleet.processes import Fleet, RoleProcess
from tests.postgres import free_port
from tests.round_robin import ADDRESS, round_robin

REPLICAS = 2


@dataclass(frozen=True)
class ProxiedFleet:
    """`url`: the proxy's. `seen_by_all`: the database as a role that sees every row. `replicas`: by their address."""

    url: str
    api_key: str
    database_url: str
    seen_by_all: str
    store_secrets: tuple[str, ...]
    certificate: Path
    replicas: dict[str, RoleProcess]
    everybody: list[RoleProcess]

    @property
    def logs(self) -> list[Path]:
        return [process.folder / "log" for process in self.everybody]

    @property
    def pids(self) -> list[int]:
        """Of the processes that answer requests."""
        return [replica.process.pid for replica in self.replicas.values() if replica.process is not None]


@contextmanager
def proxied_fleet(
    folder: Path, database_url: str, store: StoreAddress, *node_words: str, seen_by_all: str, **settings: str
) -> Iterator[ProxiedFleet]:
    """On a database whose schema is up to date. `node_words`: more of the node's command line. Raises CaddyMissing."""
    port, ports = free_port(), [free_port() for _ in range(REPLICAS)]
    fleet = Fleet(folder, database_url, store, DRAMATIS_PUBLIC_URL=f"https://{ADDRESS}:{port}", **settings)
    with ExitStack() as stack:
        stack.callback(fleet.close)
        proxy = stack.enter_context(round_robin(folder / "proxy", port, ports))
        replicas = {f"http://{ADDRESS}:{each}": fleet.add(f"api-{each}", "api") for each in ports}
        for each, replica in zip(ports, replicas.values(), strict=True):
            replica.told["port"] = each
        node, sweeper = fleet.add("node", "node", "--serves", "previs", *node_words), fleet.add("sweeper", "sweeper")
        for process in fleet.processes:
            process.start()
        for process in (*replicas.values(), node):
            process.await_ready()
        secrets = (store.access_key, store.secret_key)
        key = asyncio.run(_issue_key(database_url))
        everybody = [*replicas.values(), node, sweeper]
        yield ProxiedFleet(proxy.url, key, database_url, seen_by_all, secrets, proxy.certificate, replicas, everybody)


async def _issue_key(database_url: str) -> str:
    database = Database(database_url)
    try:
        async with database.write() as session:
            organisation = await create_organisation(session, name="Fleet", plan=LOCAL_PLAN)
            issued = await issue_api_key(session, org_id=organisation.id, name="fleet")
    finally:
        await database.close()
    return issued.secret
