"""What a node answers over HTTP, for whoever runs it: whether it lives, and whether it takes up work."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from studio.http.listening import listen
from studio.roles.node import Node


def create_app(node: Node) -> Starlette:
    """`/healthz` and `/readyz`."""

    async def live(_: Request) -> JSONResponse:
        ok = not node.membership.is_lost
        return JSONResponse({"ok": ok, "node": node.membership.me.name}, status_code=200 if ok else 503)

    async def ready(_: Request) -> JSONResponse:
        slots = node.worker.executor.slots
        parts = {"claims": slots.why_closed or node.engines.why_idle(node.settings.node_serves)}
        parts |= {f"{engine.role}_engine": engine.why_not_ready for engine in node.engines.all}
        ok = not any(parts.values())
        told = {"ok": ok, "parts": parts, "slots": slots.concurrency, "running": slots.running}
        return JSONResponse(told, status_code=200 if ok else 503)

    return Starlette(routes=[Route("/healthz", live), Route("/readyz", ready)])


class _Server(uvicorn.Server):
    """It leaves signals to the node, and sleeps until it is to end instead of looking ten times a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.stopping = asyncio.Event()

    async def main_loop(self) -> None:
        await self.stopping.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(app: Starlette, host: str, port: int, stack: contextlib.AsyncExitStack) -> int:
    """Answer until `stack` is closed; returns the port (0 takes any free one). Raises PortTaken."""
    listener = listen(host, port)
    server = _Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", date_header=False))
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="node-http")

    async def stop() -> None:
        server.should_exit = True
        server.stopping.set()
        await asyncio.wait([serving])

    stack.push_async_callback(stop)
    return int(listener.getsockname()[1])
