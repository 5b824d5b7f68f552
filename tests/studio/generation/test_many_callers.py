"""Many callers of one organisation at once, on both databases: nobody meets a deadlock, and nothing is lost.

Fifty submits beside cancels, renders that settle, a board that several members edit, enrolments, keys and erasures.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from typing import Any

import httpx
import psycopg
import pytest
import pytest_asyncio
from sqlalchemy import func, select

from storage.queries.events import list_events
from storage.tables import Attempt, Character, Deletion, Table, Take
from studio.examples import example_path
from studio.organisations.audit import verify_audit_log
from tests.postgres import SUPERUSER, PostgresCluster
from tests.studio.conftest import add_person, sign_in_as
from tests.studio.generation.conftest import Studio, open_studio

SUBMITS, CANCELS, EDITS, KEYS, FACES = 50, 30, 8, 10, 4


@dataclass
class Crowd:
    """A studio, and the PostgreSQL database that it is on, if it is on one."""

    studio: Studio
    cluster: PostgresCluster | None
    name: str

    def count_deadlocks(self) -> int:
        """By the server's own statistics."""
        if self.cluster is None:
            return 0
        where = f"host=127.0.0.1 port={self.cluster.port} user={SUPERUSER} dbname=postgres"
        with psycopg.connect(where) as connection:
            query = "SELECT deadlocks FROM pg_stat_database WHERE datname = %s"
            found = connection.execute(query, [self.name]).fetchone()
        assert found is not None
        return int(found[0])

    async def count(self, table: type[Table]) -> int:
        org_id = self.studio.org_id
        async with self.studio.database.read(org_id=org_id) as session:
            query = select(func.count()).select_from(table).where(table.org_id == org_id)  # type: ignore[attr-defined]
            return int((await session.execute(query)).scalar_one())


@pytest_asyncio.fixture(scope="module", params=["sqlite", "postgresql"])
async def crowd(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Crowd]:
    folder, cluster, url, name = tmp_path_factory.mktemp("crowd"), None, None, "many_callers"
    if request.param == "postgresql":
        cluster = request.getfixturevalue("postgres")
        url = cluster.create(name, request.getfixturevalue("migrated_postgres"))
    async with open_studio(folder, url) as studio:
        yield Crowd(studio, cluster, name)
    if cluster is not None:
        assert (await asyncio.to_thread(Crowd(studio, cluster, name).count_deadlocks)) == 0
        cluster.drop(name)


