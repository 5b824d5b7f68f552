"""Usage: takes that ended are summed by what is asked, in their time, for their organisation alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from storage.queries.takes import insert_take
from storage.tables import Take
from storage.unit import Database
from tests.studio.conftest import Tenant, example_photo

DAYS = {"first": datetime(2026, 11, 1, 23, 59, tzinfo=UTC), "second": datetime(2026, 11, 2, 0, 1, tzinfo=UTC)}


async def ended_take(database: Database, tenant: Tenant, name: str, day: str, **more: Any) -> None:  # noqa: ANN401
    """One that failed after four seconds, unless told otherwise."""
    take = Take(
        id=f"take_{name}", org_id=tenant.org_id, request={}, model="previs", prompt="she nods", seed=1, seconds=5.0,
        width=768, height=432, state="CANCELLED", finished_at=DAYS[day], render_ms=4000,
    )  # fmt: skip
    for field, value in more.items():
        setattr(take, field, value)
    async with database.write(org_id=tenant.org_id) as session:
        await insert_take(session, take, character_ids=[])


async def usage(tenant: Tenant, *by: str, **more: str) -> list[dict[str, Any]]:
    asked = {"since": "2026-11-01T00:00:00Z", "until": "2026-12-01T00:00:00Z", "by": list(by), **more}
    reply = await tenant.http.get("/v1/usage", params=asked)
    assert reply.status_code == 200, reply.text
    return list(reply.json()["data"])


async def test_takes_are_told_apart_by_what_is_asked(tenant: Tenant, other_tenant: Tenant, database: Database) -> None:
    project = (await tenant.http.post("/v1/projects", json={"name": "Mine"})).json()["id"]
    scene = (await tenant.http.post(f"/v1/projects/{project}/scenes", json={"heading": "INT. ROOM"})).json()["id"]
    shot = (await tenant.http.post(f"/v1/scenes/{scene}/shots", json={"prompt": "she nods"})).json()["id"]
    paid = {"held": 900_000, "micro_credits": 750_000, "lots": []}
    await ended_take(database, tenant, "one", "first", asked_by="key_a", usage=paid)
    await ended_take(database, tenant, "two", "second", asked_by="key_a", model="large", shot_id=shot)
    await ended_take(database, tenant, "three", "second", asked_by="per_b", render_ms=500, shot_id=shot)
    await ended_take(database, tenant, "four", "second", state="QUEUED", finished_at=None)
    await ended_take(database, other_tenant, "theirs", "second", asked_by="key_a")

    by_day = {line["day"]: line for line in await usage(tenant, "day")}
    assert {day: (line["takes"], line["device_seconds"]) for day, line in by_day.items()} == {
        "2026-11-01": (1, 4.0),
        "2026-11-02": (2, 4.5),
    }
    assert by_day["2026-11-01"]["credits"] == 0.75
    assert {(line["model"], line["takes"]) for line in await usage(tenant, "model")} == {("previs", 2), ("large", 1)}
    assert {(line["project_id"], line["takes"]) for line in await usage(tenant, "project")} == {(None, 1), (project, 2)}
    told = {(line["key_id"], line["member_id"], line["takes"]) for line in await usage(tenant, "key", "member")}
    assert told == {("key_a", None, 2), (None, "per_b", 1)}
    assert await usage(tenant, "day", until="2026-11-02T00:00:00Z") == [by_day["2026-11-01"]]


async def test_a_take_says_which_key_asked_for_it(tenant: Tenant, database: Database) -> None:
    character = (await tenant.enrol(await tenant.photo(example_photo()))).json()["id"]
    asked = {"prompt": "she nods", "characters": [{"character_id": character}]}
    take = (await tenant.http.post("/v1/takes", json=asked)).json()
    await tenant.http.post(f"/v1/takes/{take['id']}/cancel")
    keys = (await tenant.http.get("/v1/api-keys")).json()["data"]
    told = (await tenant.http.get("/v1/usage", params={"by": "key"})).json()["data"]
    assert [(line["key_id"], line["takes"], line["succeeded"]) for line in told] == [(keys[0]["id"], 1, 0)]


async def test_a_time_that_ends_before_it_begins_is_refused(tenant: Tenant) -> None:
    for since, until in (
        ("2026-12-01T00:00:00Z", "2026-11-01T00:00:00Z"),
        ("2024-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
    ):
        reply = await tenant.http.get("/v1/usage", params={"since": since, "until": until})
        assert (reply.status_code, reply.json()["code"]) == (422, "invalid_request")
    assert (await tenant.http.get("/v1/usage", params={"by": "colour"})).status_code == 422
