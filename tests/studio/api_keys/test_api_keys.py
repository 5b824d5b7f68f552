"""API keys: shown once, kept as hashes, limited to what their maker may, dead once revoked."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import select, update

from storage.queries.accounts import revoke_api_key, set_scopes
from storage.tables import ApiKey
from storage.unit import Database
from studio.api_keys.keys import is_well_formed
from studio.auth import caller
from studio.auth.caller import Caller, identify_caller
from studio.auth.local_key import ensure_local_key
from tests.studio.conftest import Tenant, add_person, open_client, open_tenant, sign_in_as


async def test_a_key_works_until_it_is_revoked_and_is_never_kept(
    app: FastAPI, tenant: Tenant, database: Database
) -> None:
    made = (await tenant.http.post("/v1/api-keys", json={"name": "app"})).json()
    async with open_client(app, made["key"]) as http:
        assert (await http.get("/v1/api-keys")).status_code == 200
        listed = (await tenant.http.get("/v1/api-keys")).json()["data"]
        assert [key["name"] for key in listed] == ["app", "tests"]
        assert made["key"] not in (await tenant.http.get("/v1/api-keys")).text
        assert listed[0]["last_used_at"] is not None
        revoked = await tenant.http.delete(f"/v1/api-keys/{made['id']}")
        assert revoked.json()["revoked_at"] is not None
        refused = await http.get("/v1/api-keys")
    assert refused.status_code == 401
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["code"] == "unauthenticated"
    async with database.read(org_id=tenant.org_id) as session:
        for row in await session.scalars(select(ApiKey)):
            assert made["key"] not in (row.key_sha256, row.shown_prefix)
            assert len(row.shown_prefix) == 10


async def test_a_key_that_another_process_revokes_is_refused_soon(
    app: FastAPI, tenant: Tenant, database: Database
) -> None:
    made = (await tenant.http.post("/v1/api-keys", json={"name": "app"})).json()
    other = Database(database.url)
    try:
        async with open_client(app, made["key"]) as http:
            assert (await http.get("/v1/api-keys")).status_code == 200
            async with other.write(org_id=tenant.org_id) as session:
                await revoke_api_key(session, org_id=tenant.org_id, key_id=made["id"])
            async with asyncio.timeout(30):
                while (await http.get("/v1/api-keys")).status_code != 401:
                    await asyncio.sleep(0.1)
    finally:
        await other.close()


async def test_a_second_is_counted_from_before_the_database_was_asked(
    app: FastAPI, tenant: Tenant, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that is revoked elsewhere while the answer is on its way would be known for too long otherwise."""
    asked: list[str] = []

    async def find_slowly(database: Database, secret: str) -> tuple[Caller, float] | None:
        asked.append(secret)
        found = await find_key(database, secret)
        await asyncio.sleep(caller.KEY_KNOWN_FOR_S)
        return found

    find_key = caller._find_key
    monkeypatch.setattr(caller, "_find_key", find_slowly)
    secret = tenant.http.headers["authorization"].partition(" ")[2]
    for _ in range(2):
        assert await app.state.known_keys.identify(database, secret) is not None
    assert len(asked) == 2


async def test_an_expired_key_is_refused(
    app: FastAPI, tenant: Tenant, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caller, "KEY_KNOWN_FOR_S", 0.0)  # its row is changed behind the application's back
    tomorrow, yesterday = (datetime.now(UTC) + timedelta(days=days) for days in (1, -1))
    made = (await tenant.http.post("/v1/api-keys", json={"name": "old", "expires_at": tomorrow.isoformat()})).json()
    async with open_client(app, made["key"]) as http:
        assert (await http.get("/v1/api-keys")).status_code == 200
        async with database.write(org_id=tenant.org_id) as session:
            await session.execute(update(ApiKey).where(ApiKey.id == made["id"]).values(expires_at=yesterday))
        assert (await http.get("/v1/api-keys")).status_code == 401


async def test_a_key_that_would_never_work_is_not_made(tenant: Tenant) -> None:
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    refused = await tenant.http.post("/v1/api-keys", json={"name": "old", "expires_at": yesterday})
    assert (refused.status_code, refused.json()["field"]) == (422, "expires_at")
    assert "is past already" in refused.json()["detail"]
    assert [key["name"] for key in (await tenant.http.get("/v1/api-keys")).json()["data"]] == ["tests"]


@pytest.mark.parametrize(
    "instant",
    [
        "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "1969-12-31T23:59:59Z",
        "9998-12-31T23:59:59-14:00", "2030-01-01T00:00:00", "+10000-01-01T00:00:00Z", 1e300, -1e300, 10**30, "soon",
    ],
)  # fmt: skip
async def test_an_instant_beyond_the_calendar_is_refused_wherever_one_is_sent(tenant: Tenant, instant: object) -> None:
    given = {"kind": "own", "expires_at": instant}
    for path, body in {
        "/v1/api-keys": {"name": "app", "expires_at": instant},
        "/v1/characters": {"name": "Ada", "references": [{"asset_id": "ast_any"}], "consent": given},
        "/v1/characters/chr_any/consents": given,
    }.items():
        refused = await tenant.http.post(path, json=body)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request"), f"{path}: {refused.text}"
        assert "expires_at" in refused.json()["detail"]