async def test_a_crowd_is_served_and_nothing_is_lost(crowd: Crowd) -> None:
    studio, http = crowd.studio, crowd.studio.http
    photo = await _upload(studio)
    await _enrol(http, photo, "Stays, and the photo with her")
    doomed = [await _enrol(http, photo, f"Doomed {number}") for number in range(FACES)]
    project = (await http.post("/v1/projects", json={"name": "Crowd"})).json()
    scene = (await http.post(f"/v1/projects/{project['id']}/scenes", json={"heading": "INT. HALL"})).json()
    before = [await studio.submit(f"Early {number}") for number in range(3)]
    takes, characters = await crowd.count(Take), await crowd.count(Character)
    members = [await _member(studio) for _ in range(3)]

    async def submit(number: int) -> list[httpx.Response]:
        headers = {"Idempotency-Key": f"submit-{number}"}
        made = await http.post("/v1/takes", json=studio.body(f"She nods {number}", seed=number), headers=headers)
        if number >= CANCELS or made.status_code != 201:
            return [made]
        return [made, await http.post(f"/v1/takes/{made.json()['id']}/cancel")]

    async def edit(member: httpx.AsyncClient) -> list[httpx.Response]:
        replies = []
        for number in range(EDITS):
            added = await member.post(f"/v1/scenes/{scene['id']}/shots", json={"prompt": f"nods {number}"})
            replies.append(added)
            if added.status_code == 201:
                shot = f"/v1/shots/{added.json()['id']}"
                replies.append(await member.patch(shot, json={"prompt": f"smiles {number}"}))
        return replies

    async def key(number: int) -> list[httpx.Response]:
        made = await http.post("/v1/api-keys", json={"name": f"key {number}", "scopes": ["takes"]})
        if number % 2 or made.status_code != 201:
            return [made]
        return [made, await http.delete(f"/v1/api-keys/{made.json()['id']}")]

    async def enrol(number: int) -> list[httpx.Response]:
        return [await _ask_enrol(http, photo, f"New {number}")]

    async def erase(character_id: str) -> list[httpx.Response]:
        return [await http.delete(f"/v1/characters/{character_id}")]

    work: list[Awaitable[list[httpx.Response]]] = [
        *(submit(number) for number in range(SUBMITS)),
        *(edit(member) for member in members),
        *(key(number) for number in range(KEYS)),
        *(enrol(number) for number in range(FACES)),
        *(erase(character_id) for character_id in doomed),
    ]
    replies = [reply for each in await asyncio.gather(*work) for reply in each]
    wrong = [f"{reply.request.method} {reply.url}: {reply.text}" for reply in replies if reply.status_code >= 400]
    assert not wrong, "\n".join(wrong)

    assert await crowd.count(Take) == takes + SUBMITS
    assert await crowd.count(Character) == characters + FACES - len(doomed)
    assert await crowd.count(Deletion) == len(doomed)
    assert len({reply.json()["id"] for reply in replies if reply.url.path == "/v1/takes"}) == SUBMITS
    await _check_board(http, project["id"], len(members) * EDITS)
    keys = (await http.get("/v1/api-keys", params={"limit": 100})).json()["data"]
    made = [one for one in keys if one["name"].startswith("key ")]
    assert Counter(one["revoked_at"] is None for one in made) == {True: KEYS // 2, False: KEYS // 2}
    await _let_end(studio, [take["id"] for take in before])
    await _check_logs(crowd)


async def _check_board(http: httpx.AsyncClient, project_id: str, shots: int) -> None:
    board = (await http.get(f"/v1/projects/{project_id}/board")).json()
    assert len(board["scenes"]) == 1
    kept = board["scenes"][0]["shots"]
    assert len(kept) == shots
    assert all(shot["prompt"].startswith("smiles") for shot in kept)
    assert board["project"]["revision"] == 1 + 2 * shots


async def _let_end(studio: Studio, take_ids: list[str]) -> None:
    """What was begun before the crowd came is finished; the rest is called off."""
    for take_id in take_ids:
        assert (await studio.until(take_id))["state"] == "SUCCEEDED"
    waiting = (await studio.http.get("/v1/takes", params={"limit": 100})).json()["data"]
    for take in waiting:
        if take["state"] in ("QUEUED", "RENDERING"):
            assert (await studio.http.post(f"/v1/takes/{take['id']}/cancel")).status_code in (200, 409)
    for take in waiting:
        await studio.until(take["id"])


async def _check_logs(crowd: Crowd) -> None:
    """Every event is there once, in a row; so is every audit entry; each take ended once."""
    org_id = crowd.studio.org_id
    async with crowd.studio.database.read(org_id=org_id) as session:
        events = await list_events(session, org_id=org_id, after=0, limit=100_000)
        verdict = await verify_audit_log(session, org_id=org_id)
        attempts = (await session.scalars(select(Attempt.state).where(Attempt.org_id == org_id))).all()
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    told = Counter(event.type for event in events)
    takes = await crowd.count(Take)
    assert told["take.queued"] == takes
    assert told["take.succeeded"] + told["take.cancelled"] == takes
    assert Counter(attempts)["SUCCEEDED"] == told["take.succeeded"]
    assert verdict.broken_at is None


async def _upload(studio: Studio) -> str:
    """By the studio's own address, under which it hands the store's links out, and without a key."""
    http, body = studio.http, example_path().read_bytes()
    announced: dict[str, Any] = {"kind": "photo", "content_type": "image/png", "size_bytes": len(body)}
    announced |= {"sha256": hashlib.sha256(body).hexdigest()}
    form = (await http.post("/v1/uploads", json=announced)).json()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(studio.app), timeout=60) as plain:
        sent = await plain.post(form["url"], data=form["fields"], files={"file": ("file", body, "image/png")})
    assert sent.status_code == 204, sent.text
    assert (await http.post(f"/v1/uploads/{form['id']}/complete")).status_code == 200
    return str(form["id"])


async def _ask_enrol(http: httpx.AsyncClient, asset_id: str, name: str) -> httpx.Response:
    consent = {"kind": "own", "by": "Eileen"}
    return await http.post(
        "/v1/characters", json={"name": name, "consent": consent, "references": [{"asset_id": asset_id}]}
    )


async def _enrol(http: httpx.AsyncClient, asset_id: str, name: str) -> str:
    reply = await _ask_enrol(http, asset_id, name)
    while reply.status_code == 503:  # the identity engine still loads
        await asyncio.sleep(0.2)
        reply = await _ask_enrol(http, asset_id, name)
    assert reply.status_code == 201, reply.text
    return str(reply.json()["id"])


async def _member(studio: Studio) -> httpx.AsyncClient:
    """Another editor, in a browser of their own."""
    return await sign_in_as(studio.app, await add_person(studio.database, studio.org_id, "editor"))
