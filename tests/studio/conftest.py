"""The whole application on a fresh database, a real object store and a real identity engine, without its lifespan.

`tenant` and `other_tenant` are clients of two organisations. Renders have a studio of their own
(tests/studio/generation).
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from PIL import Image

from inference.catalogue import ModelCard, known_models
from storage.objects import Objects
from storage.queries.people import get_person, insert_membership
from storage.queries.takes import insert_take
from storage.tables import Take
from storage.unit import Database
from studio.api_keys.keys import SCOPES, Scope, issue_api_key
from studio.app import create_app
from studio.auth.people import make_person
from studio.auth.sessions import Visit, begin_session
from studio.config import Settings
from studio.engines.child import ChildSpec
from studio.engines.process import ProcessIdentityEngine
from studio.examples import example_path
from studio.generation.offered_models import OfferedModels, offer_to_everybody
from studio.generation.take_queue import TakeQueue
from studio.organisations.creation import create_organisation
from studio.organisations.roles import Role
from tests.photos import fixtures_dir, group


@dataclass(frozen=True)
class Tenant:
    """A client of one organisation."""

    org_id: str
    http: httpx.AsyncClient

    async def upload(self, body: bytes, kind: str = "photo", content_type: str = "image/png") -> httpx.Response:
        """Announce, upload, complete; returns the reply to the last."""
        announced = await self.http.post("/v1/uploads", json=announcement(body, kind, content_type))
        assert announced.status_code == 201, announced.text
        form = announced.json()
        async with httpx.AsyncClient() as plain:
            files = {"file": ("file", body, content_type)}
            put = await plain.post(form["url"], data=form["fields"], files=files)
        assert put.status_code == 204, put.text
        return await self.http.post(f"/v1/uploads/{form['id']}/complete")

    async def photo(self, body: bytes, content_type: str = "image/png") -> str:
        """The id of an uploaded photo."""
        reply = await self.upload(body, "photo", content_type)
        assert reply.status_code == 200, reply.text
        return str(reply.json()["id"])

    async def queued_take(self, database: Database, take_id: str, character_id: str) -> str:
        """A take of this character that waits for ever."""
        take = Take(
            id=take_id,
            org_id=self.org_id,
            request={},
            model="previs",
            prompt="she nods",
            seed=1,
            seconds=5.0,
            width=768,
            height=432,
        )
        async with database.write(org_id=self.org_id) as session:
            await insert_take(session, take, character_ids=[character_id])
        return take_id

    async def enrol(self, *asset_ids: str, **more: Any) -> httpx.Response:  # noqa: ANN401 (JSON)
        """Ask for a character of these photos, with consent and under any name unless told otherwise."""
        body = {
            "name": "Eileen",
            "allow_duplicate_name": True,
            "consent": {"kind": "own", "by": "Eileen"},
            "references": [{"asset_id": asset_id} for asset_id in asset_ids],
        }
        return await self.http.post("/v1/characters", json=body | more)


def announcement(body: bytes, kind: str = "photo", content_type: str = "image/png") -> dict[str, Any]:
    sha256 = hashlib.sha256(body).hexdigest()
    return {"kind": kind, "content_type": content_type, "size_bytes": len(body), "sha256": sha256}


def example_photo() -> bytes:
    """The shipped example."""
    return example_path().read_bytes()


def fixture_photo(name: str) -> bytes:
    """A photo of a real person, as JPEG."""
    return (fixtures_dir() / f"{name}.jpg").read_bytes()


def group_photo() -> bytes:
    """Six people, as PNG."""
    stream = io.BytesIO()
    Image.fromarray(group()).save(stream, "PNG", compress_level=1)
    return stream.getvalue()


@pytest.fixture(scope="session")
async def identity_engine(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ProcessIdentityEngine]:
    """The torch-free engine process that answers questions about faces."""
    folder = tmp_path_factory.mktemp("identity")
    cache = Path.home() / ".cache" / "dramatis" / "models"
    spec = ChildSpec(role="identity", cache_dir=cache, signer_dir=folder / "signer", scratch_dir=folder / "scratch")
    engine = ProcessIdentityEngine(spec, "dramatis tests", 60.0)
    engine.start()
    yield engine
    await engine.close()


async def built_in_models() -> dict[str, ModelCard]:
    return known_models(None)


@pytest.fixture
async def app(
    database: Database, objects: Objects, identity_engine: ProcessIdentityEngine, tmp_path: Path
) -> AsyncIterator[FastAPI]:
    """The application, with its state given rather than started."""
    created = create_app(Settings(data_dir=tmp_path))
    created.state.database, created.state.objects, created.state.identity = database, objects, identity_engine
    created.state.queue = TakeQueue(
        database, offer_to_everybody(built_in_models)
    )  # takes a request's word; nothing is rendered here
    created.state.prompt_reader = None  # nor is there an engine that reads prompts
    yield created
    await created.state.limits.close()
    await created.state.request_log.close(database)


async def open_tenant(app: FastAPI, *, scopes: tuple[Scope, ...] = SCOPES) -> Tenant:
    """A new organisation with a key."""
    database: Database = app.state.database
    async with database.write() as session:
        organisation = await create_organisation(session, name="A")
        issued = await issue_api_key(session, org_id=organisation.id, name="tests", scopes=scopes)
    return Tenant(organisation.id, open_client(app, issued.secret))


def open_client(app: FastAPI, secret: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(
        transport=transport, base_url="http://studio", headers={"Authorization": f"Bearer {secret}"}, timeout=60
    )


async def add_person(database: Database, org_id: str, role: Role, email: str | None = None) -> str:
    """A new member of the organisation, without a password; returns the person's id."""
    async with database.write(org_id=org_id) as session:
        person = await make_person(session, email=email, name=f"A new {role}")
        await insert_membership(session, org_id=org_id, person_id=person.id, role=role)
    return person.id


async def sign_in_as(app: FastAPI, person_id: str) -> httpx.AsyncClient:
    """A browser on the studio's own pages, signed in as this person."""
    database: Database = app.state.database
    async with database.write() as session:
        person = await get_person(session, person_id=person_id)
        assert person is not None
        token = await begin_session(session, person=person, way="tests", visit=Visit("127.0.0.1", "tests", None))
    browser = open_browser(app)
    browser.cookies.set("dramatis_80", token)
    return browser


def open_browser(app: FastAPI) -> httpx.AsyncClient:
    """A browser on the studio's own pages, on this machine; nobody is signed in."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(
        transport=transport, base_url="http://studio", headers={"Origin": "http://studio"}, timeout=60
    )


@pytest.fixture
async def tenant(app: FastAPI) -> AsyncIterator[Tenant]:
    opened = await open_tenant(app)
    yield opened
    await opened.http.aclose()


@pytest.fixture
async def other_tenant(app: FastAPI) -> AsyncIterator[Tenant]:
    opened = await open_tenant(app)
    yield opened
    await opened.http.aclose()


def offer_model(app: FastAPI, card: ModelCard) -> None:
    """Let takes ask for this model, too, as if it had been pulled."""
    queue: TakeQueue = app.state.queue
    known = queue.models

    async def models(org_id: str) -> OfferedModels:
        return OfferedModels({**await known(org_id), card.name: card})

    queue.models = models  # type: ignore[method-assign]  # of this application alone
