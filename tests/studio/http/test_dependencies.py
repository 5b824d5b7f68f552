"""What every request pays for: dependencies stay in the event loop, replies are compressed where that helps."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastapi.dependencies.models import Dependant

from studio.app import create_app
from studio.auth.cookies import require_secure_transport
from studio.config import Settings
from studio.http.compression import LEAST_BYTES, LEFT_ALONE
from tests.studio.conftest import Tenant

SELDOM = {require_secure_transport}  # of a browser's way in, and called by plain functions too


def test_no_dependency_is_sent_to_a_thread(tmp_path: Path) -> None:
    app = create_app(Settings(data_dir=tmp_path))
    called = {call for dependant in _dependants(app) for call in _calls(dependant)} - SELDOM
    assert len(called) > 20
    plain = [call for call in called if not _is_coroutine(call)]
    assert plain == []


async def test_long_replies_are_compressed_and_short_ones_are_not(tenant: Tenant) -> None:
    for number in range(12):
        assert (await tenant.http.post("/v1/projects", json={"name": f"Film {number}"})).status_code == 201
    long = await tenant.http.get("/v1/projects", params={"limit": 12})
    short = await tenant.http.get("/v1/projects", params={"limit": 1})
    assert len(long.content) > LEAST_BYTES > len(short.content)
    assert (long.headers["content-encoding"], long.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert int(long.headers["content-length"]) < len(long.content) / 3
    assert "content-encoding" not in short.headers
    assert len(long.json()["data"]) == 12
    plain = await tenant.http.get("/v1/projects", params={"limit": 12}, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == long.content


def test_streams_and_media_are_left_alone() -> None:
    assert {"text/event-stream", "video/*", "image/jpeg", "image/webp", "application/pdf"} <= set(LEFT_ALONE)


def _dependants(routed: Any) -> Iterator[Dependant]:  # noqa: ANN401 (an application, a router, or what includes one)
    for route in routed.routes:
        if isinstance(getattr(route, "dependant", None), Dependant):
            yield route.dependant
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from _dependants(inner)


def _calls(dependant: Dependant) -> Iterator[Any]:
    for inner in dependant.dependencies:
        yield inner.call
        yield from _calls(inner)


def _is_coroutine(call: Any) -> bool:  # noqa: ANN401 (a function, or an object that can be called)
    return any(
        inspect.iscoroutinefunction(each) or inspect.isasyncgenfunction(each) for each in (call, type(call).__call__)
    )
