"""The application beside what `serve` does for webhooks: events become deliveries, and are sent to this machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from fastapi import FastAPI

from storage.unit import Database
from studio.config import Settings
from studio.queue.executor import Executor
from studio.roles.receivers import run_deliveries
from studio.webhooks.outbox import follow_events
from tests.studio.conftest import Tenant
from tests.studio.webhooks.receiver import Receiver, open_receiver


@asynccontextmanager
async def told(database: Database, name: str = "tests") -> AsyncIterator[None]:
    """Receivers are told, until the end of the `with`."""
    settings = Settings(webhooks_to_loopback=True)
    async with AsyncExitStack() as stack:
        executor = Executor(database, name, 1)
        stack.push_async_callback(executor.close)
        executor.launch()
        await run_deliveries(settings, database, executor, stack)
        following = asyncio.create_task(follow_events(database))
        try:
            yield
        finally:
            following.cancel()
            await asyncio.wait([following])


@pytest.fixture
async def app(app: FastAPI) -> FastAPI:
    """It lets webhooks go to this machine."""
    app.state.settings = app.state.settings.model_copy(update={"webhooks_to_loopback": True})
    return app


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with open_receiver() as opened:
        yield opened


@pytest.fixture
async def telling(database: Database) -> AsyncIterator[None]:
    async with told(database):
        yield


async def make_endpoint(tenant: Tenant, url: str, *event_types: str) -> dict[str, Any]:
    """An endpoint with its secret."""
    body = {"name": "tests", "url": url, "event_types": list(event_types) or ["*"]}
    reply = await tenant.http.post("/v1/webhook_endpoints", json=body)
    assert reply.status_code == 201, reply.text
    made: dict[str, Any] = reply.json()
    return made


async def deliveries(tenant: Tenant, **query: str) -> list[dict[str, Any]]:
    """The log, newest first."""
    reply = await tenant.http.get("/v1/webhook_deliveries", params=query)
    assert reply.status_code == 200, reply.text
    found: list[dict[str, Any]] = reply.json()["data"]
    return found


async def details(tenant: Tenant, delivery_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await tenant.http.get(f"/v1/webhook_deliveries/{delivery_id}")).json()
    return found


async def until_settled(tenant: Tenant, count: int, within_s: float = 60) -> list[dict[str, Any]]:
    """The log, once so many deliveries have come to their end."""
    async with asyncio.timeout(within_s):
        while True:
            found = await deliveries(tenant)
            if len([one for one in found if one["state"] != "pending"]) >= count:
                return found
            await asyncio.sleep(0.03)


async def until_tries(tenant: Tenant, delivery_id: str, count: int, within_s: float = 60) -> dict[str, Any]:
    """The delivery, once so many tries were written down."""
    async with asyncio.timeout(within_s):
        while True:
            found = await details(tenant, delivery_id)
            if len(found["tries"]) >= count:
                return found
            await asyncio.sleep(0.03)
