"""Sixteen callers of one organisation do everything at once while takes render, on both databases.

Each does one thing after the other, drawn by its own seed. Told is how long single answers took; an enrolment waits
for an engine by its nature and is told apart. Nothing may fail, and PostgreSQL may meet no deadlock.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import numpy as np

from tests.bench.outcome import Outcome, Report
from tests.bench.served_studio import (
    DATABASES,
    DatabaseKind,
    cancel_all,
    count_deadlocks,
    enrol,
    open_http,
    serve_on,
    upload_example,
)

CALLERS = 16
WORKS_FOR_S = 30.0
LONGEST_S = 1.0
ENROLMENT = "enrolment"


def run(report: Report) -> Outcome:
    """`scripts/bench callers`."""
    outcome = Outcome()
    for kind in DATABASES:
        with tempfile.TemporaryDirectory() as folder, serve_on(kind, Path(folder)) as (server, cluster):
            report(f"callers: {kind}")
            asyncio.run(_measure(open_http(server, CALLERS), kind, outcome))
            outcome.check(f"{kind}_deadlocks", count_deadlocks(cluster), "==", 0)
    return outcome


async def _measure(http: httpx.AsyncClient, kind: DatabaseKind, outcome: Outcome) -> None:
    async with http:
        photo = await upload_example(http)
        work = _Work(http, photo, await enrol(http, photo, "Eileen"))
        await work.prepare()
        until = time.monotonic() + WORKS_FOR_S
        await asyncio.gather(*(work.go_on(random.Random(seed), until) for seed in range(CALLERS)))  # noqa: S311
        await cancel_all(http)
    answers = [taken_s for name, times in work.times_s.items() if name != ENROLMENT for taken_s in times]
    outcome.note(f"{kind}_answers", len(answers))
    outcome.note(f"{kind}_answers_p50_s", round(float(np.percentile(answers, 50)), 3))
    outcome.check(f"{kind}_answers_p99_s", round(float(np.percentile(answers, 99)), 3), "<=", LONGEST_S)
    outcome.note(
        f"{kind}_p99_s_by_kind", {name: round(float(np.percentile(t, 99)), 2) for name, t in work.times_s.items()}
    )
    outcome.check(f"{kind}_failures", work.failures[:5], "==", [])


class _Work:
    """What callers do, and how long each answer took."""

    def __init__(self, http: httpx.AsyncClient, photo: str, character_id: str) -> None:
        self._http, self._photo, self._character_id = http, photo, character_id
        self._project_id = self._scene_id = ""
        self.times_s: dict[str, list[float]] = defaultdict(list)
        self.failures: list[str] = []

    async def prepare(self) -> None:
        """A film with a scene, and takes that render from now on."""
        self._project_id = (await self._http.post("/v1/projects", json={"name": "Crowd"})).json()["id"]
        scene = await self._http.post(f"/v1/projects/{self._project_id}/scenes", json={"heading": "INT. HALL"})
        self._scene_id = scene.json()["id"]
        for seed in range(8):
            await self._ask("submit", "POST", "/v1/takes", self._take(seed))

    async def go_on(self, draw: random.Random, until: float) -> None:
        """One thing after the other."""
        deeds: list[tuple[int, Callable[[random.Random], Awaitable[None]]]] = [
            (3, self._shoot), (4, self._look), (3, self._edit), (1, self._make_key), (1, self._enrol_and_erase),
        ]  # fmt: skip
        while time.monotonic() < until:
            (deed,) = draw.choices([deed for _, deed in deeds], [weight for weight, _ in deeds])
            await deed(draw)

    async def _shoot(self, draw: random.Random) -> None:
        made = await self._ask("submit", "POST", "/v1/takes", self._take(draw.randrange(2**31)))
        if made.status_code == 201 and draw.random() < 0.9:  # the queue does not grow for ever
            await self._ask("cancel", "POST", f"/v1/takes/{made.json()['id']}/cancel")

    async def _look(self, draw: random.Random) -> None:
        paths = ("/v1/takes", "/v1/characters", f"/v1/projects/{self._project_id}/board", "/v1/projects", "/v1/me")
        await self._ask("read", "GET", draw.choice(paths))

    async def _edit(self, draw: random.Random) -> None:
        added = await self._ask("edit", "POST", f"/v1/scenes/{self._scene_id}/shots", {"prompt": "nods"})
        if added.status_code == 201:
            shot_id = added.json()["id"]
            await self._ask("edit", "PATCH", f"/v1/shots/{shot_id}", {"prompt": f"smiles {draw.random()}"})
            await self._ask("edit", "POST", "/v1/shots/delete", {"shot_ids": [shot_id]})

    async def _make_key(self, _: random.Random) -> None:
        made = await self._ask("key", "POST", "/v1/api-keys", {"name": "bench", "scopes": ["takes"]})
        if made.status_code == 201:
            await self._ask("key", "DELETE", f"/v1/api-keys/{made.json()['id']}")

    async def _enrol_and_erase(self, draw: random.Random) -> None:
        name = f"New {draw.random()}"
        body = {"name": name, "consent": {"kind": "own", "by": name}, "references": [{"asset_id": self._photo}]}
        made = await self._ask(ENROLMENT, "POST", "/v1/characters", body)
        if made.status_code == 201:
            await self._ask("erasure", "DELETE", f"/v1/characters/{made.json()['id']}")

    def _take(self, seed: int) -> dict[str, object]:
        cast = [{"character_id": self._character_id}]
        return {"prompt": "She nods, then smiles", "characters": cast, "seconds": 2, "size": "512x288", "seed": seed}

    async def _ask(self, name: str, method: str, path: str, body: object = None) -> httpx.Response:
        began = time.perf_counter()
        reply = await self._http.request(method, path, json=body)
        self.times_s[name].append(time.perf_counter() - began)
        busy = name == ENROLMENT and reply.status_code == 503  # the one engine for faces has a queue of its own
        ended = reply.status_code == 409 and name == "cancel"
        if reply.status_code >= 400 and not busy and not ended:
            self.failures.append(f"{method} {path}: {reply.status_code} {reply.text[:200]}")
        return reply
