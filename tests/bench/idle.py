"""Idle: what a studio with nothing to do costs in processor and memory, and how soon it is at work again.

The real server with its object store and both engines, on a folder that has rendered before, started anew. Processor
time is that of every process of the tree over a minute; memory is the sum of their proportional set sizes (PSS of
/proc/PID/smaps_rollup: pages that processes share are counted once). A take starts when its engine says so.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import httpx
import numpy as np

from frontend.api_client.events import parse_events
from tests.bench.outcome import Outcome, Report
from tests.faults.server import Server

WATCHED_S = 60.0
SETTLING_S = 25.0  # after a start and after a take: queues are looked at often for a while, the store writes its log
REST_MINUTES = 0.5
TAKES = 5


def run(report: Report) -> Outcome:
    """`scripts/bench idle`."""
    outcome = Outcome()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "data", DRAMATIS_ENGINE_REST_MINUTES=str(REST_MINUTES))
        try:
            outcome.note("first_start_s", round(server.start(), 2))
            with _client(server) as http:
                take(http)
            server.stop()
            server.start()
            with _client(server) as http:
                _measure(server, http, outcome, report)
        finally:
            server.stop()
    return outcome


def _measure(server: Server, http: httpx.Client, outcome: Outcome, report: Report) -> None:
    take(http)  # the first one after a start finds nothing warm
    warm_s = []
    for _ in range(TAKES):
        time.sleep(12)  # longer than queues are looked at often after a take
        warm_s.append(take(http))
    starts_s, ends_s = np.array(warm_s).T
    outcome.check("submit_to_rendering_idle_s_median", round(float(np.median(starts_s)), 3), "<=", 0.15)
    outcome.note("submit_to_rendering_idle_s_worst", round(float(starts_s.max()), 3))
    outcome.note("memory_engines_up_mb", memory_mb(server))
    report("idle: waiting until the engines rest")
    while len(server.children()) > 1:
        time.sleep(1)
    time.sleep(SETTLING_S)
    outcome.check("memory_at_rest_mb", memory_mb(server), "<=", 500)
    began_s = processor_s(server)
    time.sleep(WATCHED_S)
    outcome.check("processor_percent", round(100 * (processor_s(server) - began_s) / WATCHED_S, 2), "<=", 1.0)
    report("idle: the first take after a rest")
    start_s, end_s = take(http)
    outcome.check("first_take_starts_later_s", round(start_s - float(np.median(starts_s)), 2), "<=", 2.0)
    outcome.note("first_take_ends_later_s", round(end_s - float(np.median(ends_s)), 2))


def _client(server: Server) -> httpx.Client:
    return httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {server.api_key}"}, timeout=120)


def take(http: httpx.Client) -> tuple[float, float]:
    """Seconds from before the submit until a short take starts and until it ends."""
    if not http.get("/v1/characters").json()["data"]:
        http.post("/v1/projects/example").raise_for_status()
    character_id = http.get("/v1/characters").json()["data"][0]["id"]
    body = {"prompt": "She smiles", "characters": [{"character_id": character_id}], "seconds": 0.5, "size": "256x256"}
    began, started = time.monotonic(), 0.0
    reply = http.post("/v1/takes", json=body)
    reply.raise_for_status()
    with http.stream("GET", "/v1/events", params={"take": reply.json()["id"]}) as stream:
        for event in parse_events(stream.iter_lines()):
            if event.type == "take.started":
                started = time.monotonic()
    assert event.type == "take.succeeded", event
    return started - began, time.monotonic() - began


def processes(root: int) -> list[int]:
    """A process and everything below it."""
    found = [root]
    for pid in found:
        for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
            with contextlib.suppress(OSError):  # it ended meanwhile
                found += [int(child) for child in tasks.read_text().split()]
    return found


def memory_mb(server: Server) -> int:
    """Proportional set size of the tree, in MB."""
    lines = [
        line
        for pid in processes(server.pids[0])
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        if line.startswith("Pss:")
    ]
    return round(sum(int(line.split()[1]) for line in lines) * 1024 / 1e6)


def processor_s(server: Server) -> float:
    """Seconds of processor time that the tree has taken."""
    return seconds_of(processes(server.pids[0]))


def seconds_of(pids: Iterable[int]) -> float:
    """Seconds of processor time that those of these processes have taken which still run."""
    ticks = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            account = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(account[11]) + int(account[12]) if account[0] != "Z" else 0
    return ticks / os.sysconf("SC_CLK_TCK")
