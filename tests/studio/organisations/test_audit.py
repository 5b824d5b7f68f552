"""The audit log: who did what, when and from where; a changed, missing or cut-off entry is found."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import create_engine, text

from storage.unit import Database, sync_url
from studio.organisations.audit import verify_audit_log
from tests.postgres import owner_of
from tests.studio.conftest import Tenant, add_person, example_photo, open_browser, sign_in_as


async def read_log(tenant: Tenant) -> list[dict[str, Any]]:
    """The whole log, oldest first."""
    entries, before = [], None
    while True:
        params = {"limit": 3} | ({} if before is None else {"before": before})
        page = (await tenant.http.get("/v1/audit-log", params=params)).json()
        entries += page["data"]
        before = page["last_sequence"]
        if not page["has_more"]:
            return entries[::-1]


async def test_keys_consents_members_and_sign_ins_are_written_with_who_and_from_where(
    app: FastAPI, tenant: Tenant, database: Database
) -> None:
    owner_id = await add_person(database, tenant.org_id, "owner", "ada@example.com")
    owner = await sign_in_as(app, owner_id)
    key = (await owner.post("/v1/api-keys", json={"name": "app"})).json()["id"]
    await owner.delete(f"/v1/api-keys/{key}")
    character = (await tenant.enrol(await tenant.photo(example_photo()))).json()["id"]
    await owner.post(f"/v1/characters/{character}/consents/revoke")
    await owner.delete(f"/v1/characters/{character}")
    await owner.post("/v1/invitations", json={"email": "grace@example.com", "role": "editor"})
    editor_id = await add_person(database, tenant.org_id, "editor")
    await owner.patch(f"/v1/members/{editor_id}", json={"role": "viewer"})
    await owner.delete(f"/v1/members/{editor_id}")
    await open_browser(app).post("/v1/sessions", json={"email": "ada@example.com", "password": "wrong and wrong"})
    await owner.delete("/v1/sessions/current")
    log = await read_log(tenant)
    assert [entry["sequence"] for entry in log] == list(range(1, len(log) + 1))
    told = [(entry["action"], entry["subject"], entry["actor"]) for entry in log]
    ada, key_name = "ada@example.com", "key tests"
    assert [each[0] for each in told[:2]] == ["key.made", "session.begun"]
    assert told[2:9] == [
        ("key.made", key, ada),
        ("key.revoked", key, ada),
        ("consent.recorded", character, key_name),
        ("consent.revoked", character, ada),
        ("character.erased", character, ada),
        ("invitation.made", told[7][1], ada),
        ("member.role_changed", editor_id, ada),
    ]
    assert told[9:11] == [("member.removed", editor_id, ada), ("session.refused", owner_id, "somebody unknown")]
    assert told[11][0] == "session.ended"
    assert log[2]["address"] == "127.0.0.1"
    assert log[2]["actor_id"] == owner_id
    assert log[8]["details"] == {"before": "editor", "role": "viewer"}
    check = (await tenant.http.get("/v1/audit-log/check")).json()
    assert check == {"intact": True, "entries": 12, "broken_at": None, "last_sha256": log[-1]["sha256"]}


async def test_another_organisation_sees_its_own_log_alone(tenant: Tenant, other_tenant: Tenant) -> None:
    await tenant.http.post("/v1/api-keys", json={"name": "secret project"})
    assert "secret project" not in (await other_tenant.http.get("/v1/audit-log")).text
    assert (await other_tenant.http.get("/v1/audit-log/check")).json()["entries"] == 1


TAMPERING = {
    "changed": ("UPDATE audit_log SET actor = 'nobody' WHERE sequence = 3 AND org_id = :org", 3),
    "details": ("""UPDATE audit_log SET details = '{"name": "x"}' WHERE sequence = 2 AND org_id = :org""", 2),
    "missing": ("DELETE FROM audit_log WHERE sequence = 4 AND org_id = :org", 4),
    "cut off": ("DELETE FROM audit_log WHERE sequence >= 5 AND org_id = :org", 5),
    "moved": ("UPDATE audit_log SET sequence = 99 WHERE sequence = 6 AND org_id = :org", 6),
}


@pytest.mark.parametrize("how", TAMPERING)
async def test_tampering_is_found(tenant: Tenant, database: Database, how: str) -> None:
    for number in range(5):
        await tenant.http.post("/v1/api-keys", json={"name": f"key {number}"})
    words, broken_at = TAMPERING[how]
    engine = create_engine(sync_url(owner_of(database.url)))
    with engine.begin() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT set_config('dramatis.org_id', :org, true)"), {"org": tenant.org_id})
        assert connection.execute(text(words), {"org": tenant.org_id}).rowcount >= 1
    engine.dispose()
    async with database.read(org_id=tenant.org_id) as session:
        assert (await verify_audit_log(session, org_id=tenant.org_id)).broken_at == broken_at
    assert not (await tenant.http.get("/v1/audit-log/check")).json()["intact"]


async def test_many_who_write_at_once_make_one_chain(tenant: Tenant, database: Database) -> None:
    await asyncio.gather(*(tenant.http.post("/v1/api-keys", json={"name": f"key {number}"}) for number in range(20)))
    async with database.read(org_id=tenant.org_id) as session:
        verdict = await verify_audit_log(session, org_id=tenant.org_id)
    assert (verdict.entries, verdict.broken_at) == (21, None)
