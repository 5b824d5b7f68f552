"""Lines heard before anything is rendered, and recordings taken in: by the real engine."""

from __future__ import annotations

import io
import wave
from typing import Any

import httpx
import numpy as np
import pytest
from sqlalchemy import select

from storage.queries.assets import list_erasable_assets
from storage.tables import Asset
from storage.unit import Database
from studio.billing.credits import MICRO
from studio.billing.ledger import grant
from studio.billing.prices import set_price
from tests.studio.conftest import Tenant, announcement, example_photo


def wav(samples: np.ndarray[Any, np.dtype[np.float64]], rate: int = 48_000) -> bytes:
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return stream.getvalue()


async def hear(tenant: Tenant, **line: object) -> dict[str, Any]:
    reply = await tenant.http.post("/v1/speech", json=line)
    assert reply.status_code == 200, reply.text
    body: dict[str, Any] = reply.json()
    return body


async def fetch(url: str) -> bytes:
    async with httpx.AsyncClient() as plain:
        return (await plain.get(url)).content


async def test_the_voices_are_listed_with_what_one_chooses_by(tenant: Tenant) -> None:
    voices = (await tenant.http.get("/v1/voices")).json()["data"]
    assert {voice["language"] for voice in voices} == {"en-US", "en-GB", "zh"}
    assert {voice["sex"] for voice in voices} == {"female", "male"}
    assert all(voice["licence"].startswith("Apache-2.0") for voice in voices)


async def test_a_line_is_heard_with_the_times_of_its_words_and_leaves_nothing_but_its_length(
    tenant: Tenant, database: Database
) -> None:
    heard = await hear(tenant, text="Hello there 🙂", voice="af_heart", parenthetical="beat, whispering")
    with wave.open(io.BytesIO(await fetch(heard["url"]))) as sound:
        assert (sound.getframerate(), sound.getnchannels()) == (48_000, 1)
        assert sound.getnframes() / 48_000 == pytest.approx(heard["seconds"], abs=1e-4)
    assert [word["text"].lower().strip(".") for word in heard["words"]] == ["hello", "there"]
    assert 0 <= heard["words"][0]["start_s"] < heard["words"][1]["start_s"] < heard["seconds"]
    assert (heard["unspoken"], heard["unheeded"], heard["pause_before_s"]) == (["🙂"], "whispering", 0.6)
    async with database.read(org_id=tenant.org_id) as session:
        kept = await list_erasable_assets(session, org_id=tenant.org_id, limit=10)
    assert kept == []  # within the hour it may still be listened to; then the sweeper erases it


async def test_voices_are_prepared_for_whoever_types_a_line(tenant: Tenant) -> None:
    for language in ("en-US", "zh"):
        ready = await tenant.http.post("/v1/speech/prepare", json={"language": language})
        assert (ready.status_code, ready.content) == (204, b"")
    heard = await hear(tenant, text="A line while they are loaded.", voice="af_heart")
    assert heard["words"][0]["text"] == "A"
    none = await tenant.http.post("/v1/speech/prepare", json={"language": "fr"})
    assert none.status_code == 422


async def test_a_line_is_said_ahead_for_whoever_may_hear_it(tenant: Tenant) -> None:
    line = {"text": "Is it far from here?", "voice": "af_heart"}
    ahead = await tenant.http.post("/v1/speech/prepare", json={"line": line})
    assert (ahead.status_code, ahead.content) == (204, b"")
    assert [word["text"] for word in (await hear(tenant, **line))["words"]] == ["Is", "it", "far", "from", "here"]
    stranger = await tenant.http.post("/v1/speech/prepare", json={"line": line | {"project_id": "prj_nobodys"}})
    assert stranger.status_code == 404


