"""What listens on this host's loopback, reachable at another of its addresses: for pods with a network of their own."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator

LOOPBACK = "127.0.0.1"
FROM = "127.0.0.2"  # as whom the relay connects, so that a server can tell it from this host's own clients
_CHUNK = 1 << 16
_FREEBIND = getattr(socket, "IP_FREEBIND", 15)  # the address may come up later: a bridge does with its first pod


@contextlib.contextmanager
def relayed(address: str, port: int) -> Iterator[None]:
    """Connections to `address` and `port` go to the same port of the loopback address, until the end."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_IP, _FREEBIND, 1)
    listener.bind((address, port))
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name=f"relay-{port}", daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(_serve(listener, port), loop).result()
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(_end_all(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        listener.close()


async def _serve(listener: socket.socket, port: int) -> asyncio.Server:
    async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(LOOPBACK, port, local_addr=(FROM, 0))
        with contextlib.suppress(asyncio.CancelledError):  # at the end; asyncio would report it for each connection
            await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))

    return await asyncio.start_server(join, sock=listener)


async def _end_all() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Bytes in one direction, until that side has said all."""
    with contextlib.suppress(ConnectionError):
        while chunk := await source.read(_CHUNK):
            target.write(chunk)
            await target.drain()
    target.close()
