"""`/v1/videos` for clients that are not OpenAI's own: the words of other servers, refusals in ours, plain HTTP."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest
from pydantic_core._pydantic_core import list_all_errors

from studio.examples import example_path
from tests.faults.server import Server

SMALL = {"num_frames": 12, "size": "256x256"}
CONSENT = {"consent": "licensed_example"}
PHOTO = "data:image/png;base64," + base64.b64encode(example_path().read_bytes()).decode()


@pytest.fixture(scope="module")
def http(live: Server) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {live.api_key}"}
    with httpx.Client(base_url=live.url, headers=headers, timeout=60) as opened:
        yield opened


@pytest.fixture(scope="module")
def video_id(client: openai.OpenAI) -> str:
    """A completed video."""
    video = client.videos.create_and_poll(
        prompt="She nods",
        seconds="0.5",  # type: ignore[arg-type]
        size="256x256",  # type: ignore[arg-type]
        input_reference=("eileen.png", example_path().read_bytes(), "image/png"),
        extra_body=CONSENT,
        poll_interval_ms=100,
    )
    assert video.status == "completed", video
    return video.id


def create(http: httpx.Client, **fields: Any) -> httpx.Response:  # noqa: ANN401 (JSON)
    return http.post("/v1/videos", json={"prompt": "She nods", **SMALL, **CONSENT} | fields)


FOREIGN: dict[str, dict[str, Any]] = {
    "vLLM-Omni, a link to the photo": {"image_reference": {"image_url": PHOTO}, "seed": 3, "user": "customer 7"},
    "vLLM-Omni, its block of sizes": {
        "input_reference": PHOTO,
        "num_frames": None,
        "size": None,
        "video_params": {"width": 256, "height": 256, "num_frames": 12, "fps": 24},
    },
    "vLLM-Omni, further parameters": {
        "image_reference": PHOTO,
        "extra_params": {"seed": 3, "num_inference_steps": 4, "negative_prompt": "rain", "flow_shift": None},
    },
    "SGLang": {
        "input_reference": PHOTO,
        "fps": 24,
        "seed": 3,
        "generator_device": "cuda",
        "num_inference_steps": 4,
        "guidance_scale": 2.0,
        "guidance_scale_2": None,
        "enable_teacache": False,
        "output_quality": "default",
        "diffusers_kwargs": {},
    },
    "SGLang, a reference by address": {"reference_url": PHOTO, "extra_body": json.dumps({"fps": 24})},
}


@pytest.mark.parametrize("case", FOREIGN)
@pytest.mark.parametrize("encoding", ["json", "multipart"])
def test_what_clients_of_other_servers_send_is_understood(http: httpx.Client, case: str, encoding: str) -> None:
    fields = {"prompt": "She nods", **SMALL, **CONSENT} | FOREIGN[case]
    if encoding == "json":
        reply = http.post("/v1/videos", json=fields)
    else:  # as their own command lines do it: nothing is nested, objects are JSON texts, what is null is left out
        sent = {name: json.dumps(value) if isinstance(value, dict | bool) else str(value)
                for name, value in fields.items() if value is not None}  # fmt: skip
        reply = http.post("/v1/videos", files={name: (None, value) for name, value in sent.items()})
    told = reply.json()
    assert reply.status_code == 200, told
    assert (told["seconds"], told["size"]) == ("0.5", "256x256")
    assert reply.headers["openai-poll-after-ms"] == "500"
    http.delete(f"/v1/videos/{told['id']}")


CANNOT: dict[str, tuple[dict[str, Any], str, str]] = {
    "an adapter": ({"lora": {"path": "/adapters/ada", "scale": 1}}, "lora", "model_cannot"),
    "a shift": ({"extra_params": {"flow_shift": 5.0}}, "shift", "request_refused"),
    "interpolation": ({"enable_frame_interpolation": True}, "enable_frame_interpolation", "model_cannot"),
    "sound": ({"generate_sound": "true"}, "generate_sound", "model_cannot"),
    "two photos in two fields": ({"image_reference": PHOTO}, "image_reference", "invalid_request"),
    "one thing said in two ways": ({"seed": 1, "extra_params": {"seed": 2}}, "extra_params.seed", "invalid_request"),
    "a bag of bags": ({"extra_params": {"extra_body": {}}}, "extra_params", "invalid_request"),
    "a bag that is none": ({"extra_params": "["}, "extra_params", "invalid_request"),
    "a frame rate that there is not": ({"fps": 17}, "fps", "request_refused"),
    "a field of nobody": ({"flavour": "salt"}, "flavour", "invalid_request"),
    "a slip": ({"negativ_prompt": "rain"}, "negativ_prompt", "invalid_request"),
}


@pytest.mark.parametrize("case", CANNOT)
def test_what_nothing_here_can_do_is_refused_by_name(http: httpx.Client, case: str) -> None:
    fields, param, code = CANNOT[case]
    reply = create(http, input_reference=PHOTO, **fields)
    error = reply.json()["error"]
    assert (reply.status_code, error["param"], error["code"]) == (400, param, code), error
    if case == "a slip":
        assert "did you mean 'negative_prompt'" in error["message"]


def validator_phrases() -> list[str]:
    """The longest fixed part of each sentence that pydantic knows."""
    pieces = [max(re.split(r"\{\w+\}", each["message_template_python"]), key=len) for each in list_all_errors()]
    return [piece.strip() for piece in pieces if len(piece.strip()) >= 9]


BAD_FIELDS: list[dict[str, Any]] = [
    {"prompt": ""},
    {"prompt": None},
    {"prompt": 7},
    {"prompt": ["a"]},
    {"prompt": "a" * 5000},
    {"prompt": "a\0b"},
    {"seconds": "soon"},
    {"seconds": -1},
    {"seconds": 1e9},
    {"seconds": [4]},
    {"size": "large"},
    {"size": 256},
    {"seed": 1.5},
    {"seed": "x"},
    {"seed": 10**30},
    {"seed": -1},
    {"fps": "fast"},
    {"fps": 0},
    {"width": "w", "height": 2},
    {"num_inference_steps": 0},
    {"guidance_scale": "much"},
    {"guidance_scale": -3},
    {"tier": "best"},
    {"framing": "very close"},
    {"control": {"kind": "pose"}},
    {"control": "previs"},
    {"control": {"kind": "previs", "take": 1}},
    {"consent": {"kind": "mine"}},
    {"consent": {"kind": "own", "by": ""}},
    {"consent": {"kind": "own", "until": "tomorrow"}},
    {"consent": {"kind": "own", "expires_at": "tomorrow"}},
    {"consent": {"kind": "own", "expires_at": "2027-01-01T00:00:00"}},
    {"consent": [1]},
    {"consent": 7},
    {"characters": {"id": 7}},
    {"characters": [{"id": 7}]},
    {"characters": [{"id": "chr_0", "placement": "up"}]},
    {"characters": [{"id": "chr_0", "expected": 3}]},
    {"characters": [{"references": []}]},
    {"characters": [{"references": "x", "name": ""}]},
    {"characters": [{"who": "Ada"}]},
    {"characters": [7]},
    {"model": 7},
    {"flavour": "salt"},
    {"extra_params": [1]},
]


def bad_requests() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and what is sent, over every route of the dialect."""
    for fields in BAD_FIELDS:
        yield "POST", "/v1/videos", {"json": {"prompt": "She nods", "input_reference": PHOTO, **CONSENT} | fields}
    for path in ("/v1/videos/video_0/remix", "/v1/videos/edits", "/v1/videos/extensions", "/v1/videos/characters"):
        for body in ({}, {"prompt": 7}, {"prompt": "a", "seconds": "x", "video": {"id": "v"}}, {"name": "", "x": 1}):
            yield "POST", path, {"json": body}
        yield "POST", path, {"content": b"{", "headers": {"content-type": "application/json"}}
    for query in ({"limit": 0}, {"limit": "x"}, {"limit": 101}, {"order": "up"}, {"after": "v" * 50}, {"after": "v"}):
        yield "GET", "/v1/videos", {"params": query}
    for path in ("/v1/videos/" + "v" * 50, "/v1/videos/video_0/content?variant=gif"):
        yield "GET", path, {}
    yield "POST", "/v1/videos", {"json": {"prompt": "a"}, "headers": {"Idempotency-Key": "k" * 300}}
    yield "POST", "/v1/videos", {"json": {"prompt": "a"}, "headers": {"x-stainless-retry-count": "many"}}


