"""Uploads: announced, put straight into the store, taken in once, kept clean, erased when unwanted."""

from __future__ import annotations

import asyncio
import hashlib
import io

import httpx
from fastapi import FastAPI
from PIL import Image
from sqlalchemy import update

from storage.objects import Objects
from storage.queries.timestamps import instant_after
from storage.tables import Asset
from storage.unit import Database
from studio.assets.retention import KEYS_KEPT_FOR, UNUSED_KEPT_FOR, schedule_unused_uploads_erasure, sweep
from tests.photos import astronaut
from tests.studio.assets.test_intake import hostile_pictures
from tests.studio.conftest import Tenant, announcement, example_photo
from tests.studio.storyboard.films import open_film, told


async def _keys_of(objects: Objects, tenant: Tenant) -> list[str]:
    return await objects.list_keys(f"orgs/{tenant.org_id}/")


async def test_an_upload_becomes_one_clean_asset_however_often_it_is_completed(
    tenant: Tenant, objects: Objects
) -> None:
    reply = await tenant.upload(example_photo())
    assert reply.status_code == 200, reply.text
    asset = reply.json()
    assert (asset["kind"], asset["width"], asset["height"]) == ("photo", 512, 512)
    again = await asyncio.gather(*(tenant.http.post(f"/v1/uploads/{asset['id']}/complete") for _ in range(3)))
    assert {reply.json()["sha256"] for reply in again} == {asset["sha256"]}
    assert len(await _keys_of(objects, tenant)) == 1  # what was uploaded has gone
    shown = (await tenant.http.get(f"/v1/assets/{asset['id']}")).json()
    async with httpx.AsyncClient() as plain:
        body = (await plain.get(shown["url"])).content
    assert hashlib.sha256(body).hexdigest() == asset["sha256"]
    assert Image.open(io.BytesIO(body)).size == (512, 512)


async def test_completing_at_once_makes_one_asset(tenant: Tenant, objects: Objects) -> None:
    body = example_photo()
    form = (await tenant.http.post("/v1/uploads", json=announcement(body))).json()
    async with httpx.AsyncClient() as plain:
        await plain.post(form["url"], data=form["fields"], files={"file": ("f", body, "image/png")})
    replies = await asyncio.gather(*(tenant.http.post(f"/v1/uploads/{form['id']}/complete") for _ in range(3)))
    assert [reply.status_code for reply in replies] == [200, 200, 200]
    assert len({reply.json()["sha256"] for reply in replies}) == 1
    assert len(await _keys_of(objects, tenant)) == 1


async def test_what_was_not_uploaded_cannot_be_completed(tenant: Tenant) -> None:
    form = (await tenant.http.post("/v1/uploads", json=announcement(b"abc"))).json()
    reply = await tenant.http.post(f"/v1/uploads/{form['id']}/complete")
    assert (reply.status_code, reply.json()["code"]) == (409, "upload_missing")
    assert (await tenant.http.get(f"/v1/assets/{form['id']}")).status_code == 404


async def test_announcements_are_bounded(tenant: Tenant) -> None:
    for change in (
        {"size_bytes": 26 * 1024 * 1024},
        {"size_bytes": 0},
        {"content_type": "image/svg+xml"},
        {"kind": "clip"},
        {"sha256": "abc"},
        {"colour": "red"},
    ):
        reply = await tenant.http.post("/v1/uploads", json=announcement(b"abc") | change)
        assert (reply.status_code, reply.json()["code"]) == (422, "invalid_request"), change


async def test_hostile_pictures_are_refused_by_name_over_http(tenant: Tenant) -> None:
    hostile = hostile_pictures(Image.fromarray(astronaut()))
    for name in ("60000 x 60000 png", "text bomb", "cut heif", "words"):
        body, refusal = hostile[name]
        reply = await tenant.upload(body)
        assert (reply.status_code, reply.json()["code"]) == (422, refusal), name