async def test_a_preview_that_has_a_price_is_paid_for_once(tenant: Tenant, database: Database) -> None:
    async def spent() -> float:
        return float((await tenant.http.get("/v1/billing/balance")).json()["spent"])

    async def costs(credits: float) -> None:
        async with database.write(org_id=tenant.org_id) as session:
            await set_price(session, item="speech_preview", amount=round(credits * MICRO))

    await costs(0.25)
    try:
        line = {"text": "Good evening", "voice": "af_heart"}
        for refused in (
            await tenant.http.post("/v1/speech", json=line),
            await tenant.http.post("/v1/speech/prepare", json={"line": line}),
        ):
            assert (refused.status_code, refused.json()["code"]) == (402, "insufficient_credits")
        async with database.write(org_id=tenant.org_id) as session:
            await grant(session, org_id=tenant.org_id, kind="gift", micro_credits=MICRO, reason="to begin with")
        for _ in range(2):
            await hear(tenant, **line)
        assert await spent() == 0.25, "the same line is heard again for nothing"
        await hear(tenant, **line | {"text": "Good night"})
        assert await spent() == 0.5
    finally:
        await costs(0)


async def test_what_a_voice_cannot_say_is_told_before_an_engine_is_asked(tenant: Tenant) -> None:
    long = await tenant.http.post("/v1/speech", json={"text": "x" * 5000})
    assert (long.status_code, long.json()["field"]) == (422, "dialogue")
    assert "split it into several lines" in long.json()["detail"]
    bad = await tenant.http.post("/v1/speech", json={"text": "长街", "pronunciations": {"长街": "nonsense!"}})
    assert (bad.status_code, bad.json()["code"], bad.json()["refusal"]) == (422, "line_refused", "bad_pronunciation")


async def test_a_recording_is_taken_in_and_says_its_line(tenant: Tenant) -> None:
    spoken = await fetch((await hear(tenant, text="I have waited ten years.", voice="am_puck"))["url"])
    taken = await tenant.upload(spoken, "recording", "audio/wav")
    assert taken.status_code == 200, taken.text
    asset = taken.json()
    assert (asset["kind"], asset["content_type"], asset["notes"]) == ("recording", "audio/wav", [])
    assert 0.5 < asset["seconds"] < 4
    again = (await tenant.http.post(f"/v1/uploads/{asset['id']}/complete")).json()
    assert again["sha256"] == asset["sha256"]
    enrolled = (await tenant.enrol(await tenant.photo(example_photo()), name="Ada")).json()
    line = {"text": "I have waited ten years.", "character_id": enrolled["id"], "recording": asset["id"]}
    assert (await tenant.http.post("/v1/speech", json=line)).json()["likeness"] == "voice"
    await tenant.http.post(f"/v1/characters/{enrolled['id']}/voice/consents", json={"kind": "own", "by": "Ada"})
    heard = await hear(tenant, **line)
    assert heard["voice"] is None
    assert heard["seconds"] == pytest.approx(asset["seconds"], abs=0.5)


@pytest.mark.parametrize(
    ("body", "refusal", "words"),
    [
        (wav(np.zeros(48_000)), "recording_silent", "check the microphone"),
        (
            wav(np.sin(np.arange(96_000) * 2 * np.pi * 440 / 48_000) * 0.4),
            "recording_without_speech",
            "record the line",
        ),
        (b"not a recording at all", "recording_unreadable", "use WAV, MP3, M4A, OGG or WebM"),
        (wav(np.zeros(8_000 * 60 * 60), 8_000), "recording_too_long", "cut it to the line"),
    ],
    ids=["silent", "a tone", "no recording", "an hour"],
)
async def test_a_recording_that_cannot_be_used_is_refused_in_words_and_kept_to_try_again(
    tenant: Tenant, database: Database, body: bytes, refusal: str, words: str
) -> None:
    refused = await tenant.upload(body, "recording", "audio/wav")
    assert (refused.status_code, refused.json()["code"]) == (422, "recording_refused"), refused.text
    assert refused.json()["refusal"] == refusal
    assert words in refused.json()["detail"]
    async with database.read(org_id=tenant.org_id) as session:
        left = list(await session.scalars(select(Asset).where(Asset.org_id == tenant.org_id)))
    assert [(asset.state, asset.upload_key is not None) for asset in left] == [("pending", True)]


async def test_three_hours_are_refused_before_they_are_sent(tenant: Tenant) -> None:
    asked = announcement(b"x", "recording", "audio/wav") | {"size_bytes": 3 * 3600 * 96_000}
    refused = await tenant.http.post("/v1/uploads", json=asked)
    assert refused.status_code == 422
    assert "cut it to the line" in refused.text
    odd = await tenant.http.post("/v1/uploads", json=announcement(b"x", "recording", "image/png"))
    assert odd.status_code == 422
