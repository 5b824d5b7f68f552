"""Keyframes of a take: pictures that were uploaded, checked before anything is queued, kept with what is rendered."""

from __future__ import annotations

import hashlib
import io
import json
from typing import Any

import pytest
from fastapi import FastAPI
from PIL import Image

from inference.catalogue import WAN_VACE_1_3B
from inference.protocol import RenderRequest
from storage.queries.assets import insert_ready_asset
from storage.queries.takes import get_take
from studio.generation.request import assets_of, with_links
from studio.http.ids import new_id
from studio.videos.translate import take_again
from tests.studio.conftest import Tenant, example_photo, offer_model
from tests.studio.generation.conftest import Studio

MODEL = WAN_VACE_1_3B.name


def picture(width: int, height: int, colour: str = "#203040") -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture
def tenant(app: FastAPI, tenant: Tenant) -> Tenant:
    """Of a studio that has pulled a model which takes keyframes."""
    offer_model(app, WAN_VACE_1_3B)
    return tenant


async def upload(tenant: Tenant, width: int = 832, height: int = 480) -> str:
    reply = await tenant.upload(picture(width, height), "plate")
    assert reply.status_code == 200, reply.text
    return str(reply.json()["id"])


async def cast(tenant: Tenant) -> tuple[str, str]:
    """A character and its photo."""
    photo = await tenant.photo(example_photo())
    reply = await tenant.enrol(photo)
    assert reply.status_code == 201, reply.text
    return str(reply.json()["id"]), photo


def body(character_id: str, *keyframes: tuple[str, Any], **more: object) -> dict[str, Any]:
    return {
        "prompt": "She turns",
        "characters": [{"character_id": character_id}],
        "model": MODEL,
        "seconds": 81 / 16,
        "keyframes": [{"asset_id": asset_id, "at": at} for asset_id, at in keyframes],
        **more,
    }


async def problem(tenant: Tenant, asked: dict[str, Any]) -> dict[str, Any]:
    """Why the estimate says that it would be refused; submitting it is refused alike, and nothing is kept."""
    estimate = (await tenant.http.post("/v1/takes/estimate", json=asked)).json()
    assert estimate["ok"] is False, asked
    reply = await tenant.http.post("/v1/takes", json=asked)
    assert (reply.status_code, reply.json()["detail"]) in ((422, estimate["problems"][0]["message"]),
                                                           (404, estimate["problems"][0]["message"]))  # fmt: skip
    assert (await tenant.http.get("/v1/takes")).json()["data"] == []
    told: dict[str, Any] = estimate["problems"][0]
    return told


async def keep_picture(studio: Studio, width: int, height: int) -> str:
    """A picture as an upload leaves it."""
    data, asset_id = picture(width, height), new_id("ast")
    key = f"orgs/{studio.org_id}/photos/{asset_id}.png"
    await studio.objects.put(key, data, content_type="image/png")
    async with studio.database.write(org_id=studio.org_id) as session:
        await insert_ready_asset(
            session,
            org_id=studio.org_id,
            asset_id=asset_id,
            kind="plate",
            content_type="image/png",
            size_bytes=len(data),
            object_key=key,
            sha256=hashlib.sha256(data).hexdigest(),
            width=width,
            height=height,
        )
    return asset_id


