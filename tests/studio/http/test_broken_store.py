"""A store that is away, has no such bucket or knows no such key of ours: refusals tell nothing of where it is."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI

from storage.objects import Objects, StoreAddress
from storage.seaweed import SeaweedServer
from studio.embedded import health
from tests.studio.conftest import Tenant, announcement, example_photo

HIDDEN = "hidden-bucket"


def addresses(real: StoreAddress) -> dict[str, StoreAddress]:
    away = replace(real, endpoint="http://127.0.0.1:9", bucket=HIDDEN)
    return {"away": away, "no bucket": replace(real, bucket=HIDDEN), "wrong secret": replace(real, secret_key="x" * 20)}


@pytest.fixture(params=["away", "no bucket", "wrong secret"])
async def broken(seaweed: SeaweedServer, request: pytest.FixtureRequest) -> AsyncIterator[tuple[Objects, StoreAddress]]:
    address = addresses(seaweed.address)[request.param]
    opened = Objects(address)
    yield opened, address
    await opened.close()


async def test_no_refusal_names_the_store(
    app: FastAPI, tenant: Tenant, other_tenant: Tenant, broken: tuple[Objects, StoreAddress]
) -> None:
    photo = await tenant.photo(example_photo())
    character = (await tenant.enrol(photo)).json()["id"]
    spare = await tenant.photo(example_photo())
    pending = (await tenant.http.post("/v1/uploads", json=announcement(example_photo()))).json()["id"]
    app.state.objects, address = broken
    app.state.engines = []
    files = {"input_reference": ("x.png", example_photo(), "image/png")}
    sent = {"name": "Grace", "consent": "licensed_example"}
    replies = [
        await tenant.http.get("/readyz"),
        await tenant.http.post(f"/v1/uploads/{pending}/complete"),
        await tenant.http.post("/v1/characters/inspect", json={"asset_ids": [photo]}),
        await tenant.enrol(photo, name="Grace"),
        await tenant.http.post("/v1/videos/characters", data=sent, files={"references": files["input_reference"]}),
        await tenant.http.post("/v1/videos", data={"prompt": "She nods", "consent": "licensed_example"}, files=files),
        await tenant.http.post(f"/v1/characters/{character}/references", json={"references": [{"asset_id": spare}]}),
        await other_tenant.http.post("/v1/projects/example"),
    ]
    for reply in replies:
        assert reply.status_code in (409, 422, 503), f"{reply.request.url}: {reply.status_code} {reply.text}"
        assert not _told_of(address, reply), f"{reply.request.url}: {reply.text}"
    for path in (f"/v1/assets/{spare}", f"/v1/characters/{character}"):
        erased = await tenant.http.delete(path)
        assert erased.is_success, "what is to be erased is out of reach at once, and goes when the store answers again"
        assert (await tenant.http.get(path)).status_code == 404


async def test_a_probe_does_not_wait_for_a_store_that_is_silent(
    app: FastAPI, tenant: Tenant, seaweed: SeaweedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        app.state.objects = Objects(replace(seaweed.address, endpoint=endpoint))
        app.state.engines = []
        monkeypatch.setattr(health, "ANSWERS_WITHIN_S", 0.2)
        reply = await tenant.http.get("/readyz")
        await app.state.objects.close()
    assert (reply.status_code, reply.json()["parts"]["database"]) == (503, None)
    assert "no answer" in reply.json()["parts"]["objects"]


def _told_of(address: StoreAddress, reply: httpx.Response) -> list[str]:
    host = address.endpoint.removeprefix("http://")
    secrets = (host, HIDDEN, "orgs/", address.access_key, address.secret_key, "NoSuchBucket", "SignatureDoesNotMatch")
    return [secret for secret in secrets if secret in reply.text or secret in str(reply.headers)]
