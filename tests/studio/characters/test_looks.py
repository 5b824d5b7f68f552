"""Looks: kept beside a character, worn in takes, gone with the character; who it is never changes with them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from storage.objects import Objects
from storage.queries.takes import get_take
from storage.tables import Look
from storage.unit import Database
from tests.studio.conftest import Tenant, example_photo, fixture_photo


async def _eileen(tenant: Tenant) -> dict[str, Any]:
    reply = await tenant.enrol(await tenant.photo(example_photo()))
    assert reply.status_code == 201, reply.text
    character: dict[str, Any] = reply.json()
    return character


async def _look(tenant: Tenant, character_id: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 (JSON)
    body = {"name": "Rain", "wardrobe": "a yellow raincoat", **more}
    reply = await tenant.http.post(f"/v1/characters/{character_id}/looks", json=body)
    assert reply.status_code == 201, reply.text
    look: dict[str, Any] = reply.json()
    return look


async def test_looks_are_made_listed_changed_and_deleted(tenant: Tenant, objects: Objects) -> None:
    eileen = await _eileen(tenant)
    path = f"/v1/characters/{eileen['id']}/looks"
    picture = await tenant.photo(fixture_photo("person_b_1"), "image/jpeg")
    rain = await _look(tenant, eileen["id"], picture_asset_id=picture)
    dinner = await _look(tenant, eileen["id"], name="Dinner", wardrobe="", hair="pinned up")
    assert rain["picture_url"].startswith("http")
    assert [look["id"] for look in (await tenant.http.get(path)).json()["data"]] == [rain["id"], dinner["id"]]
    changed = await tenant.http.patch(f"{path}/{rain['id']}", json={"props": "an umbrella", "picture_asset_id": None})
    assert changed.status_code == 200, changed.text
    assert (changed.json()["props"], changed.json()["wardrobe"]) == ("an umbrella", "a yellow raincoat")
    assert changed.json()["picture_url"] is None
    assert await objects.list_keys(f"orgs/{tenant.org_id}/assets/{picture}") == []
    assert (await tenant.http.delete(f"{path}/{dinner['id']}")).status_code == 204
    assert [look["name"] for look in (await tenant.http.get(path)).json()["data"]] == ["Rain"]
    now = (await tenant.http.get(f"/v1/characters/{eileen['id']}")).json()
    assert (now["strength"], len(now["references"])) == (eileen["strength"], 1)


async def test_a_look_says_something_and_shows_what_is_there(tenant: Tenant) -> None:
    eileen = await _eileen(tenant)
    path = f"/v1/characters/{eileen['id']}/looks"
    assert (await tenant.http.post(path, json={"name": "Nothing"})).status_code == 422
    missing = await tenant.http.post(path, json={"name": "Rain", "picture_asset_id": "ast_unknown"})
    assert missing.status_code == 404
    rain = await _look(tenant, eileen["id"])
    emptied = await tenant.http.patch(f"{path}/{rain['id']}", json={"wardrobe": ""})
    assert emptied.status_code == 422
    assert (await tenant.http.get(path)).json()["data"][0]["wardrobe"] == "a yellow raincoat"


async def test_a_take_wears_a_look_of_its_own_character_alone(tenant: Tenant, database: Database) -> None:
    eileen = await _eileen(tenant)
    picture = await tenant.photo(fixture_photo("person_b_1"), "image/jpeg")
    rain = await _look(tenant, eileen["id"], picture_asset_id=picture)
    body = {"prompt": "She nods", "characters": [{"character_id": eileen["id"], "look_id": rain["id"]}]}
    told = (await tenant.http.post("/v1/takes/estimate", json=body)).json()
    assert told["ok"], told
    assert told["cannot"][0] == "draw the look that was chosen"
    emma = await tenant.enrol(await tenant.photo(fixture_photo("person_a_1"), "image/jpeg"))
    worn = {"prompt": "She nods", "characters": [{"character_id": emma.json()["id"], "look_id": rain["id"]}]}
    refused = (await tenant.http.post("/v1/takes/estimate", json=worn)).json()
    assert [problem["field"] for problem in refused["problems"]] == ["characters"]


async def test_a_picture_stays_while_a_take_may_read_it(tenant: Tenant, database: Database) -> None:
    eileen = await _eileen(tenant)
    picture = await tenant.photo(fixture_photo("person_b_1"), "image/jpeg")
    rain = await _look(tenant, eileen["id"], picture_asset_id=picture)
    await tenant.queued_take(database, "take_waiting", eileen["id"])
    refused = await tenant.http.delete(f"/v1/characters/{eileen['id']}/looks/{rain['id']}")
    assert (refused.status_code, refused.json()["code"]) == (409, "look_in_use")
    assert (await tenant.http.delete(f"/v1/assets/{picture}")).json()["code"] == "asset_in_use"
    async with database.read(org_id=tenant.org_id) as session:
        assert await get_take(session, org_id=tenant.org_id, take_id="take_waiting") is not None


async def test_looks_go_with_the_character(tenant: Tenant, database: Database, objects: Objects) -> None:
    eileen = await _eileen(tenant)
    picture = await tenant.photo(fixture_photo("person_b_1"), "image/jpeg")
    await _look(tenant, eileen["id"], picture_asset_id=picture)
    erased = (await tenant.http.delete(f"/v1/characters/{eileen['id']}")).json()["erased"]
    assert erased["rows"]["looks"] == 1
    assert len(erased["photos"]) == 2
    assert await objects.list_keys(f"orgs/{tenant.org_id}/assets/{picture}") == []
    async with database.read(org_id=tenant.org_id) as session:
        assert (await session.execute(select(func.count()).select_from(Look))).scalar_one() == 0
