"""Characters: real faces, under consent, refused in words, shown without their template, erased to the last object."""

from __future__ import annotations

import asyncio
import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from inference.protocol import Enrolled, Inspected, Reference, Source
from storage.address import StoreAddress
from storage.objects import Objects
from storage.queries.events import list_events
from storage.queries.takes import get_take
from storage.tables import Asset, Character, CharacterReference, Consent
from storage.unit import Database
from studio.assets.retention import sweep
from studio.billing.credits import MICRO
from studio.billing.ledger import grant
from studio.billing.prices import set_price
from studio.engines.child import ChildSpec
from studio.engines.process import ProcessIdentityEngine
from tests.studio.conftest import Tenant, example_photo, fixture_photo, group_photo


async def _count(database: Database, tenant: Tenant, table: type[Any]) -> int:
    async with database.read(org_id=tenant.org_id) as session:
        return (await session.execute(select(func.count()).select_from(table))).scalar_one()


async def test_a_character_is_enrolled_shown_and_listed(tenant: Tenant, database: Database) -> None:
    photos = [await tenant.photo(fixture_photo(name), "image/jpeg") for name in ("person_a_1", "person_a_2")]
    reply = await tenant.enrol(*photos, name="Emma")
    assert reply.status_code == 201, reply.text
    character = reply.json()
    assert [reference["asset_id"] for reference in character["references"]] == photos
    assert sum(reference["weight"] for reference in character["references"]) == pytest.approx(1, abs=0.01)
    assert character["consent"]["active"]
    assert (await tenant.http.get(f"/v1/characters/{character['id']}")).json()["name"] == "Emma"
    assert [each["id"] for each in (await tenant.http.get("/v1/characters")).json()["data"]] == [character["id"]]
    async with database.read(org_id=tenant.org_id) as session:
        row = (await session.scalars(select(Character))).one()
    assert len(row.template) == 4 * 128
    assert "template" not in reply.text


async def test_while_the_engine_does_not_load_an_enrolment_is_refused_in_words_at_once(
    app: FastAPI, tenant: Tenant, tmp_path: Path
) -> None:
    photo = await tenant.photo(fixture_photo("person_a_1"), "image/jpeg")
    spec = ChildSpec("identity", tmp_path, tmp_path, tmp_path / "scratch", module="no_such_engine")
    broken = app.state.identity = ProcessIdentityEngine(spec, "test", patience_s=60)
    broken.start()
    try:
        refused = await asyncio.wait_for(tenant.enrol(photo), 60)
    finally:
        await broken.close()
    assert (refused.status_code, refused.json()["code"]) == (503, "engine_unavailable")
    assert "does not load" in refused.json()["detail"]
    assert refused.headers["retry-after"] == "15"


async def test_a_character_that_has_a_price_is_paid_for_once_it_is_kept(tenant: Tenant, database: Database) -> None:
    async def costs(credits: int) -> None:
        async with database.write(org_id=tenant.org_id) as session:
            await set_price(session, item="enrolment", amount=credits * MICRO)

    photo = await tenant.photo(fixture_photo("person_a_1"), "image/jpeg")
    await costs(2)
    try:
        refused = await tenant.enrol(photo, name="Emma")
        assert (refused.status_code, refused.json()["code"]) == (402, "insufficient_credits")
        assert await _count(database, tenant, Character) == 0
        async with database.write(org_id=tenant.org_id) as session:
            await grant(session, org_id=tenant.org_id, kind="gift", micro_credits=3 * MICRO, reason="to begin with")
        assert (await tenant.enrol(photo, name="Emma")).status_code == 201
        again = await tenant.enrol(photo, name="Emma", allow_duplicate_name=False)
        assert again.status_code == 409, "a name that is taken costs nothing"
        balance = (await tenant.http.get("/v1/billing/balance")).json()
        assert (balance["spent"], balance["held"], balance["available"]) == (2, 0, 1)
    finally:
        await costs(0)


async def test_without_consent_nothing_is_measured_and_nothing_kept(
    app: FastAPI, tenant: Tenant, database: Database
) -> None:
    class Forbidden:
        async def inspect(self, photos: tuple[Source, ...]) -> Inspected:
            raise AssertionError

        async def enrol(self, references: tuple[Reference, ...]) -> Enrolled:
            raise AssertionError("an embedding was asked for without consent")

    photo = await tenant.photo(example_photo())
    app.state.identity = Forbidden()
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    cases: list[tuple[dict[str, Any] | None, str]] = [
        (None, "consent_required"),
        ({"kind": "own", "expires_at": yesterday}, "consent_required"),
        ({"kind": "permission"}, "consent_insufficient"),
        ({"kind": "permission", "evidence_asset_id": photo}, "consent_insufficient"),
    ]
    for consent, code in cases:
        reply = await tenant.enrol(photo, consent=consent)
        assert (reply.status_code, reply.json()["code"]) == (403, code), consent
    assert await _count(database, tenant, Character) == await _count(database, tenant, Consent) == 0


