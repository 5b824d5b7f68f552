"""The policy on unsafe pictures, with the real score. What is refused here is safe, under a threshold of 0."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Literal

import pytest
from fastapi import FastAPI

from inference.protocol import Source
from storage.objects import Objects
from storage.unit import Database
from studio.app import create_app
from studio.assets.content_policy import Judged, UnsafeImage, get_picture_policy
from studio.config import Settings
from studio.engines.child import ChildSpec
from studio.engines.process import ProcessIdentityEngine
from studio.organisations.audit import verify_audit_log
from tests.studio.conftest import Tenant, announcement, example_photo, open_tenant

Mode = Literal["off", "flag", "refuse"]


def put_in_force(app: FastAPI, mode: Mode, above: float) -> None:
    app.state.settings = app.state.settings.model_copy(update={"unsafe_images": mode, "unsafe_above": above})


async def what_was_audited(tenant: Tenant) -> list[tuple[str, str]]:
    entries = (await tenant.http.get("/v1/audit-log")).json()["data"]
    return [(each["action"], each["subject"]) for each in entries if each["action"].startswith("picture.")]


@pytest.fixture
def engineless(database: Database, objects: Objects, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    """The application with an identity engine that is never started, and which is not waited for long."""
    monkeypatch.setattr("studio.assets.upright._WAIT_S", 0.2)
    spec = ChildSpec(role="identity", cache_dir=tmp_path, signer_dir=tmp_path, scratch_dir=tmp_path)
    created = create_app(Settings(data_dir=tmp_path))
    created.state.database, created.state.objects = database, objects
    created.state.identity = ProcessIdentityEngine(spec, "dramatis tests", 1.0)
    return created


async def test_photos_and_plates_are_scored_and_evidence_is_not(tenant: Tenant) -> None:
    for kind in ("photo", "plate"):
        asset = (await tenant.upload(example_photo(), kind)).json()
        shown = (await tenant.http.get(f"/v1/assets/{asset['id']}")).json()
        assert 0 < shown["unsafe_score"] < 0.2
        assert shown["unsafe_score"] == asset["unsafe_score"]
    assert (await tenant.upload(example_photo(), "evidence")).json()["unsafe_score"] is None
    assert await what_was_audited(tenant) == []


async def test_a_flagged_picture_stays_and_is_told_of(app: FastAPI, tenant: Tenant, database: Database) -> None:
    put_in_force(app, "flag", above=0)
    asset_id = await tenant.photo(example_photo())
    assert await what_was_audited(tenant) == [("picture.flagged", asset_id)]
    async with database.read(org_id=tenant.org_id) as session:
        assert (await verify_audit_log(session, org_id=tenant.org_id)).broken_at is None


async def test_a_refused_picture_leaves_nothing_but_a_line_in_the_log(
    app: FastAPI, tenant: Tenant, objects: Objects
) -> None:
    put_in_force(app, "refuse", above=0)
    reply = await tenant.upload(example_photo())
    problem = reply.json()
    assert (reply.status_code, problem["code"]) == (422, "unsafe_image")
    assert 0 < problem["unsafe_score"] < 0.2
    assert await objects.list_keys(f"orgs/{tenant.org_id}/") == []
    ((action, asset_id),) = await what_was_audited(tenant)
    assert action == "picture.refused"
    assert (await tenant.http.get(f"/v1/assets/{asset_id}")).status_code == 404
    assert (await tenant.http.post(f"/v1/uploads/{asset_id}/complete")).status_code == 404


async def test_a_reference_inside_a_request_meets_the_same_policy(
    app: FastAPI, tenant: Tenant, objects: Objects
) -> None:
    put_in_force(app, "refuse", above=0)
    photo = "data:image/png;base64," + base64.b64encode(example_photo()).decode()
    asked = {"prompt": "She nods", "seconds": "0.5", "size": "256x256", "input_reference": photo, "consent": "own"}
    reply = await tenant.http.post("/v1/videos", json=asked)
    error = reply.json()["error"]
    assert (reply.status_code, error["code"], error["type"]) == (422, "unsafe_image", "invalid_request_error")
    assert await objects.list_keys(f"orgs/{tenant.org_id}/") == []
    assert (await tenant.http.get("/v1/characters")).json()["data"] == []


async def test_a_safe_picture_passes_the_policy_that_refuses(app: FastAPI, tenant: Tenant) -> None:
    put_in_force(app, "refuse", above=0.8)
    assert (await tenant.upload(example_photo())).json()["unsafe_score"] < 0.2


async def test_who_wants_no_policy_asks_no_engine(engineless: FastAPI) -> None:
    put_in_force(engineless, "off", above=0.8)
    tenant = await open_tenant(engineless)
    assert (await tenant.upload(example_photo())).json()["unsafe_score"] is None


async def test_without_an_engine_a_flagging_studio_goes_on_and_a_refusing_one_waits(
    engineless: FastAPI, objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.assets.content_policy._FLAG_WAIT_S", 0.2)
    monkeypatch.setattr("studio.assets.content_policy._REFUSE_WAIT_S", 0.2)
    tenant = await open_tenant(engineless)
    assert (await tenant.upload(example_photo())).json()["unsafe_score"] is None
    put_in_force(engineless, "refuse", above=0.8)
    reply = await tenant.upload(example_photo())
    assert (reply.status_code, reply.json()["code"]) == (503, "engine_unavailable")
    assert int(reply.headers["retry-after"]) > 0
    uploads = await objects.list_keys(f"orgs/{tenant.org_id}/uploads/")
    assert len(uploads) == 1  # to be completed once the engine is back
    put_in_force(engineless, "off", above=0.8)
    upload_id = uploads[0].rpartition("/")[2]
    assert (await tenant.http.post(f"/v1/uploads/{upload_id}/complete")).status_code == 200


async def test_an_operators_own_policy_takes_the_place(app: FastAPI, tenant: Tenant) -> None:
    seen: list[str] = []

    async def no_second_picture(picture: Source) -> Judged:
        seen.append(picture.sha256)
        if len(seen) > 1:
            raise UnsafeImage("one is enough")
        return Judged(score=0.5)

    app.dependency_overrides[get_picture_policy] = lambda: no_second_picture
    first = (await tenant.upload(example_photo())).json()
    assert (first["unsafe_score"], first["sha256"]) == (0.5, seen[0])
    assert (await tenant.upload(example_photo())).json()["detail"] == "one is enough"
    assert (await tenant.http.post("/v1/uploads", json=announcement(b"abc"))).status_code == 201
