"""A deleted organisation: nobody is let in, everything of it goes, its certificate stays; others keep theirs."""

from __future__ import annotations

import hashlib
import json

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.objects import Objects
from storage.queries.organisation_erasure import count_rows, tenant_tables
from storage.queries.people import get_person, insert_membership
from storage.queries.takes import get_take, insert_take
from storage.tables import AuditEntry, Take
from storage.unit import Database
from studio.http.ids import new_id
from studio.organisations import erasure
from studio.organisations.erasure import finish_organisation_deletions
from tests.studio.conftest import Tenant, add_person, example_photo, open_browser, sign_in_as


def test_rows_go_before_what_they_refer_to_and_every_table_is_among_them() -> None:
    names = [table.name for table in tenant_tables()]
    assert {"takes", "assets", "characters", "projects", "events", "memberships", "api_keys"} <= set(names)
    for table in tenant_tables():
        for key in table.foreign_keys:
            if key.column.table.name in names and key.column.table is not table:
                assert names.index(table.name) < names.index(key.column.table.name), (table.name, key.target_fullname)


async def furnish(tenant: Tenant, database: Database) -> str:
    """A photo, a film and a take that waits; returns the take's id."""
    await tenant.photo(example_photo())
    project = (await tenant.http.post("/v1/projects", json={"name": "The Letter"})).json()["id"]
    scene = (await tenant.http.post(f"/v1/projects/{project}/scenes", json={"heading": "INT. A"})).json()["id"]
    await tenant.http.post(f"/v1/scenes/{scene}/shots", json={"prompt": "she nods"})
    take = Take(
        id=new_id("take"), org_id=tenant.org_id, request={}, model="previs", prompt="", seed=1, seconds=5.0, width=768,
        height=432,
    )  # fmt: skip
    async with database.write(org_id=tenant.org_id) as session:
        await insert_take(session, take, character_ids=[])
    return take.id


async def _rows_of(session: AsyncSession, org_id: str) -> dict[str, int]:
    """Of every table, but for the log of requests, which is written later."""
    return {name: rows for name, rows in (await count_rows(session, org_id=org_id)).items() if name != "request_log"}


async def test_everything_of_a_deleted_organisation_goes_and_its_certificate_stays(
    app: FastAPI, tenant: Tenant, other_tenant: Tenant, database: Database, objects: Objects
) -> None:
    take_id = await furnish(tenant, database)
    await furnish(other_tenant, database)
    owner_id = await add_person(database, tenant.org_id, "owner", "ada@example.com")
    both_id = await add_person(database, tenant.org_id, "editor", "grace@example.com")
    async with database.write(org_id=other_tenant.org_id) as session:
        await insert_membership(session, org_id=other_tenant.org_id, person_id=both_id, role="viewer")
    async with database.read(org_id=other_tenant.org_id) as session:
        kept = await _rows_of(session, other_tenant.org_id)
    owner = await sign_in_as(app, owner_id)
    asked = await owner.post("/v1/organisation/deletion", json={"name": "A"})
    assert asked.status_code == 201, asked.text
    certificate = asked.json()
    erased = certificate["erased"]
    assert certificate["finished_at"] is None
    assert erased["cancelled_takes"] == [take_id]
    assert (erased["files"], len(erased["photos"])) == (1, 1)
    assert {"assets": 1, "takes": 1, "projects": 1, "shots": 1, "memberships": 2}.items() <= erased["rows"].items()
    canonical = json.dumps(erased, sort_keys=True, separators=(",", ":")).encode()
    assert certificate["sha256"] == hashlib.sha256(canonical).hexdigest()
    assert (await owner.get("/v1/me")).status_code == 401, "the owner's session leads nowhere"
    assert (await tenant.http.get("/v1/takes")).status_code == 401, "no key works"
    async with database.read(org_id=tenant.org_id) as session:
        ended = await get_take(session, org_id=tenant.org_id, take_id=take_id)
        assert ended is not None
        assert ended.state == "CANCELLED"

    assert await finish_organisation_deletions(database, objects) == 1
    assert await finish_organisation_deletions(database, objects) == 0
    assert await objects.list_keys(f"orgs/{tenant.org_id}/") == []
    async with database.read(org_id=tenant.org_id) as session:
        assert await count_rows(session, org_id=tenant.org_id) == {}
        audited = select(func.count()).where(AuditEntry.org_id == tenant.org_id)
        assert await session.scalar(audited) == 0
        assert await get_person(session, person_id=owner_id) is None, "who was nowhere else goes, too"
        assert await get_person(session, person_id=both_id) is not None
    async with database.read(org_id=other_tenant.org_id) as session:
        assert await _rows_of(session, other_tenant.org_id) == kept
    assert len(await objects.list_keys(f"orgs/{other_tenant.org_id}/")) > 0
    stays = (await open_browser(app).get(f"/v1/organisation-deletions/{certificate['id']}")).json()
    assert stays == certificate | {"finished_at": stays["finished_at"]}
    assert stays["finished_at"] is not None
    assert (await open_browser(app).get("/v1/organisation-deletions/del_any")).status_code == 404


