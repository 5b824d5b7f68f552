"""Another server's `/v1/videos` as an engine of ours: here, a live server of our own is the other one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import openai
from pydantic import SecretStr

from studio.app import create_app
from studio.config import Settings
from studio.engines.remote_models import RemoteModel
from tests.faults.server import Server
from tests.studio.generation.conftest import Studio, cast_character, client_of

MODEL = RemoteModel(
    remote_name="previs",
    title="The previs of another studio",
    licence="Apache-2.0",
    sizes=("256x256",),
    fps=24,
    max_seconds=2,
    steps=20,
    guidance_scale=2.5,
    extra={"consent": "licensed_example"},
)


@asynccontextmanager
async def studio_before(live: Server, folder: Path, key: str | None = None) -> AsyncIterator[Studio]:
    """A studio in this process, whose model `elsewhere` is rendered by the live server."""
    settings = Settings(
        data_dir=folder,
        engine_module="tests.inference.panning",
        videos_url=f"{live.url}/v1",
        videos_key=SecretStr(key or live.api_key),
        videos_models={"elsewhere": MODEL},
    )
    app = create_app(settings)
    async with app.router.lifespan_context(app), client_of(app, app.state.local_key.api_key) as http:
        org_id = app.state.local_key.org_id
        character_id = await cast_character(app.state.database, app.state.objects, org_id)
        yield Studio(app, http, org_id, character_id)


async def test_a_take_is_rendered_there_and_kept_here(live: Server, client: openai.OpenAI, tmp_path: Path) -> None:
    before = len(client.videos.list(limit=100).data)
    async with studio_before(live, tmp_path / "data") as studio:
        listed = {model["name"]: model for model in (await studio.http.get("/v1/models")).json()["data"]}
        assert listed["elsewhere"]["tiers"] == ["fast"]
        take = await studio.until((await studio.submit(model="elsewhere"))["id"])
        assert take["state"] == "SUCCEEDED", take["failure"]
        assert take["identity"][0]["verdict"] == "unscored"
        receipt = take["receipt"]
        assert receipt["device"] == f"previs at {live.url}/v1"
        assert receipt["media_sha256"] == take["files"]["video"]["sha256"]
        assert any("not measured" in note for note in receipt["notes"])
        assert set(take["files"]) == {"video", "thumbnail", "sprite"}
        link = (await studio.http.get(f"/v1/takes/{take['id']}/content")).headers["location"]
        assert (await studio.follow(link)).content[4:8] == b"ftyp"
        assert len(client.videos.list(limit=100).data) == before  # nothing is left there

        refused = await studio.http.post("/v1/takes", json=studio.body(model="elsewhere", size="999x999"))
        assert (refused.status_code, refused.json()["nearest"]) == (422, ["256x256"])

        broken = await studio.until((await studio.submit("break", model="elsewhere"))["id"])
        assert broken["state"] == "FAILED"
        assert "the server says" in broken["failure"]["message"]

        slow = await studio.submit("endlessly", model="elsewhere")
        await studio.until(slow["id"], "RENDERING")
        while not (there := client.videos.list(limit=100).data) or there[0].prompt != "endlessly":
            await asyncio.sleep(0.05)
        assert (await studio.http.post(f"/v1/takes/{slow['id']}/cancel")).status_code == 200
        deadline = time.monotonic() + 30
        while [video for video in client.videos.list(limit=100).data if video.prompt == "endlessly"]:
            assert time.monotonic() < deadline, "the cancelled video is still there"
            await asyncio.sleep(0.2)


async def test_a_server_that_refuses_the_key_fails_the_take_in_its_words(live: Server, tmp_path: Path) -> None:
    async with studio_before(live, tmp_path / "data", key="drm_wrong") as studio:
        take = await studio.until((await studio.submit(model="elsewhere"))["id"])
        assert (take["state"], take["failure"]["code"]) == ("FAILED", "model_unavailable")
        assert "the server refuses" in take["failure"]["message"]
        assert "drm_wrong" not in str(take)