async def test_the_shipped_example_needs_nobody_and_any_other_photo_does(tenant: Tenant) -> None:
    example = await tenant.photo(example_photo())
    licensed = await tenant.enrol(example, consent={"kind": "licensed_example"})
    assert licensed.status_code == 201, licensed.text
    assert licensed.json()["consent"]["evidence"].startswith("https://")
    other = await tenant.photo(fixture_photo("person_b_1"), "image/jpeg")
    refused = await tenant.enrol(other, consent={"kind": "licensed_example"})
    assert (refused.status_code, refused.json()["code"]) == (403, "consent_insufficient")


async def test_a_permission_with_evidence_is_enough(tenant: Tenant) -> None:
    release = (await tenant.upload(b"%PDF-1.4 release", "evidence", "application/pdf")).json()["id"]
    photo = await tenant.photo(fixture_photo("person_b_1"), "image/jpeg")
    for evidence in ({"evidence": "https://example.com/r.pdf"}, {"evidence_asset_id": release}):
        reply = await tenant.enrol(photo, consent={"kind": "permission", "by": "Jacinda", **evidence})
        assert reply.status_code == 201, reply.text
        assert evidence.items() <= reply.json()["consent"].items()


async def test_inspecting_needs_no_consent_and_keeps_nothing(tenant: Tenant, database: Database) -> None:
    photos = [await tenant.photo(example_photo()), await tenant.photo(group_photo())]
    reply = await tenant.http.post("/v1/characters/inspect", json={"asset_ids": photos})
    assert reply.status_code == 200, reply.text
    one, several = reply.json()["photos"]
    assert (one["refusal"], len(one["faces"]), one["chosen"]) == (None, 1, 0)
    assert several["refusal"] == "several_faces"
    assert len(several["faces"]) >= 5
    assert await _count(database, tenant, Character) == 0


async def test_refusals_name_the_photo_in_words_and_a_face_can_be_chosen(tenant: Tenant) -> None:
    good, crowd = await tenant.photo(example_photo()), await tenant.photo(group_photo())
    reply = await tenant.enrol(good, crowd)
    assert (reply.status_code, reply.json()["code"]) == (422, "photos_refused")
    verdicts = {photo["asset_id"]: photo for photo in reply.json()["photos"]}
    assert verdicts[good]["refusal"] is None
    assert verdicts[crowd]["refusal"] == "several_faces"
    assert verdicts[crowd]["words"]
    face = max(verdicts[crowd]["faces"], key=lambda each: each["quality"])["box"]
    chosen = await tenant.enrol(references=[{"asset_id": crowd, "face": face}])
    assert chosen.status_code == 201, chosen.text


async def test_a_stranger_among_the_photos_is_named(tenant: Tenant, database: Database) -> None:
    names = ("person_a_1", "person_a_2", "impostor_2")
    photos = [await tenant.photo(fixture_photo(name), "image/jpeg") for name in names]
    reply = await tenant.enrol(*photos)
    assert (reply.status_code, reply.json()["code"]) == (422, "photos_refused")
    assert [photo["refusal"] for photo in reply.json()["photos"]] == [None, None, "stranger"]
    assert await _count(database, tenant, Character) == 0


async def test_photos_that_are_not_there_are_not_found(tenant: Tenant) -> None:
    assert (await tenant.enrol("ast_none")).status_code == 404
    plate = (await tenant.upload(example_photo(), "plate")).json()["id"]
    assert (await tenant.enrol(plate)).status_code == 404
    photo = await tenant.photo(example_photo())
    assert (await tenant.enrol(photo, photo)).status_code == 422


async def test_a_photo_in_use_cannot_be_deleted_by_itself(tenant: Tenant) -> None:
    photo = await tenant.photo(example_photo())
    await tenant.enrol(photo)
    reply = await tenant.http.delete(f"/v1/assets/{photo}")
    assert (reply.status_code, reply.json()["code"]) == (409, "asset_in_use")


