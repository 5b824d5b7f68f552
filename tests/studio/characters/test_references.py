"""A character's card, renamed and with photos added or taken away: all of it or nothing."""

from __future__ import annotations

from typing import Any

import pytest

from storage.objects import Objects
from storage.unit import Database
from tests.studio.conftest import Tenant, example_photo, fixture_photo


async def _emma(tenant: Tenant) -> dict[str, Any]:
    photo = await tenant.photo(fixture_photo("person_a_1"), "image/jpeg")
    reply = await tenant.enrol(photo, name="Emma")
    assert reply.status_code == 201, reply.text
    character: dict[str, Any] = reply.json()
    return character


async def test_a_card_says_what_is_shown_and_what_would_help(tenant: Tenant) -> None:
    emma = await _emma(tenant)
    assert emma["coverage"].keys() == {"front", "left", "right", "up", "down"}
    assert emma["coverage"]["front"] > 0.3
    assert emma["turning"].keys() == {"left_deg", "right_deg"}
    assert min(emma["turning"].values()) >= 26
    assert "add_second_photo" in [advice["code"] for advice in emma["advice"]]
    assert all(advice["words"] for advice in emma["advice"])


async def test_a_character_is_renamed(tenant: Tenant) -> None:
    emma = await _emma(tenant)
    reply = await tenant.http.patch(f"/v1/characters/{emma['id']}", json={"name": "Anna"})
    assert (reply.status_code, reply.json()["name"]) == (200, "Anna")
    assert (await tenant.http.get(f"/v1/characters/{emma['id']}")).json()["name"] == "Anna"
    assert (await tenant.http.patch(f"/v1/characters/{emma['id']}", json={"name": ""})).status_code == 422


async def test_a_photo_is_added_taken_away_and_erased(tenant: Tenant, objects: Objects) -> None:
    emma = await _emma(tenant)
    path = f"/v1/characters/{emma['id']}/references"
    second = await tenant.photo(fixture_photo("person_a_2"), "image/jpeg")
    reply = await tenant.http.post(path, json={"references": [{"asset_id": second}]})
    assert reply.status_code == 201, reply.text
    both = reply.json()
    assert [each["asset_id"] for each in both["references"]] == [emma["references"][0]["asset_id"], second]
    assert both["strength"] > emma["strength"]
    assert "add_second_photo" not in [advice["code"] for advice in both["advice"]]
    again = await tenant.http.post(path, json={"references": [{"asset_id": second}]})
    assert again.status_code == 422
    alone = await tenant.http.delete(f"{path}/{second}")
    assert alone.status_code == 200, alone.text
    assert alone.json()["references"][0]["asset_id"] == emma["references"][0]["asset_id"]
    assert alone.json()["strength"] == pytest.approx(emma["strength"])
    assert (await tenant.http.get(f"/v1/assets/{second}")).status_code == 404
    assert await objects.list_keys(f"orgs/{tenant.org_id}/assets/{second}") == []
    last = await tenant.http.delete(f"{path}/{emma['references'][0]['asset_id']}")
    assert (last.status_code, last.json()["code"]) == (409, "last_reference")


async def test_strangers_are_named_and_nothing_changes_even_when_they_outnumber(tenant: Tenant) -> None:
    emma = await _emma(tenant)
    strangers = [await tenant.photo(fixture_photo(name), "image/jpeg") for name in ("person_b_1", "person_b_2")]
    for added in (strangers[:1], strangers):
        body = {"references": [{"asset_id": asset_id} for asset_id in added]}
        refused = await tenant.http.post(f"/v1/characters/{emma['id']}/references", json=body)
        assert (refused.status_code, refused.json()["code"]) == (422, "photos_refused")
        named = [photo["asset_id"] for photo in refused.json()["photos"] if photo["refusal"] == "stranger"]
        assert named == added
    now = (await tenant.http.get(f"/v1/characters/{emma['id']}")).json()
    assert (now["strength"], len(now["references"])) == (emma["strength"], 1)


async def test_photos_are_added_under_a_consent_that_covers_them(tenant: Tenant) -> None:
    emma = await _emma(tenant)
    second = await tenant.photo(fixture_photo("person_a_2"), "image/jpeg")
    body = {"references": [{"asset_id": second}]}
    await tenant.http.post(f"/v1/characters/{emma['id']}/consents/revoke")
    refused = await tenant.http.post(f"/v1/characters/{emma['id']}/references", json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "consent_required")
    example = await tenant.enrol(await tenant.photo(example_photo()), consent={"kind": "licensed_example"})
    refused = await tenant.http.post(f"/v1/characters/{example.json()['id']}/references", json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "consent_insufficient")


async def test_a_photo_stays_while_a_take_may_read_it(tenant: Tenant, database: Database) -> None:
    emma = await _emma(tenant)
    second = await tenant.photo(fixture_photo("person_a_2"), "image/jpeg")
    path = f"/v1/characters/{emma['id']}/references"
    await tenant.http.post(path, json={"references": [{"asset_id": second}]})
    take = await tenant.queued_take(database, "take_waiting", emma["id"])
    refused = await tenant.http.delete(f"{path}/{second}")
    assert (refused.status_code, refused.json()["code"]) == (409, "reference_in_use")
    assert refused.json()["take_ids"] == [take]
    assert (await tenant.http.get(f"/v1/assets/{second}")).status_code == 200


async def test_a_character_keeps_ten_photos_at_most(tenant: Tenant) -> None:
    emma = await _emma(tenant)
    body = {"references": [{"asset_id": f"ast_{number}"} for number in range(10)]}
    refused = await tenant.http.post(f"/v1/characters/{emma['id']}/references", json=body)
    assert refused.status_code == 422
    assert "at most 10" in refused.json()["detail"]
