"""Limits by plan: told on every reply, kept, and lifted by the operator's command."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from typer.testing import CliRunner

from storage.queries.accounts import set_plan_name
from storage.queries.assets import insert_ready_asset
from storage.unit import Database
from studio.cli import app as command_line
from studio.http.ids import new_id
from studio.http.load_shedding import LoadShedding
from studio.organisations import plans, request_limits
from studio.organisations.plans import PLANS, Plan
from tests.studio.conftest import Tenant, announcement, example_photo

TINY = Plan("tiny", requests_a_minute=5, queued_jobs=1, running_jobs=1, storage_bytes=1_000_000)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "PLANS", PLANS | {TINY.name: TINY})


async def put(database: Database, tenant: Tenant, plan: str) -> None:
    async with database.write(org_id=tenant.org_id) as session:
        assert await set_plan_name(session, org_id=tenant.org_id, plan=plan)


async def test_every_reply_says_how_the_plan_stands(tenant: Tenant) -> None:
    for path, status in (
        ("/v1/takes", 200),
        ("/v1/videos", 200),
        ("/v1/takes/take_0", 404),
        ("/v1/videos/video_0", 404),
    ):
        reply = await tenant.http.get(path)
        assert reply.status_code == status
        assert reply.headers["ratelimit-policy"] == '"requests";q=600;w=60'
        assert re.fullmatch(r'"requests";r=59\d;t=\d+', reply.headers["ratelimit"])
        assert reply.headers["x-ratelimit-limit-requests"] == "600"
        assert int(reply.headers["x-ratelimit-remaining-requests"]) < 600
    assert "ratelimit" not in (await tenant.http.get("/healthz")).headers


async def test_the_plan_and_what_is_kept_can_be_looked_at(tenant: Tenant, database: Database) -> None:
    async with database.write(org_id=tenant.org_id) as session:
        await insert_ready_asset(
            session,
            org_id=tenant.org_id,
            asset_id=new_id("ast"),
            kind="clip",
            content_type="video/mp4",
            size_bytes=1234,
            object_key=new_id("key"),
            sha256="0" * 64,
        )
    told = (await tenant.http.get("/v1/organisation/plan")).json()
    assert (told["name"], told["running_jobs"], told["used_bytes"]) == ("starter", 1, 1234)
    await put(database, tenant, "studio")
    assert (await tenant.http.get("/v1/organisation/plan")).json()["queued_jobs"] == PLANS["studio"].queued_jobs


async def test_over_the_limit_is_429_in_either_dialect_and_no_other_organisation_suffers(
    app: FastAPI, tenant: Tenant, other_tenant: Tenant, database: Database, tiny: None
) -> None:
    await put(database, tenant, "tiny")
    assert [(await tenant.http.get("/v1/takes")).status_code for _ in range(5)] == [200] * 5
    ours, wire = await tenant.http.get("/v1/takes"), await tenant.http.get("/v1/videos")
    assert (ours.status_code, ours.json()["code"]) == (429, "rate_limit_exceeded")
    assert wire.status_code == 429
    assert wire.json()["error"]["type"] == "rate_limit_error"
    for reply in (ours, wire):
        assert 1 <= int(reply.headers["retry-after"]) <= 12
        assert reply.headers["ratelimit"].startswith('"requests";r=0')
    assert (await other_tenant.http.get("/v1/takes")).status_code == 200
    app.state.limits._buckets[tenant.org_id].filled_at -= 13  # as if so many seconds had passed
    assert (await tenant.http.get("/v1/takes")).status_code == 200
    app.state.limits._buckets[tenant.org_id].plan_read_at -= request_limits.PLAN_KNOWN_FOR_S
    await put(database, tenant, "studio")
    assert (await tenant.http.get("/v1/takes")).headers["x-ratelimit-limit-requests"] == "3000"


async def test_storage_over_the_plan_is_refused_before_anything_is_kept(
    tenant: Tenant, database: Database, tiny: None
) -> None:
    await put(database, tenant, "tiny")
    async with database.write(org_id=tenant.org_id) as session:
        await insert_ready_asset(
            session,
            org_id=tenant.org_id,
            asset_id=new_id("ast"),
            kind="photo",
            content_type="image/png",
            size_bytes=999_000,
            object_key=f"orgs/{tenant.org_id}/big",
            sha256="0" * 64,
        )
    assert (await tenant.http.post("/v1/uploads", json=announcement(b"small"))).status_code == 201
    refused = await tenant.http.post("/v1/uploads", json=announcement(b"x" * 2000))
    assert (refused.status_code, refused.json()["code"]) == (429, "storage_limit_reached")
    assert (refused.headers["x-should-retry"], refused.headers["retry-after"]) == ("false", "3600")
    sent = {"prompt": "She nods", "consent": "own"}
    files = {"input_reference": ("me.png", example_photo(), "image/png")}
    reply = await tenant.http.post("/v1/videos", data=sent, files=files)
    assert (reply.status_code, reply.json()["error"]["code"]) == (429, "storage_limit_reached")
    assert (await tenant.http.get("/v1/characters")).json()["data"] == []


async def test_one_request_too_many_at_once_is_503_before_its_body_is_read(app: FastAPI) -> None:
    gate = asyncio.Event()

    async def slow(scope: object, receive: object, send: object) -> None:
        await gate.wait()

    crowd = LoadShedding(slow, most_writes=1)  # type: ignore[arg-type]
    scope = {"type": "http", "method": "POST", "path": "/v1/videos", "headers": [], "query_string": b"", "app": app}
    first = asyncio.create_task(crowd(scope, _never, _never))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    sent: list[dict[str, object]] = []

    async def hear(message: dict[str, object]) -> None:
        sent.append(message)

    await crowd(dict(scope), _never, hear)  # type: ignore[arg-type]
    gate.set()
    await first
    assert sent[0]["status"] == 503
    assert (b"retry-after", b"2") in sent[0]["headers"]  # type: ignore[operator]
    assert b"server_overloaded" in sent[1]["body"]  # type: ignore[operator]


async def _never(*_: object) -> dict[str, object]:
    raise AssertionError("the body was asked for")


def test_the_operator_sees_and_sets_plans(tmp_path: Path) -> None:
    def type_(*words: str) -> tuple[int, str]:
        ran = CliRunner().invoke(command_line, ["organisations", *words, "--data", str(tmp_path)])
        return ran.exit_code, ran.output

    status, listed = type_("list")
    assert status == 0
    assert "Local studio" in listed
    (org_id,) = re.findall(r"org_\w+", listed)
    assert type_("plan", org_id, "studio")[0] == 0
    assert " studio " in type_("list")[1].replace("Local studio", "")
    assert "local, starter, studio, scale" in type_("plan", org_id, "none")[1]
    assert type_("plan", "org_0", "studio")[0] != 0
