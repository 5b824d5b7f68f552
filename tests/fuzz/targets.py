"""Studios to be attacked: a server process of their own, with a render engine that is quick."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.server import Server
from tests.fleet.proxied import ProxiedFleet
from tests.fuzz.campaign import Target
from tests.postgres import OWNER_ROLE, SUPERUSER, running_cluster

_ENGINE = "tests.inference.panning"
_NAME = "fuzzed"


def target_of(server: Server, database_url: str | None = None) -> Target:
    """A studio that runs on a data folder of its own; without another database, on the SQLite file in it."""
    sqlite = f"sqlite:///{server.data / 'dramatis.sqlite'}"
    secrets = (*server.store_secrets, "orgs/org_")
    return Target(server.url, database_url or sqlite, server.data / "server.log", secrets)


def target_in(fleet: ProxiedFleet) -> Target:
    """One replica of it: on the way to the other ones a proxy would answer much of it by itself."""
    secrets = (*fleet.store_secrets, "orgs/org_")
    url, replica = next(iter(fleet.replicas.items()))
    return Target(url, fleet.seen_by_all, replica.folder / "log", secrets, pages=fleet.url)


@contextmanager
def on_sqlite(folder: Path) -> Iterator[Target]:
    """A studio as people start it."""
    server = Server(folder / "data", DRAMATIS_ENGINE_MODULE=_ENGINE)
    with _running(server):
        yield target_of(server)


@contextmanager
def on_postgresql(folder: Path) -> Iterator[Target]:
    """A studio on a cluster of its own. Raises PostgresMissing."""
    with running_cluster() as cluster:
        url, owner_url = cluster.create(_NAME), cluster.url(_NAME, OWNER_ROLE)
        server = Server(
            folder / "data",
            DRAMATIS_ENGINE_MODULE=_ENGINE,
            DRAMATIS_DATABASE_URL=url,
            DRAMATIS_DATABASE_OWNER_URL=owner_url,
        )
        with _running(server):
            yield target_of(server, cluster.url(_NAME, SUPERUSER))


@contextmanager
def _running(server: Server) -> Iterator[None]:
    server.start()
    try:
        yield
    finally:
        server.stop()
