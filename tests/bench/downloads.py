"""Downloads: 50 MB at the studio's own address against the store directly, one at a time and four at once.

The store's links go through the studio where it starts the store itself; this is what that costs. The client reads
from a bare socket, so that its own work weighs little on either side.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import statistics
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

from storage.address import StoreAddress
from storage.objects import Objects
from tests.bench.outcome import Outcome, Report
from tests.faults.server import Server

SIZE_BYTES = 50_000_000
ROUNDS = 7
AT_ONCE = 4


def run(report: Report) -> Outcome:
    """`scripts/bench downloads`."""
    outcome = Outcome()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "data", DRAMATIS_ENGINE_MODULE="tests.inference.panning")
        server.start()
        try:
            direct, passed = asyncio.run(_links(server, Path(folder) / "clip"))
            for link in (direct, passed):
                _download(link)  # warm
            before_s = server.cpu_s()
            for at_once in (1, AT_ONCE):
                _compare(direct, passed, at_once, outcome)
                report(f"downloads: {at_once} at once")
            gigabytes = ROUNDS * (1 + AT_ONCE) * SIZE_BYTES / 1e9
            outcome.check("studio_cpu_s_per_gb", round((server.cpu_s() - before_s) / gigabytes, 2), "<=", 4.0)
        finally:
            server.stop()
    return outcome


def _compare(direct: str, passed: str, at_once: int, outcome: Outcome) -> None:
    """Turn by turn, so that whatever else this machine does weighs on both."""
    times_s: dict[str, list[float]] = {direct: [], passed: []}
    for _ in range(ROUNDS):
        for link, taken_s in times_s.items():
            taken_s.append(_together(link, at_once))
    name = f"_{at_once}_at_once"
    direct_s, passed_s = (statistics.median(times_s[link]) for link in (direct, passed))
    megabytes = at_once * SIZE_BYTES / 1e6
    outcome.note(f"direct_mb_per_s{name}", round(megabytes / direct_s))
    outcome.note(f"passed_through_mb_per_s{name}", round(megabytes / passed_s))
    outcome.check(f"throughput_ratio{name}", round(direct_s / passed_s, 2), ">=", 0.1)


def _together(link: str, count: int) -> float:
    began = time.perf_counter()
    threads = [threading.Thread(target=_download, args=(link,)) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began


def _download(link: str) -> None:
    """Read all of it, and hold its size."""
    at = urlsplit(link)
    with socket.create_connection((at.hostname or "", at.port or 80)) as connection:
        head = f"GET {at.path}?{at.query} HTTP/1.1\r\nHost: {at.netloc}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode())
        buffer, came = memoryview(bytearray(1 << 20)), 0
        while read := connection.recv_into(buffer):
            came += read
    assert SIZE_BYTES < came < SIZE_BYTES + 4096, f"{came} bytes came"


async def _links(server: Server, file: Path) -> tuple[str, str]:
    """Two links to the same object: at the store, and at the studio."""
    store = server.data / "objects"
    keys = json.loads((store / "s3.json").read_text())["identities"][0]["credentials"][0]
    port = json.loads((store / "ports.json").read_text())["s3"]
    objects = Objects(StoreAddress(f"http://127.0.0.1:{port}", keys["accessKey"], keys["secretKey"]))
    file.write_bytes(os.urandom(SIZE_BYTES))
    await objects.put_file("bench/clip", file, content_type="video/mp4")
    links = [
        each.link_to_download("bench/clip", content_type="video/mp4")
        for each in (objects, objects.passed_through(server.url))
    ]
    await objects.close()
    return links[0], links[1]
