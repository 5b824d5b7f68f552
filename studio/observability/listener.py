"""Where Prometheus reads: an address of its own, never the public one, in a thread of its own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from prometheus_client import start_http_server


class MetricsPortTaken(RuntimeError):
    """Something else listens there."""


@contextlib.contextmanager
def metrics_listener(host: str, port: int) -> Iterator[int]:
    """Answers /metrics for the length of the block; gives the port (0: any free one). Raises MetricsPortTaken."""
    try:
        server, thread = start_http_server(port, host)
    except OSError as error:
        raise MetricsPortTaken(f"metrics cannot be told at {host}:{port} ({error.strerror or error})") from error
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
