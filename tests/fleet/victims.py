"""What a campaign kills with signal 9, one way for each kind of thing, and how it comes back."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from storage.seaweed import SeaweedServer
from tests.acceptance.triton_server import Triton, kill
from tests.fleet.processes import READY_WITHIN_S, RoleProcess
from tests.postgres import PostgresCluster

Kind = Literal["replica", "node", "triton", "database", "store"]


@dataclass
class Victim:
    """`strike` kills it, sees to it that it comes back, and returns what it killed once it is ready."""

    kind: Kind
    strike: Callable[[], Awaitable[str]]
    is_down: bool = False


def roles(kind: Kind, processes: Sequence[RoleProcess]) -> list[Victim]:
    """One for each process; whoever keeps them starts it again."""

    async def restart(process: RoleProcess) -> str:
        await asyncio.to_thread(process.kill)
        async with asyncio.timeout(READY_WITHIN_S):
            while not process.is_ready():
                await asyncio.sleep(0.1)
        return process.words[0]

    return [Victim(kind, lambda process=process: restart(process)) for process in processes]  # type: ignore[misc]


def database(cluster: PostgresCluster) -> Victim:
    """Every process of PostgreSQL's at once."""

    async def crash() -> str:
        await asyncio.to_thread(cluster.crash)
        return "postgres"

    return Victim("database", crash)


def store(server: SeaweedServer) -> Victim:
    """It keeps its ports, so that its address stays."""
    lives = [server]

    async def restart() -> str:
        former = lives.pop()
        os.kill(former.pid, signal.SIGKILL)
        await former.wait()
        lives.append(await SeaweedServer.start(former.folder))
        return "weed"

    return Victim("store", restart)


def _until_some(list_processes: Callable[[], list[int]]) -> list[int]:
    """There are none for a moment, while what was lost by itself is started again."""
    until = time.monotonic() + READY_WITHIN_S
    while not (found := list_processes()):
        assert time.monotonic() < until, "nothing of it is there to be killed"
        time.sleep(0.1)
    return found


def triton(server: Triton, chance: random.Random) -> Victim:
    """The server, a stub behind its endpoint, or what keeps both and the engine; the last alone is not started again
    by anything else."""

    def one_part() -> str:
        part = chance.choice(("tritonserver", "stub", "supervisor"))
        if part == "supervisor":
            assert server.process is not None
            server.process.kill()
            server.process.wait()
            server.start()
        else:
            kill(chance.choice(_until_some(server.servers if part == "tritonserver" else server.stubs)))
            server.until_served()
        return part

    async def strike() -> str:
        return await asyncio.to_thread(one_part)

    return Victim("triton", strike)
