"""A collector of traces, as small as one can be: what it is sent by OTLP over HTTP, as protobuf, it keeps."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class Seen:
    """A span as it arrived; ids in hex, `parent` empty where it has none."""

    service: str
    name: str
    trace: str
    id: str
    parent: str
    ns: tuple[int, int]
    attributes: dict[str, str | int]


class Collector:
    def __init__(self) -> None:
        self.spans: list[Seen] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def take(self, body: bytes) -> None:
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            named = {one.key: one.value.string_value for one in resource.resource.attributes}
            for scope in resource.scope_spans:
                self.spans += [
                    Seen(
                        named["service.name"],
                        one.name,
                        one.trace_id.hex(),
                        one.span_id.hex(),
                        one.parent_span_id.hex(),
                        (one.start_time_unix_nano, one.end_time_unix_nano),
                        {each.key: each.value.string_value or each.value.int_value for each in one.attributes},
                    )
                    for one in scope.spans
                ]

    def of(self, trace: str) -> list[Seen]:
        return [one for one in self.spans if one.trace == trace]

    def until(self, trace: str, *names: str, within_s: float = 60) -> list[Seen]:
        """The trace's spans, once there are some of these names."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            if set(names) <= {one.name for one in self.of(trace)}:
                return self.of(trace)
            time.sleep(0.1)
        raise AssertionError(f"only {sorted({one.name for one in self.of(trace)})} of {names} arrived")


@contextmanager
def collecting() -> Iterator[Collector]:
    collector = Collector()

    class Door(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            collector.take(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door)
    collector.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield collector
    server.shutdown()
    server.server_close()
