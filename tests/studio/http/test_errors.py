"""Errors: one shape, stable codes, and nothing of the inside shown."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.exc import OperationalError

from storage.objects import StoreError
from studio.http.error_replies import install_errors
from studio.http.errors import NotFound, StudioError

SECRET = "password in a traceback"


class TooSlow(StudioError):
    """This took too long."""

    status = 418
    code = "too_slow"


@pytest.fixture
async def http() -> httpx.AsyncClient:
    app = FastAPI()
    install_errors(app)
    raised: dict[str, Exception] = {
        "ours": TooSlow("by half", minutes=3),
        "missing": NotFound("no such thing"),
        "store": StoreError(SECRET),
        "database": OperationalError(SECRET, {}, Exception(SECRET)),
        "unforeseen": RuntimeError(SECRET),
    }

    @app.get("/raise/{name}")
    async def fail(name: str, number: int = 0) -> None:
        raise raised[name]

    @app.post("/body")
    async def read(body: dict[str, int]) -> dict[str, int]:
        return body

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://kit")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/raise/ours", 418, "too_slow"),
        ("/raise/missing", 404, "not_found"),
        ("/raise/store", 503, "store_unavailable"),
        ("/raise/database", 503, "database_unavailable"),
        ("/raise/unforeseen", 500, "internal_error"),
        ("/raise/ours?number=x", 422, "invalid_request"),
        ("/nowhere", 404, "not_found"),
    ],
)
async def test_every_error_has_one_shape_and_shows_no_inside(
    http: httpx.AsyncClient, path: str, status: int, code: str
) -> None:
    reply = await http.get(path)
    assert reply.status_code == status
    assert reply.headers["content-type"] == "application/problem+json"
    body = reply.json()
    assert (body["status"], body["code"], body["type"]) == (status, code, f"urn:dramatis:problem:{code}")
    assert body["title"]
    assert body["detail"]
    assert SECRET not in reply.text
    if status == 503:
        assert int(reply.headers["retry-after"]) > 0


@pytest.mark.parametrize("body", [b'{"a":' + b"[" * 100_000, b'{"a":' + b"1" * 5000 + b"}", b'{"a":"\xff"}', b"{"])
async def test_a_body_that_cannot_be_read_is_an_invalid_request(http: httpx.AsyncClient, body: bytes) -> None:
    reply = await http.post("/body", content=body, headers={"Content-Type": "application/json"})
    assert (reply.status_code, reply.json()["code"]) == (422, "invalid_request")


async def test_an_error_carries_its_own_fields_and_its_docstring_as_title(http: httpx.AsyncClient) -> None:
    body = (await http.get("/raise/ours")).json()
    assert (body["title"], body["detail"], body["minutes"]) == ("This took too long", "by half", 3)
    assert (await http.post("/raise/ours")).json()["code"] == "method_not_allowed"
