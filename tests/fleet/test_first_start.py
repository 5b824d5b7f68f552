"""Everything is started at once, before the database, its tables and the object store are there: all of it comes up."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from storage.seaweed import SeaweedServer
from tests.fleet.nursery import Nursery
from tests.fleet.processes import Fleet, RoleProcess
from tests.fleet.test_fleet import eventually
from tests.postgres import PostgresCluster, free_port

ENGINE = {"DRAMATIS_ENGINE_MODULE": "tests.fleet.sleeper"}


@asynccontextmanager
async def relay(port: int, upstream_port: int) -> AsyncIterator[None]:
    """While it is open, whoever connects to `port` reaches a server that listens elsewhere."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            onward, back = await asyncio.open_connection("127.0.0.1", upstream_port)
            await asyncio.gather(_pump(reader, back), _pump(onward, writer))

    server = await asyncio.start_server(serve, "127.0.0.1", port)
    yield
    server.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()
    writer.close()


async def says(processes: list[RoleProcess], words: str) -> None:
    """Until each of them has logged the words; none ends meanwhile."""

    async def all_have() -> bool | None:
        for process in processes:
            assert not process.has_ended(), process.log()[-3000:]
        return all(words in process.log() for process in processes) or None

    await eventually(all_have)


async def is_ready(process: RoleProcess) -> bool | None:
    async with httpx.AsyncClient() as http:
        return (await http.get(f"{process.told['url']}/readyz")).is_success or None


async def test_roles_wait_for_what_is_not_there_yet_and_all_come_up(
    tmp_path: Path, postgres: PostgresCluster, seaweed: SeaweedServer
) -> None:
    database_port, store_port = free_port(), free_port()
    url = postgres.create("first_start").replace(f":{postgres.port}/", f":{database_port}/")
    store = replace(seaweed.address, endpoint=f"http://127.0.0.1:{store_port}")
    fleet = Fleet(tmp_path, url, store, **ENGINE)
    fleet.nursery = Nursery()
    try:
        served = [fleet.add(f"replica-{each}", "api") for each in range(2)]
        served += [fleet.add(f"node-{each}", "node", "--serves", "previs", "--name", f"{each}") for each in range(2)]
        everybody = [*served, *(fleet.add(f"sweeper-{each}", "sweeper") for each in range(2))]
        impatient = [fleet.add("no-api", "api"), fleet.add("no-node", "node", "--serves", "previs")]
        impatient.append(fleet.add("no-sweeper", "sweeper"))
        for process in (*everybody, *impatient):
            process.start()
        await says([*everybody, *impatient], '"what": "the database"')
        for process in impatient:
            process.signal(signal.SIGTERM)
            assert await asyncio.to_thread(process.wait) == 0, process.log()[-3000:]
        async with relay(database_port, postgres.port):
            await says(everybody, "schema_is_older")
            await asyncio.gather(*(asyncio.to_thread(fleet.migrate) for _ in range(2)))
            await says(everybody, '"what": "the object store"')
            async with relay(store_port, urlsplit(seaweed.address.endpoint).port or 80):
                await says(everybody, "_started")
                for process in served:
                    await asyncio.to_thread(process.await_ready)
                    await eventually(partial(is_ready, process))
                for process in everybody:
                    process.signal(signal.SIGTERM)
                assert [await asyncio.to_thread(process.wait) for process in everybody] == [0] * len(everybody)
        assert [process.words for process in fleet.processes if "Traceback" in process.log()] == []
    finally:
        await asyncio.to_thread(fleet.close)
