"""Wake: how soon a take that is submitted on a replica starts on a node of another process, and what both cost at rest.

One replica, one node and one sweeper on PostgreSQL, each a process of its own, with the tiny pipeline of the tests as
engine. A take has started when its event says so, by the clock of the one who submits.
"""

from __future__ import annotations

import time

import httpx
import numpy as np

from frontend.api_client.events import parse_events
from tests.bench.outcome import Outcome, Report
from tests.bench.roles import Tenant, ground, processes, processor_s

TAKES = 12
SETTLING_S = 20.0
WATCHED_S = 60.0


def run(report: Report) -> Outcome:
    """`scripts/bench wake`."""
    outcome = Outcome()
    settings = {"DRAMATIS_ENGINE_MODULE": "tests.inference.panning", "DRAMATIS_ENGINE_REST_MINUTES": "0.5"}
    with ground(**settings) as here:
        fleet, tenant = here.fleet, here.tenant
        replica = fleet.add("replica", "api")
        node = fleet.add("node", "node", "--serves", "previs")
        sweeper = fleet.add("sweeper", "sweeper")
        for process in (replica, node, sweeper):
            process.start()
        for process in (replica, node):
            process.await_ready()
        headers = {"Authorization": f"Bearer {tenant.api_key}"}
        with httpx.Client(base_url=replica.told["url"], headers=headers, timeout=120) as http:
            _take(http, tenant)  # the first one after a start finds nothing warm
            starts_s = []
            for _ in range(TAKES):
                time.sleep(3)  # longer than a node looks often after a take
                starts_s.append(_take(http, tenant))
        outcome.check("submit_to_started_s_median", round(float(np.median(starts_s)), 3), "<=", 0.3)
        outcome.check("submit_to_started_s_worst", round(max(starts_s), 3), "<=", 0.3)
        report("wake: waiting until the engine rests")
        while len(processes(node)) > 1:
            time.sleep(1)
        time.sleep(SETTLING_S)
        targets = {"replica": (replica, 1.0), "node": (node, 0.5), "sweeper": (sweeper, 1.0)}
        began = {name: processor_s(process) for name, (process, _) in targets.items()}
        time.sleep(WATCHED_S)
        for name, (process, most) in targets.items():
            percent = 100 * (processor_s(process) - began[name]) / WATCHED_S
            outcome.check(f"idle_{name}_processor_percent", round(percent, 2), "<=", most)
    return outcome


def _take(http: httpx.Client, tenant: Tenant) -> float:
    """Seconds from before the submit until a short take starts; waits for its end."""
    body = {"prompt": "She smiles", "characters": [{"character_id": tenant.character_id}], "seconds": 0.5}
    began, started = time.monotonic(), 0.0
    reply = http.post("/v1/takes", json=body | {"size": "256x256"})
    reply.raise_for_status()
    with http.stream("GET", "/v1/events", params={"take": reply.json()["id"]}) as stream:
        for event in parse_events(stream.iter_lines()):
            if event.type == "take.started":
                started = time.monotonic()
    assert event.type == "take.succeeded", event
    return started - began