async def test_revoking_consent_stops_takes_and_a_new_consent_can_be_given(tenant: Tenant, database: Database) -> None:
    character = (await tenant.enrol(await tenant.photo(example_photo()))).json()["id"]
    await tenant.queued_take(database, "take_1", character)
    revoked = await tenant.http.post(f"/v1/characters/{character}/consents/revoke")
    assert revoked.status_code == 200, revoked.text
    assert revoked.json()["blocked_takes"] == ["take_1"]
    assert not revoked.json()["consent"]["active"]
    async with database.read(org_id=tenant.org_id) as session:
        take = await get_take(session, org_id=tenant.org_id, take_id="take_1")
        events = await list_events(session, org_id=tenant.org_id, after=0, limit=10)
    assert take is not None
    assert take.state == "CONSENT_BLOCKED"
    assert [event.type for event in events] == ["character.enrolled", "consent.revoked", "take.consent_blocked"]
    assert (await tenant.http.post(f"/v1/characters/{character}/consents/revoke")).status_code == 404
    assert not (await tenant.http.get(f"/v1/characters/{character}")).json()["consent"]["active"]
    granted = await tenant.http.post(f"/v1/characters/{character}/consents", json={"kind": "own"})
    assert granted.status_code == 201, granted.text
    assert (await tenant.http.get(f"/v1/characters/{character}")).json()["consent"]["active"]


async def test_a_deleted_character_leaves_a_certificate_and_nothing_else(
    tenant: Tenant, database: Database, objects: Objects
) -> None:
    photo = await tenant.photo(example_photo())
    kept_sha256 = (await tenant.http.get(f"/v1/assets/{photo}")).json()["sha256"]
    character = (await tenant.enrol(photo)).json()["id"]
    await tenant.queued_take(database, "take_1", character)
    certificate = (await tenant.http.delete(f"/v1/characters/{character}")).json()
    assert certificate["erased"] == {
        "rows": {"characters": 1, "character_references": 1, "looks": 0, "consents": 1},
        "template": True,
        "photos": [kept_sha256],
        "blocked_takes": ["take_1"],
    }
    canonical = json.dumps(certificate["erased"], sort_keys=True, separators=(",", ":")).encode()
    assert certificate["sha256"] == hashlib.sha256(canonical).hexdigest()
    assert (await tenant.http.get(f"/v1/characters/{character}/deletion")).json() == certificate
    assert (await tenant.http.get(f"/v1/characters/{character}")).status_code == 404
    assert (await tenant.http.delete(f"/v1/characters/{character}")).status_code == 404
    for table in (Character, CharacterReference, Consent, Asset):
        assert await _count(database, tenant, table) == 0
    assert await objects.list_keys(f"orgs/{tenant.org_id}/") == []


async def test_a_photo_of_two_characters_goes_with_the_last(tenant: Tenant, objects: Objects) -> None:
    photo = await tenant.photo(example_photo())
    first, second = [(await tenant.enrol(photo)).json()["id"] for _ in range(2)]
    assert (await tenant.http.delete(f"/v1/characters/{first}")).json()["erased"]["photos"] == []
    assert (await tenant.http.get(f"/v1/assets/{photo}")).status_code == 200
    await tenant.http.delete(f"/v1/characters/{second}")
    assert await objects.list_keys(f"orgs/{tenant.org_id}/") == []


async def test_a_hidden_character_is_not_listed(tenant: Tenant) -> None:
    reply = await tenant.enrol(await tenant.photo(example_photo()), hidden=True)
    assert (await tenant.http.get("/v1/characters")).json()["data"] == []
    assert (await tenant.http.get(f"/v1/characters/{reply.json()['id']}")).json()["hidden"]


async def test_when_the_store_is_away_the_character_is_gone_and_its_objects_follow(
    app: FastAPI, tenant: Tenant, database: Database, objects: Objects
) -> None:
    release = (await tenant.upload(b"%PDF-1.4 release", "evidence", "application/pdf")).json()["id"]
    consent = {"kind": "permission", "by": "Eileen", "evidence_asset_id": release}
    photo = await tenant.photo(example_photo())
    character = (await tenant.enrol(photo, consent=consent)).json()["id"]
    app.state.objects = away = Objects(StoreAddress("http://127.0.0.1:9", "a", "b" * 10))
    assert (await tenant.http.delete(f"/v1/characters/{character}")).status_code == 200
    await away.close()
    app.state.objects = objects
    assert (await tenant.http.get(f"/v1/assets/{photo}")).status_code == 404
    assert len(await objects.list_keys(f"orgs/{tenant.org_id}/")) == 2
    assert await sweep(database, objects) == 2
    assert await objects.list_keys(f"orgs/{tenant.org_id}/") == []