def test_no_refusal_is_in_the_validators_words(http: httpx.Client) -> None:
    phrases = validator_phrases()
    assert {"Input should be a valid string", "Extra inputs are not permitted", "Field required"} <= set(phrases)
    for method, path, sent in bad_requests():
        reply = http.request(method, path, **sent)
        assert reply.status_code in (400, 403, 404), f"{path} {sent}: {reply.status_code} {reply.text}"
        error = reply.json()["error"]
        assert error["message"]
        assert not [phrase for phrase in phrases if phrase in reply.text], f"{path} {sent}: {reply.text}"


def test_a_refusal_says_what_would_be_right(http: httpx.Client) -> None:
    for fields, words in (
        ({"seconds": "soon"}, "seconds must be a number"),
        ({"fps": 0}, "fps must be greater than 0"),
        ({"framing": "near"}, "framing must be 'ecu', 'cu', 'mcu', 'ms' or 'ws'"),
        ({"consent": {"kind": "own", "expires_at": "tomorrow"}}, "consent.expires_at must be a date and time with"),
    ):
        error = create(http, input_reference=PHOTO, **fields).json()["error"]
        assert words in error["message"], error
        assert error["type"] == "invalid_request_error"


def test_a_cancelled_video_ends_the_stock_clients_wait(client: openai.OpenAI, http: httpx.Client) -> None:
    waiting = create(http, input_reference=PHOTO, num_frames=240).json()
    cancelled = client.post(f"/videos/{waiting['id']}/cancel", cast_to=openai.types.Video)
    assert cancelled.status == "cancelled"  # type: ignore[comparison-overlap]
    polled = client.videos.poll(waiting["id"])
    assert (polled.id, polled.status) == (waiting["id"], "cancelled")
    assert http.post(f"/v1/videos/{waiting['id']}/cancel").json()["status"] == "cancelled", "twice is fine"
    http.delete(f"/v1/videos/{waiting['id']}")


