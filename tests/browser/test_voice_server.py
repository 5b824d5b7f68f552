"""A studio whose operator named a server of OpenAI's /v1/audio/speech: its voice from the cast page to a signed take.

The server is a real one on a socket; the studio is one of this module's own, as it offers other voices than the rest's.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from inference.registry.packaged import default_cache_dir
from inference.registry.voice_pack import require_voice_pack
from inference.speech.kokoro import KokoroVoices
from tests.browser.conftest import OpenPage, Studio, sign_in_url
from tests.faults.server import Server
from tests.inference.speech import openai_voices

LINE = "The ferry had already left when we came down to the pier."


@pytest.fixture(scope="module")
def voice_server() -> Iterator[openai_voices.Server]:
    with openai_voices.Server(KokoroVoices(require_voice_pack(default_cache_dir()))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory, voice_server: openai_voices.Server) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("voice_server")
    models = folder / "cache" / "models"
    models.mkdir(parents=True)
    for packaged in default_cache_dir().iterdir():
        if packaged.name not in ("pulled", "said-lines"):
            (models / packaged.name).symlink_to(packaged)
    (models / "voice-server.json").write_text(json.dumps(openai_voices.description_of(voice_server)))
    server = Server(folder / "data", DRAMATIS_CACHE_DIR=str(folder / "cache"))
    server.start()
    with httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {server.api_key}"}, timeout=60) as http:
        yield Studio(server, http)
    server.stop()


@pytest.fixture(scope="module")
def signed_in(studio: Studio, chromium: Browser) -> dict[str, Any]:
    context = chromium.new_context()
    context.new_page().goto(sign_in_url(studio.server))
    state = context.storage_state()
    context.close()
    return dict(state)


def test_a_server_s_voice_is_chosen_heard_and_in_a_take(
    open_page: OpenPage, studio: Studio, voice_server: openai_voices.Server
) -> None:
    board = studio.told("POST", "/v1/projects/example")
    shot = board["scenes"][0]["shots"][0]
    person = shot["characters"][0]["character_id"]
    page = open_page(f"/cast/{person}")
    voice = page.get_by_role("region", name="Voice", exact=True)
    voice.get_by_text("Old", exact=True).first.click()
    expect(voice.get_by_role("status")).to_have_text("1 voice")
    voice.get_by_role("button", name="Hear Nova", exact=True).press("Enter")
    expect(voice.get_by_role("button", name="Stop")).to_be_visible()
    assert "Eileen" in voice_server.asked[0]["input"]
    voice.get_by_role("button", name="Choose Nova", exact=True).press("Enter")
    expect(voice.get_by_role("button", name="Chosen: Nova", exact=True)).to_have_attribute("aria-pressed", "true")

    changes = {"dialogue": [{"text": LINE, "character_id": person}], "seconds": None, "size": "256x256"}
    studio.told("PATCH", f"/v1/shots/{shot['id']}", changes)
    page = open_page(f"/films/{board['project']['id']}/shots/{shot['id']}")
    lines = page.get_by_role("group", name="Lines")  # a line that the API wrote has no id, and is heard all the same
    lines.get_by_role("button", name="Hear line 1").press("Enter")
    expect(lines.get_by_role("slider", name="Line 1").locator("path")).to_have_count(1)  # its waveform

    (take,) = studio.told("POST", f"/v1/shots/{shot['id']}/takes", {"count": 1})["data"]
    studio.wait_for("SUCCEEDED", take["id"])
    told = studio.told("GET", f"/v1/takes/{take['id']}")
    (said,) = told["speech"]
    assert (said["text"], said["voice"], said["verdict"]) == (LINE, "nova", "pass")
    assert [asked["input"] for asked in voice_server.asked[1:]] == [LINE], "what was heard is in the take, unasked anew"
    assert {asked["voice"] for asked in voice_server.asked} == {"nova"}
    assert set(voice_server.keys) == {"Bearer secret"}
    receipt = json.dumps(told["receipt"])
    assert "by contract" in receipt
    assert "secret" not in receipt


def test_a_line_is_previewed_and_a_server_that_is_gone_is_told(
    studio: Studio, voice_server: openai_voices.Server
) -> None:
    offered = studio.told("GET", "/v1/voices")["data"][-1]
    told = ("nova", "old", "by contract", "voice-server")
    assert (offered["name"], offered["age"], offered["licence"], offered["engine"]) == told
    heard = studio.told("POST", "/v1/speech", {"text": "Good evening.", "voice": "nova"})
    assert [word["text"] for word in heard["words"]] == ["Good", "evening"]
    assert httpx.get(heard["url"]).content[:4] == b"RIFF"
    voice_server.shutdown()
    voice_server.server_close()
    refused = studio.http.post("/v1/speech", json={"text": "Nobody is there.", "voice": "nova"})
    assert (refused.status_code, refused.json()["refusal"]) == (422, "voice_server_failed")
    assert "choose another voice" in refused.text