async def test_a_deletion_that_broke_off_goes_on(
    app: FastAPI, tenant: Tenant, database: Database, objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    await furnish(tenant, database)
    owner = await sign_in_as(app, await add_person(database, tenant.org_id, "owner"))
    certificate = (await owner.post("/v1/organisation/deletion", json={"name": "A"})).json()

    async def killed(*_: object, **__: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(erasure, "delete_tenant_rows", killed)
        with pytest.raises(SystemExit):
            await finish_organisation_deletions(database, objects)
    assert await objects.list_keys(f"orgs/{tenant.org_id}/") == []
    async with database.read(org_id=tenant.org_id) as session:
        assert (await count_rows(session, org_id=tenant.org_id))["takes"] == 1
    await finish_organisation_deletions(database, objects)
    stays = (await open_browser(app).get(f"/v1/organisation-deletions/{certificate['id']}")).json()
    assert stays["finished_at"] is not None


async def test_only_an_owner_deletes_and_only_by_the_name_as_it_is_written(
    app: FastAPI, tenant: Tenant, database: Database
) -> None:
    admin = await sign_in_as(app, await add_person(database, tenant.org_id, "admin"))
    owner = await sign_in_as(app, await add_person(database, tenant.org_id, "owner"))
    for http in (admin, tenant.http):  # a key is never an owner
        refused = await http.post("/v1/organisation/deletion", json={"name": "A"})
        assert (refused.status_code, refused.json()["code"]) == (403, "role_insufficient")
    mistyped = await owner.post("/v1/organisation/deletion", json={"name": "a"})
    assert (mistyped.status_code, mistyped.json()["field"]) == (422, "name")
    assert (await owner.get("/v1/organisation")).json()["name"] == "A"
    assert (await tenant.http.get("/v1/takes")).status_code == 200


async def test_what_an_upload_left_behind_is_found_an_hour_later(
    app: FastAPI, tenant: Tenant, database: Database, objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = await sign_in_as(app, await add_person(database, tenant.org_id, "owner"))
    await owner.post("/v1/organisation/deletion", json={"name": "A"})
    await finish_organisation_deletions(database, objects)
    late = f"orgs/{tenant.org_id}/uploads/late"
    await objects.put(late, b"sent with a form from before", content_type="image/png")
    await finish_organisation_deletions(database, objects)
    assert await objects.list_keys(f"orgs/{tenant.org_id}/") == [late]
    monkeypatch.setattr(erasure, "UPLOADS_OVER_AFTER", -erasure.UPLOADS_OVER_AFTER)
    await finish_organisation_deletions(database, objects)
    assert await objects.list_keys(f"orgs/{tenant.org_id}/") == []
