"""A whole studio in this process, on a fresh data folder: real database, object store, workflow and engine processes.

The engine is the real worker with a tiny pipeline in place of the previs (tests/inference/panning.py), which a prompt
can ask to misbehave: `endlessly`, `break`.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from pydantic import SecretStr

from frontend.api_client.events import ServerEvent, parse_events
from storage.objects import Objects
from storage.queries.assets import insert_ready_asset
from storage.queries.characters import insert_character, insert_consent
from storage.tables import Character, CharacterReference
from storage.unit import Database
from studio.api_keys.keys import issue_api_key
from studio.app import create_app
from studio.config import Settings
from studio.engines.process import ProcessRenderEngine
from studio.examples import PORTRAIT, example_path
from studio.http.ids import new_id
from studio.logs import configure_logs
from studio.organisations.creation import create_organisation
from tests.postgres import owner_of

TERMINAL = {"SUCCEEDED", "FAILED", "CANCELLED", "CONSENT_BLOCKED", "QUARANTINED"}


@dataclass
class Studio:
    """The application with a client of one organisation that has one character."""

    app: FastAPI
    http: httpx.AsyncClient
    org_id: str
    character_id: str

    @property
    def database(self) -> Database:
        database: Database = self.app.state.database
        return database

    @property
    def objects(self) -> Objects:
        objects: Objects = self.app.state.objects
        return objects

    def body(self, prompt: str = "She nods", **more: object) -> dict[str, Any]:
        """A small, short take."""
        cast = [{"character_id": self.character_id}]
        return {"prompt": prompt, "characters": cast, "size": "256x256", "seconds": 0.5, "seed": 1, **more}

    async def submit(self, prompt: str = "She nods", **more: object) -> dict[str, Any]:
        reply = await self.http.post("/v1/takes", json=self.body(prompt, **more))
        assert reply.status_code == 201, reply.text
        take: dict[str, Any] = reply.json()
        return take

    async def take(self, take_id: str) -> dict[str, Any]:
        take: dict[str, Any] = (await self.http.get(f"/v1/takes/{take_id}")).json()
        return take

    async def until(self, take_id: str, *states: str, within_s: float = 200) -> dict[str, Any]:
        """Wait until the take is in one of `states` (any last one, when none is named)."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            take = await self.take(take_id)
            if take["state"] in (states or TERMINAL):
                return take
            await asyncio.sleep(0.05)
        raise AssertionError(f"the take is {take['state']}: {take}")

    async def until_denoising(self, take_id: str) -> dict[str, Any]:
        """Wait until the engine is amid the take."""
        deadline = time.monotonic() + 200
        while time.monotonic() < deadline:
            take = await self.take(take_id)
            if take["stage"] == "denoise" or take["state"] in TERMINAL:
                return take
            await asyncio.sleep(0.02)
        raise AssertionError(f"the take never denoised: {take}")

    async def follow(self, link: str) -> httpx.Response:
        """What a signed link leads to, asked for without a key: the studio serves its own store's links."""
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app)) as plain:
            return await plain.get(link)

    async def events(self, take_id: str, after: int = 0) -> list[ServerEvent]:
        """The take's whole stream, which ends by itself."""
        reply = await self.http.get("/v1/events", params={"take": take_id}, headers={"Last-Event-ID": str(after)})
        assert reply.status_code == 200, reply.text
        return list(parse_events(reply.text.split("\n")))

    async def kill_engine(self) -> None:
        """SIGKILL to the render engine that runs now."""
        deadline = time.monotonic() + 120
        while self.render_engine.pid is None and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        assert self.render_engine.pid is not None
        os.kill(self.render_engine.pid, signal.SIGKILL)

    @property
    def render_engine(self) -> ProcessRenderEngine:
        engine: ProcessRenderEngine = self.app.state.engines[1]
        return engine


@asynccontextmanager
async def open_studio(
    folder: Path,
    database_url: str | None = None,
    render_concurrency: int = 1,
    module: str = "tests.inference.panning",
    **more: Any,  # noqa: ANN401 (settings)
) -> AsyncIterator[Studio]:
    """Start a studio on the folder (and another database than the folder's own); it stops at the end of the `with`."""
    configure_logs("warning")
    url = SecretStr(database_url) if database_url else None
    on_postgresql = database_url is not None and database_url.startswith("postgresql")
    owner = SecretStr(owner_of(database_url)) if database_url and on_postgresql else None
    settings = Settings(
        data_dir=folder,
        database_url=url,
        database_owner_url=owner,
        engine_module=module,
        render_concurrency=render_concurrency,
        **more,
    )
    app = create_app(settings)
    async with app.router.lifespan_context(app), client_of(app, app.state.local_key.api_key) as http:
        org_id = app.state.local_key.org_id
        character_id = await cast_character(app.state.database, app.state.objects, org_id)
        yield Studio(app, http, org_id, character_id)


def client_of(app: FastAPI, api_key: str) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {api_key}"}
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://studio", headers=headers, timeout=90)


async def cast_character(database: Database, objects: Objects, org_id: str) -> str:
    """A character with the example photo and its licence as consent."""
    photo = example_path().read_bytes()
    asset_id, character_id = new_id("ast"), new_id("chr")
    key = f"orgs/{org_id}/photos/{asset_id}.png"
    await objects.put(key, photo, content_type="image/png")
    async with database.write(org_id=org_id) as session:
        await insert_ready_asset(
            session,
            org_id=org_id,
            asset_id=asset_id,
            kind="photo",
            content_type="image/png",
            size_bytes=len(photo),
            object_key=key,
            sha256=PORTRAIT.sha256,
        )
        character = Character(
            id=character_id,
            org_id=org_id,
            name="Eileen",
            template=b"\0" * 512,
            template_pack="none",
            template_strength=1.0,
        )
        reference = CharacterReference(
            character_id=character_id,
            asset_id=asset_id,
            org_id=org_id,
            ordinal=1,
            face=None,
            quality={},
            weight=1.0,
        )
        await insert_character(session, character, [reference])
        await insert_consent(
            session,
            org_id=org_id,
            consent_id=new_id("con"),
            character_id=character_id,
            kind="licensed_example",
            granted_by="NASA",
            scope="any",
            evidence_text=None,
            evidence_url="https://flic.kr/p/r9qvLn",
            evidence_asset_id=None,
            expires_at=None,
        )
    return character_id


@pytest_asyncio.fixture(scope="module")
async def studio(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Studio]:
    async with open_studio(tmp_path_factory.mktemp("studio")) as studio:
        yield studio


@pytest_asyncio.fixture(scope="module")
async def stranger(studio: Studio) -> AsyncIterator[httpx.AsyncClient]:
    """A client of another organisation."""
    async with studio.database.write() as session:
        organisation = await create_organisation(session, name="Elsewhere")
        issued = await issue_api_key(session, org_id=organisation.id, name="stranger")
    async with client_of(studio.app, issued.secret) as http:
        yield http
