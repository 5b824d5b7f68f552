"""A studio as people start it, on either database, and the first things that a client does with it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Literal

import httpx
import psycopg

from studio.examples import example_path
from tests.faults.server import Server
from tests.postgres import SUPERUSER, PostgresCluster, owner_of, running_cluster

DatabaseKind = Literal["sqlite", "postgresql"]
DATABASES: tuple[DatabaseKind, ...] = ("sqlite", "postgresql")
NAME = "bench"


@contextmanager
def serve_on(kind: DatabaseKind, folder: Path, **settings: str) -> Iterator[tuple[Server, PostgresCluster | None]]:
    """A running server, and the cluster whose database it is on."""
    with ExitStack() as stack:
        cluster = None
        if kind == "postgresql":
            cluster = stack.enter_context(running_cluster())
            url = cluster.create(NAME)
            settings |= {"DRAMATIS_DATABASE_URL": url, "DRAMATIS_DATABASE_OWNER_URL": owner_of(url)}
        server = Server(folder / kind, **settings)
        stack.callback(server.stop)
        server.start()
        yield server, cluster


def count_deadlocks(cluster: PostgresCluster | None) -> int:
    """By the server's own statistics; SQLite has none."""
    if cluster is None:
        return 0
    where = f"host=127.0.0.1 port={cluster.port} user={SUPERUSER} dbname=postgres"
    with psycopg.connect(where) as connection:
        row = connection.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = %s", [NAME]).fetchone()
    return int(row[0]) if row else 0


def open_http(server: Server, callers: int) -> httpx.AsyncClient:
    """A client with a connection for each caller."""
    limits = httpx.Limits(max_connections=callers, max_keepalive_connections=callers)
    headers = {"Authorization": f"Bearer {server.api_key}"}
    return httpx.AsyncClient(base_url=server.url, headers=headers, limits=limits, timeout=120)


async def upload_example(http: httpx.AsyncClient) -> str:
    """The example photo, uploaded; returns its asset's id."""
    body = example_path().read_bytes()
    sha256 = hashlib.sha256(body).hexdigest()
    announced = {"kind": "photo", "content_type": "image/png", "size_bytes": len(body), "sha256": sha256}
    form = (await http.post("/v1/uploads", json=announced)).raise_for_status().json()
    async with httpx.AsyncClient() as plain:
        sent = await plain.post(form["url"], data=form["fields"], files={"file": ("file", body, "image/png")})
        sent.raise_for_status()
    (await http.post(f"/v1/uploads/{form['id']}/complete")).raise_for_status()
    return str(form["id"])


async def enrol(http: httpx.AsyncClient, asset_id: str, name: str) -> str:
    """A character of this photo, once the identity engine is ready; returns its id."""
    body = {"name": name, "consent": {"kind": "own", "by": name}, "references": [{"asset_id": asset_id}]}
    reply = await http.post("/v1/characters", json=body)
    while reply.status_code == 503:
        await asyncio.sleep(0.5)
        reply = await http.post("/v1/characters", json=body)
    return str(reply.raise_for_status().json()["id"])


async def await_end(http: httpx.AsyncClient, take_id: str) -> str:
    """The state in which the take ended."""
    while (state := (await http.get(f"/v1/takes/{take_id}")).json()["state"]) in ("QUEUED", "RENDERING"):
        await asyncio.sleep(0.1)
    return str(state)


async def cancel_all(http: httpx.AsyncClient) -> None:
    """Nothing waits or renders any more."""
    for state in ("QUEUED", "RENDERING"):
        while takes := (await http.get("/v1/takes", params={"state": state, "limit": 100})).json()["data"]:
            for take in takes:
                await http.post(f"/v1/takes/{take['id']}/cancel")