def test_a_completed_video_can_be_cancelled_no_more(http: httpx.Client, video_id: str) -> None:
    refused = http.post(f"/v1/videos/{video_id}/cancel")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "take_ended")
    assert refused.headers["x-should-retry"] == "false"
    assert http.post("/v1/videos/video_0/cancel").status_code == 404


def test_a_file_is_known_by_its_hash_and_fetched_once(http: httpx.Client, video_id: str) -> None:
    path = f"/v1/videos/{video_id}/content"
    body = http.get(path, follow_redirects=True).content
    for variant, kind in (("video", "video/mp4"), ("thumbnail", "image/webp"), ("spritesheet", "image/jpeg")):
        asked = {"variant": variant}
        head, link = http.head(path, params=asked), http.get(path, params=asked)
        assert (head.status_code, head.headers["content-type"], head.content) == (200, kind, b"")
        assert link.status_code == 302
        assert head.headers["etag"] == link.headers["etag"]
        if variant == "video":
            assert int(head.headers["content-length"]) == len(body)
        for tag in (head.headers["etag"], f'"other", W/{head.headers["etag"]}', "*"):
            for method in ("HEAD", "GET"):
                reply = http.request(method, path, params=asked, headers={"If-None-Match": tag})
                assert (reply.status_code, reply.content) == (304, b"")
                assert reply.headers["etag"] == head.headers["etag"]
        assert http.get(path, params=asked, headers={"If-None-Match": '"other"'}).status_code == 302
    assert http.head("/v1/videos/video_0/content").status_code == 404


def test_a_list_goes_on_after_a_video_that_there_is(http: httpx.Client, video_id: str) -> None:
    assert http.get("/v1/videos", params={"after": video_id}).status_code == 200
    whole = http.get(f"/v1/videos/{video_id}").json()
    (listed,) = [video for video in http.get("/v1/videos").json()["data"] if video["id"] == video_id]
    assert whole.pop("receipt")
    assert all(one.pop("series") for one in whole["identity"])
    assert listed == whole, "a list leaves out the receipt and the cosines of the frames, and nothing else"
    for unknown in ("video_0", "video_01J9ZK7M2A8M4N6P7R9S0V2W3X", "chr_0"):
        refused = http.get("/v1/videos", params={"after": unknown})
        assert (refused.status_code, refused.json()["error"]["param"]) == (400, "after")


def test_a_list_can_be_walked_while_its_videos_are_deleted(client: openai.OpenAI, http: httpx.Client) -> None:
    made = [create(http, input_reference=PHOTO).json()["id"] for _ in range(3)]
    walked = []
    for video in client.videos.list(limit=1):  # the next page goes on after one that is gone
        walked.append(video.id)
        if video.id in made:
            client.videos.delete(video.id)
    assert walked[:3] == made[::-1]
    assert len(set(walked)) == len(walked)


def test_a_taken_name_names_the_character_that_has_it(client: openai.OpenAI, http: httpx.Client) -> None:
    asked = {"name": "Grace Hopper", "references": [PHOTO], **CONSENT}
    first = http.post("/v1/videos/characters", json=asked).json()["id"]
    with pytest.raises(openai.ConflictError) as refused:
        client.post("/videos/characters", body=asked, cast_to=openai.types.VideoCreateCharacterResponse)
    assert (refused.value.code, refused.value.param) == ("name_taken", "name")
    assert refused.value.body["character_id"] == first  # type: ignore[index]
    shared = http.post("/v1/videos/characters", data=asked | {"allow_duplicate_name": "true"})
    assert shared.status_code == 200, shared.text
    for character_id in (first, shared.json()["id"]):
        http.delete(f"/v1/characters/{character_id}")


def test_a_replayed_reply_says_so(http: httpx.Client, video_id: str) -> None:
    cast = [{"character_id": http.get(f"/v1/videos/{video_id}").json()["characters"][0]["id"]}]
    sent = {
        "/v1/videos": {"prompt": "She nods", "input_reference": PHOTO, **SMALL, **CONSENT},
        f"/v1/videos/{video_id}/remix": {"prompt": "She smiles"},
        "/v1/takes": {"prompt": "She nods", "characters": cast, "seconds": 0.5, "size": "256x256"},
        "/v1/uploads": {"kind": "photo", "content_type": "image/png", "size_bytes": 3, "sha256": "0" * 64},
    }
    for path, body in sent.items():
        headers = {"Idempotency-Key": f"replayed {path}"}
        first, again = (http.post(path, json=body, headers=headers) for _ in range(2))
        assert first.is_success, first.text
        assert "idempotent-replayed" not in first.headers
        assert again.headers["idempotent-replayed"] == "true"
        assert (again.status_code, again.json()) == (first.status_code, first.json())