async def test_a_take_keeps_its_keyframes_and_whoever_repeats_it_gets_the_same(studio: Studio) -> None:
    offer_model(studio.app, WAN_VACE_1_3B)
    first, later = await keep_picture(studio, 832, 480), await keep_picture(studio, 1920, 1080)
    asked = body(studio.character_id, (first, "first"), (later, 2.5))
    headers = {"Idempotency-Key": "k1"}
    replies = [await studio.http.post("/v1/takes", json=asked, headers=headers) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [201, 201], replies[0].text
    assert replies[0].json() == replies[1].json()
    other = await studio.http.post("/v1/takes", json=body(studio.character_id, (first, "first")), headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    take_id = replies[0].json()["id"]
    async with studio.database.read(org_id=studio.org_id) as session:
        take = await get_take(session, org_id=studio.org_id, take_id=take_id)
    assert take is not None
    stored = RenderRequest.model_validate(take.request)
    assert [(one.at, one.width, one.height) for one in stored.keyframes] == [("first", 832, 480), (2.5, 1920, 1080)]
    assert {first, later} < set(assets_of(stored))
    linked = with_links(stored, lambda asset_id: f"https://store/{asset_id}?signed")
    assert [one.source.url for one in linked.keyframes] == [f"https://store/{one}?signed" for one in (first, later)]
    again = take_again(stored, "She nods")
    assert [(one.asset_id, one.at) for one in again.keyframes] == [(first, "first"), (later, 2.5)]


async def test_a_video_takes_keyframes_as_json_and_in_a_form(studio: Studio) -> None:
    """`input_reference` stays what it is: a photo of who is in it."""
    offer_model(studio.app, WAN_VACE_1_3B)
    kept = await keep_picture(studio, 832, 480)
    asked = {"model": MODEL, "prompt": "She nods", "characters": [{"id": studio.character_id}], "seconds": 81 / 16}
    keyframes = [{"asset_id": kept, "at": "last"}]
    form = {name: value if isinstance(value, str) else json.dumps(value) for name, value in asked.items()}
    sent = [{"json": asked | {"keyframes": keyframes}}, {"data": form | {"keyframes": json.dumps(keyframes)}}]
    for each in sent:
        reply = await studio.http.post("/v1/videos", **each)
        assert reply.status_code == 200, reply.text
    beyond = asked | {"keyframes": [{"asset_id": kept, "at": 30}]}
    refused = await studio.http.post("/v1/videos", json=beyond)
    assert refused.status_code == 400, refused.text
    assert "lies beyond the clip, whose last frame stands at 5 s" in refused.json()["error"]["message"]
    wrong = await studio.http.post("/v1/videos", json=asked | {"keyframes": [{"asset_id": kept}]})
    assert (wrong.status_code, wrong.json()["error"]["param"]) == (400, "keyframes.0.at")


async def test_what_cannot_be_is_refused_in_words_before_it_is_queued(tenant: Tenant, other_tenant: Tenant) -> None:
    character_id, photo = await cast(tenant)
    fits, square = await upload(tenant), await upload(tenant, 512, 512)
    words = {
        "not this model": await problem(tenant, body(character_id, (fits, "first"), model="previs", seconds=2)),
        "beyond": await problem(tenant, body(character_id, (fits, 6.0))),
        "shape": await problem(tenant, body(character_id, (square, "last"))),
        "twice": await problem(tenant, body(character_id, (fits, 1.0625), (fits, 1.25))),
        "nobody's": await problem(tenant, body(character_id, ("ast_nothing", "first"))),
        "another's": await problem(tenant, body(character_id, (await upload(other_tenant), "first"))),
        "who is not in it": await problem(tenant, body((await cast(tenant))[0], (photo, "first"))),
    }
    assert {told["field"] for told in words.values()} == {"keyframes"}
    assert words["not this model"]["message"].startswith("previs takes no keyframes")
    assert words["beyond"]["nearest"] == ["5"]
    assert "of another shape, 832x480" in words["shape"]["message"]
    assert "fall into the same: keep 0.25 s between them" in words["twice"]["message"]
    assert words["another's"]["message"].startswith("there is no uploaded picture")
    assert words["who is not in it"]["message"] == "a keyframe is a picture of Eileen, who is not in this take"


@pytest.mark.parametrize("at", ["middle", -1, None, "nan", 1e9])
async def test_a_moment_is_first_last_or_seconds(tenant: Tenant, at: object) -> None:
    reply = await tenant.http.post("/v1/takes", json=body("chr_1", ("ast_1", at)))
    assert reply.status_code == 422
    assert reply.json()["field"].startswith("keyframes.0.at")


async def test_the_models_say_which_take_keyframes(tenant: Tenant) -> None:
    told = {model["name"]: model["keyframes"] for model in (await tenant.http.get("/v1/models")).json()["data"]}
    assert (told[MODEL], told["previs"]) == (True, False)
