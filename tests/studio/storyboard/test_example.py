"""The example: five shots, ready to render, with the shipped face and its licence."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from fastapi import FastAPI

from inference.catalogue import MODELS
from inference.protocol import Enrolled, Reference
from storage.queries.shot_takes import KnownFace
from studio.assets.retention import sweep
from studio.examples import ExampleUnavailable
from studio.storyboard.project_creation import example_scenes
from studio.storyboard.rendering import take_request_of
from studio.storyboard.sample_project import SampleProjects
from studio.storyboard.staleness import Cast
from tests.studio.conftest import Tenant, example_photo, open_browser
from tests.studio.storyboard.films import told


async def test_the_example_is_enrolled_once_and_can_be_rendered(tenant: Tenant) -> None:
    board = told(await tenant.http.post("/v1/projects/example"), 201)
    shots = [shot for scene in board["scenes"] for shot in scene["shots"]]
    assert [shot["number"] for shot in shots] == ["1A", "1B", "1C", "2A", "2B"]
    (character_id,) = {one["character_id"] for shot in shots for one in shot["characters"]}
    character = told(await tenant.http.get(f"/v1/characters/{character_id}"))
    assert (character["name"], character["consent"]["kind"]) == ("Eileen", "licensed_example")
    assert character["consent"]["evidence"].startswith("https://")
    again = told(await tenant.http.post("/v1/projects/example"), 201)
    assert again["scenes"][0]["shots"][0]["characters"][0]["character_id"] == character_id
    assert len(told(await tenant.http.get("/v1/characters"))["data"]) == 1


async def test_two_who_begin_at_once_cast_it_once(
    app: FastAPI, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As from two processes: neither has kept a character when the other has found none."""
    enrol, both = app.state.identity.enrol, asyncio.Barrier(2)

    async def enrol_together(references: Sequence[Reference]) -> Enrolled:
        enrolled: Enrolled = await enrol(references)
        await both.wait()
        return enrolled

    monkeypatch.setattr(app.state.identity, "enrol", enrol_together)
    boards = [told(one, 201) for one in await asyncio.gather(*(tenant.http.post("/v1/projects/example") for _ in "12"))]
    cast = {shot["characters"][0]["character_id"] for board in boards for shot in board["scenes"][0]["shots"]}
    assert [character["id"] for character in told(await tenant.http.get("/v1/characters"))["data"]] == list(cast)
    assert await sweep(app.state.database, app.state.objects) == 1  # the photo of the one who came second


async def test_one_who_is_in_the_cast_already_plays_and_a_revoked_one_does_not(tenant: Tenant) -> None:
    enrolled = told(await tenant.enrol(await tenant.photo(example_photo()), name="Ada B."), 201)["id"]
    board = told(await tenant.http.post("/v1/projects/example"), 201)
    shot = board["scenes"][0]["shots"][0]
    assert shot["characters"][0]["character_id"] == enrolled
    assert "Ada B. looks" in shot["prompt"]
    await tenant.http.post(f"/v1/characters/{enrolled}/consents/revoke")
    board = told(await tenant.http.post("/v1/projects/example"), 201)
    assert board["scenes"][0]["shots"][0]["characters"][0]["character_id"] != enrolled


async def test_without_the_photo_nothing_is_begun(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.storyboard.project_creation.example_path", _missing)
    refused = await tenant.http.post("/v1/projects/example")
    assert (refused.status_code, refused.json()["code"]) == (503, "example_unavailable")
    assert told(await tenant.http.get("/v1/projects"))["data"] == []


async def test_who_signs_up_finds_it_there_and_it_never_comes_back(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    newcomers = SampleProjects(app.state.database, app.state.objects, app.state.identity)
    app.state.greet = newcomers.greet
    person = {"email": "ada@example.com", "password": "a long sentence"}
    with monkeypatch.context() as patched:
        patched.setattr("studio.storyboard.project_creation.example_path", _missing)
        browser = open_browser(app)
        assert (
            await browser.post("/v1/people", json=person | {"name": "Ada", "organisation": "Ada"})
        ).status_code == 201
        assert told(await browser.get("/v1/projects"))["data"] == []  # what fails bars nobody's way in, ...
    await browser.post("/v1/sessions", json=person)
    (film,) = told(await browser.get("/v1/projects"))["data"]  # ... and is made up for at the next one
    assert (film["name"], film["counts"]["shots"], film["counts"]["takes"]) == ("First contact", 5, 0)
    (character,) = told(await browser.get("/v1/characters"))["data"]
    await browser.delete(f"/v1/projects/{film['id']}")
    await browser.delete(f"/v1/characters/{character['id']}")
    await browser.post("/v1/sessions", json=person)
    assert told(await browser.get("/v1/projects"))["data"] == []
    assert told(await browser.get("/v1/characters"))["data"] == []


def test_every_shot_of_it_is_one_that_the_previs_accepts() -> None:
    cast = Cast({"chr_1": KnownFace("Eileen", (), ("Eileen", None, False))}, {})
    for scene in example_scenes("chr_1", "Eileen"):
        for content in scene.shots:
            asked = take_request_of(content, scene.setting, "16:9", cast, MODELS, {})
            assert asked.prompt.startswith("Eileen ")
            assert asked.size == "768x432"
            assert asked.plate.kind == "backdrop"


def _missing() -> None:
    raise ExampleUnavailable("the example photo is not installed here")
