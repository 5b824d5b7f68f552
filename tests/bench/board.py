"""The board: how long a film of 200 shots and 800 takes keeps reader and editor waiting, over HTTP on SQLite."""

from __future__ import annotations

import asyncio
import gc
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx

from storage.migrate import migrate
from storage.unit import Database
from studio.api_keys.keys import issue_api_key
from studio.app import create_app
from studio.config import Settings
from studio.organisations.creation import create_organisation
from tests.bench.outcome import Outcome, Report
from tests.studio.storyboard.long_film import LongFilm, fill_film

TIMES = 20
BOARD_MS, EDIT_MS = 100.0, 200.0  # an edit answers within the frame budget of an interaction


def run(report: Report) -> Outcome:
    """`scripts/bench board`."""
    outcome = Outcome()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_measure(Path(folder), outcome, report))
    return outcome


async def _measure(folder: Path, outcome: Outcome, report: Report) -> None:
    database = Database(f"sqlite+aiosqlite:///{folder / 'dramatis.sqlite'}")
    migrate(database.url, backups=folder)
    async with database.write() as session:
        organisation = await create_organisation(session, name="Bench")
        key = await issue_api_key(session, org_id=organisation.id, name="bench")
    film = await fill_film(database, organisation.id, scenes=10, shots=20, takes=4, frames=120)
    report("board: a film of 200 shots and 800 takes is filled")
    app = create_app(Settings(data_dir=folder))
    app.state.database = database
    gc.collect()
    gc.freeze()  # as the server does once it is up
    headers = {"Authorization": f"Bearer {key.secret}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://studio", headers=headers) as http:
        for name, target_ms, call in _calls(http, film):
            times_ms = [await _time(call) for _ in range(TIMES)]
            outcome.note(f"{name}_ms_median", round(statistics.median(times_ms), 1))
            outcome.check(f"{name}_ms_p90", round(statistics.quantiles(times_ms, n=10)[-1], 1), "<=", target_ms)
    await database.close()


def _calls(http: httpx.AsyncClient, film: LongFilm) -> list[tuple[str, float, Callable[[], Awaitable[httpx.Response]]]]:
    shot_id = film.shot_ids[77]
    move = {"scene_id": film.scene_ids[-1], "after": None}
    ticks = iter(range(10**6))
    return [
        ("board", BOARD_MS, lambda: http.get(f"/v1/projects/{film.project_id}/board")),
        ("shot", BOARD_MS, lambda: http.get(f"/v1/shots/{shot_id}")),
        (
            "change",
            EDIT_MS,
            lambda: http.patch(f"/v1/shots/{shot_id}", json={"prompt": f"she nods {next(ticks)} times"}),
        ),
        ("move", EDIT_MS, lambda: http.post("/v1/shots/move", json=move | {"shot_ids": film.rotated()})),
        ("undo", EDIT_MS, lambda: http.post(f"/v1/projects/{film.project_id}/undo")),
    ]


async def _time(call: Callable[[], Awaitable[httpx.Response]]) -> float:
    began = time.perf_counter()
    reply = await call()
    taken_ms = 1000 * (time.perf_counter() - began)
    reply.raise_for_status()
    return taken_ms
