"""Sockets to listen at."""

from __future__ import annotations

import socket


class PortTaken(RuntimeError):
    """Something else listens there."""


def listen(host: str, port: int) -> socket.socket:
    """A bound socket (port 0: any free one). Raises PortTaken."""
    # asyncio sends at once (TCP_NODELAY) only on sockets that say that they are TCP: without it each reply's body waits
    # for the client's delayed acknowledgement of its head, 40 ms.
    listener = socket.socket(proto=socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        words = f"port {port} on {host} cannot be used ({error.strerror}): choose another one with --port"
        raise PortTaken(words) from error
    return listener