async def test_an_instant_near_the_calendar_s_end_is_kept_as_it_was_sent(tenant: Tenant) -> None:
    sent = "9998-12-31T23:59:59+14:00"
    made = (await tenant.http.post("/v1/api-keys", json={"name": "app", "expires_at": sent})).json()
    (kept, _) = (await tenant.http.get("/v1/api-keys")).json()["data"]
    assert made["expires_at"] == kept["expires_at"] == "9998-12-31T09:59:59Z"


async def test_a_key_cannot_do_or_give_what_it_has_not(app: FastAPI) -> None:
    only_keys = await open_tenant(app, scopes=("keys",))
    refused = await only_keys.http.get("/v1/characters")
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    wider = await only_keys.http.post("/v1/api-keys", json={"name": "wider", "scopes": ["keys", "takes"]})
    assert (wider.status_code, wider.json()["scopes"]) == (403, ["takes"])
    no_keys = await open_tenant(app, scopes=("takes",))
    assert (await no_keys.http.post("/v1/api-keys", json={"name": "mine"})).status_code == 403


async def test_nonsense_for_a_key_is_refused(app: FastAPI, tenant: Tenant, database: Database) -> None:
    made = (await tenant.http.post("/v1/api-keys", json={"name": "app"})).json()["key"]
    typo = made[:-1] + ("A" if made[-1] != "A" else "B")
    assert is_well_formed(made)
    for secret in ("", "drm_", typo, "sk-abc", "drm_" + "é" * 38):
        assert not is_well_formed(secret)
        assert await identify_caller(database, secret) is None
    for headers in ({}, {"Authorization": "Basic abc"}, {"Authorization": f"Bearer {typo}"}):
        async with open_client(app, made) as http:
            del http.headers["Authorization"]
            reply = await http.get("/v1/characters", headers=headers)
        assert reply.status_code == 401
        assert reply.headers["www-authenticate"].startswith("Bearer")


async def test_pages_show_every_key_once(tenant: Tenant) -> None:
    for number in range(5):
        await tenant.http.post("/v1/api-keys", json={"name": f"key {number}"})
    seen, after = [], None
    while True:
        page = (await tenant.http.get("/v1/api-keys", params={"limit": 2} | ({"after": after} if after else {}))).json()
        seen += [key["name"] for key in page["data"]]
        after = page["last_id"]
        if not page["has_more"]:
            break
    assert sorted(seen) == ["key 0", "key 1", "key 2", "key 3", "key 4", "tests"]


async def test_the_local_key_is_made_once_and_for_this_user_alone(database: Database, tmp_path: Path) -> None:
    first = await ensure_local_key(database, tmp_path)
    assert (tmp_path / "local.json").stat().st_mode & 0o777 == 0o600
    assert await ensure_local_key(database, tmp_path) == first
    (tmp_path / "local.json").write_text("{broken")
    second = await ensure_local_key(database, tmp_path)
    assert second.api_key != first.api_key
    caller = await identify_caller(database, second.api_key)
    assert caller is not None
    assert caller.org_id == second.org_id


async def test_a_local_key_of_an_older_version_gets_the_new_scopes(database: Database, tmp_path: Path) -> None:
    local = await ensure_local_key(database, tmp_path)
    before = await identify_caller(database, local.api_key)
    assert before is not None
    assert before.key_id is not None
    async with database.write(org_id=local.org_id) as session:
        old = ("assets", "characters", "takes", "keys")
        await set_scopes(session, org_id=local.org_id, key_id=before.key_id, scopes=old)
    assert await ensure_local_key(database, tmp_path) == local
    after = await identify_caller(database, local.api_key)
    assert after == before
    assert "projects" in after.scopes


async def test_a_revoked_key_or_session_ends_its_open_streams_within_a_second(
    app: FastAPI, tenant: Tenant, database: Database
) -> None:
    made = (await tenant.http.post("/v1/api-keys", json={"name": "app"})).json()
    browser = await sign_in_as(app, await add_person(database, tenant.org_id, "viewer"))
    current = (await browser.get("/v1/sessions")).json()["data"][0]["id"]

    async def revoke_key() -> None:
        assert (await tenant.http.delete(f"/v1/api-keys/{made['id']}")).status_code == 200

    async def sign_out() -> None:
        assert (await browser.delete(f"/v1/sessions/{current}")).status_code == 204

    for http, revoke in ((open_client(app, made["key"]), revoke_key), (browser, sign_out)):
        listening = asyncio.create_task(http.get("/v1/events"))  # ends when the stream does
        await asyncio.sleep(0.2)
        assert not listening.done()
        await revoke()
        reply = await asyncio.wait_for(listening, 5)
        assert reply.status_code == 200
        assert (await http.get("/v1/events")).status_code == 401