async def test_evidence_is_kept_as_it_came_and_only_ever_saved(tenant: Tenant) -> None:
    body = b"%PDF-1.4 a signed release"
    asset = (await tenant.upload(body, "evidence", "application/pdf")).json()
    async with httpx.AsyncClient() as plain:
        reply = await plain.get(asset["url"])
    assert reply.content == body
    assert reply.headers["content-disposition"].startswith("attachment")


async def test_an_idempotency_key_repeats_the_reply_and_refuses_another_body(tenant: Tenant) -> None:
    headers = {"Idempotency-Key": "once"}
    replies = [await tenant.http.post("/v1/uploads", json=announcement(b"abc"), headers=headers) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [201, 201]
    assert replies[0].json() == replies[1].json()
    other = await tenant.http.post("/v1/uploads", json=announcement(b"abcd"), headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_deleted_asset_is_gone_with_its_object(tenant: Tenant, objects: Objects) -> None:
    asset_id = await tenant.photo(example_photo())
    assert (await tenant.http.delete(f"/v1/assets/{asset_id}")).status_code == 204
    assert (await tenant.http.get(f"/v1/assets/{asset_id}")).status_code == 404
    assert (await tenant.http.post(f"/v1/uploads/{asset_id}/complete")).status_code == 404
    assert await _keys_of(objects, tenant) == []


async def test_the_sweeper_erases_what_never_came_and_what_was_marked(
    app: FastAPI, tenant: Tenant, database: Database, objects: Objects
) -> None:
    kept = await tenant.photo(example_photo())
    late = (await tenant.http.post("/v1/uploads", json=announcement(b"abc"))).json()
    async with httpx.AsyncClient() as plain:
        await plain.post(late["url"], data=late["fields"], files={"file": ("f", b"abc", "image/png")})
    marked = await tenant.photo(example_photo())
    async with database.write(org_id=tenant.org_id) as session:
        expired = await instant_after(session, -KEYS_KEPT_FOR)
        await session.execute(update(Asset).where(Asset.id == late["id"]).values(expires_at=expired))
        await session.execute(update(Asset).where(Asset.id == marked).values(state="deleted"))
    assert await sweep(database, objects) == 2
    assert await sweep(database, objects) == 0
    (key,) = await _keys_of(objects, tenant)
    assert kept in key


async def test_an_upload_that_nobody_uses_is_erased_after_a_day_and_one_in_use_never(
    tenant: Tenant, database: Database, objects: Objects
) -> None:
    enrolled, planted, replaced, keyframe, idle = [await tenant.photo(example_photo()) for _ in range(5)]
    release = (await tenant.upload(b"%PDF-1.4 a release", "evidence", "application/pdf")).json()["id"]
    consent = {"kind": "permission", "by": "Eileen", "evidence_asset_id": release}
    character = told(await tenant.enrol(enrolled, consent=consent), 201)
    look = (await tenant.upload(example_photo())).json()["id"]
    dressed = {"name": "Suit", "wardrobe": "a suit", "picture_asset_id": look}
    told(await tenant.http.post(f"/v1/characters/{character['id']}/looks", json=dressed), 201)
    film = await open_film(tenant.http)
    former, present = ({"kind": "image", "asset_id": one} for one in (replaced, planted))
    shot_id = await film.shot(await film.scene(), plate=former, keyframes=[{"asset_id": keyframe, "at": "first"}])
    told(await tenant.http.patch(f"/v1/shots/{shot_id}", json={"plate": present}))  # the former comes back by undo
    await schedule_unused_uploads_erasure(database)
    assert await sweep(database, objects) == 0
    async with database.write(org_id=tenant.org_id) as session:
        old = await instant_after(session, -UNUSED_KEPT_FOR)
        await session.execute(update(Asset).where(Asset.org_id == tenant.org_id).values(created_at=old))
    await schedule_unused_uploads_erasure(database)
    assert await sweep(database, objects) == 1
    assert (await tenant.http.get(f"/v1/assets/{idle}")).status_code == 404
    keys = await _keys_of(objects, tenant)
    assert all(any(asset_id in key for key in keys) for asset_id in (enrolled, planted, replaced, release, look))
    assert not any(idle in key for key in keys)
