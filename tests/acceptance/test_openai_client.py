"""The stock `openai` client against a live server: every method, sync and async, and each error as it raises it."""

from __future__ import annotations

import asyncio
import base64
import io
import socket
from typing import Any

import av
import httpx
import openai
import pytest
from openai.types import Video
from PIL import Image

from inference.protocol import CharacterInput, Reference, RenderRequest, Source
from storage.queries.assets import insert_ready_asset
from storage.queries.takes import insert_take
from storage.queries.videos import insert_video
from storage.tables import Take
from storage.unit import Database
from studio.api_keys.keys import issue_api_key
from studio.examples import example_path
from studio.http.ids import new_id
from studio.organisations.creation import create_organisation
from tests.faults.server import Server

SMALL: dict[str, Any] = {"seconds": "0.5", "size": "256x256"}  # words, as the client's types want them
CONSENT = {"consent": "licensed_example"}


def photo() -> tuple[str, bytes, str]:
    return ("eileen.png", example_path().read_bytes(), "image/png")


def make(client: openai.OpenAI, prompt: str = "She nods", **more: Any) -> Video:  # noqa: ANN401 (words of the client)
    """A small video, waited for."""
    extra = {**CONSENT, "seed": 3} | more.pop("extra_body", {})
    return client.videos.create_and_poll(
        prompt=prompt, model="previs", input_reference=photo(), poll_interval_ms=100, extra_body=extra, **SMALL | more
    )


@pytest.fixture(scope="module")
def done(client: openai.OpenAI) -> Video:
    """A completed video."""
    video = make(client)
    assert video.status == "completed", video
    return video


def test_a_video_of_a_real_face_comes_with_its_identity_and_its_receipt(client: openai.OpenAI, done: Video) -> None:
    told = client.videos.retrieve(done.id).to_dict()
    assert (told["object"], told["progress"], told["seconds"], told["size"]) == ("video", 100, "0.5", "256x256")
    assert told["completed_at"] >= told["created_at"]
    (report,) = told["identity"]
    assert report["verdict"] in ("pass", "fail", "unscored")
    assert told["receipt"]["seed"] == told["seed"] == 3
    assert told["receipt"]["sha256"]


def test_all_three_files_can_be_downloaded(client: openai.OpenAI, done: Video) -> None:
    clip = client.videos.download_content(done.id)
    assert clip.read()[4:8] == b"ftyp"
    for variant, kind in (("thumbnail", "WEBP"), ("spritesheet", "JPEG")):
        body = client.videos.download_content(done.id, variant=variant).read()  # type: ignore[arg-type]
        assert Image.open(io.BytesIO(body)).format == kind


def test_content_is_a_link_that_expires_not_a_stream(live: Server, done: Video) -> None:
    headers = {"Authorization": f"Bearer {live.api_key}"}
    reply = httpx.get(f"{live.url}/v1/videos/{done.id}/content", headers=headers)
    assert reply.status_code == 302
    assert "X-Amz-Expires=900" in reply.headers["location"]
    assert httpx.get(reply.headers["location"].replace("X-Amz-Signature=", "X-Amz-Signature=0")).status_code == 403


def test_remix_and_edit_play_the_same_staging_again(client: openai.OpenAI, live: Server, done: Video) -> None:
    remixed = client.videos.remix(done.id, prompt="She smiles")
    edited = client.videos.edit(prompt="She frowns", video=b"", extra_body={"video": {"id": done.id}})
    for video, prompt in ((remixed, "She smiles"), (edited, "She frowns")):
        told = client.videos.poll(video.id, poll_interval_ms=100).to_dict()
        assert told["status"] == "completed", told
        assert told["prompt"] == prompt
        assert told["remixed_from_video_id"] == done.id
        assert (told["seed"], told["size"]) == (3, done.size)
    with pytest.raises(openai.BadRequestError) as refused:
        client.videos.edit(prompt="She frowns", video=("mine.mp4", b"footage", "video/mp4"))
    assert refused.value.code == "model_cannot"
    assert "previs" in refused.value.message


def test_a_character_is_kept_and_cast_by_id_and_by_name(client: openai.OpenAI) -> None:
    url = "data:image/png;base64," + base64.b64encode(example_path().read_bytes()).decode()
    made = client.post(
        "/videos/characters",
        body={"name": "Eileen C", "references": [{"image_url": url}], **CONSENT},
        cast_to=openai.types.VideoCreateCharacterResponse,
    )
    assert client.videos.get_character(str(made.id)).name == "Eileen C"
    for prompt, extra in (
        ("@eileen_c nods", {}),
        ("She nods", {"characters": [{"id": made.id}]}),
        (f"@{made.id} nods", {"characters": [made.id]}),
    ):
        queued = client.videos.create(prompt=prompt, extra_body=extra, **SMALL)
        assert [one["id"] for one in queued.to_dict()["characters"]] == [made.id]  # type: ignore[attr-defined]
        assert queued.prompt == prompt
        client.videos.delete(queued.id)


def test_a_character_is_made_of_a_video_too(client: openai.OpenAI) -> None:
    made = client.videos.create_character(
        name="Filmed", video=("eileen.mp4", filmed(), "video/mp4"), extra_body={"consent": "own"}
    )
    assert client.videos.get_character(str(made.id)).name == "Filmed"
    with pytest.raises(openai.PermissionDeniedError):
        client.videos.create_character(name="Filmed", video=("eileen.mp4", filmed(), "video/mp4"))
    for broken in (b"\0" * 1000, filmed()[:400], photo()[1]):
        with pytest.raises(openai.BadRequestError) as refused:
            client.videos.create_character(
                name="X", video=("x.mp4", broken, "video/mp4"), extra_body={"consent": "own"}
            )
        assert refused.value.code == "undecodable"


def filmed() -> bytes:
    """The example photo, held for half a second."""
    stream = io.BytesIO()
    with av.open(stream, "w", format="mp4") as container:
        track = container.add_stream("libx264", rate=24)
        track.width = track.height = 512
        frame = av.VideoFrame.from_image(Image.open(example_path()).convert("RGB"))
        for _ in range(12):
            container.mux(track.encode(frame))
        container.mux(track.encode(None))
    return stream.getvalue()


def test_an_extension_goes_on_with_the_same_cast(client: openai.OpenAI, done: Video) -> None:
    longer = client.videos.extend(prompt="She smiles", seconds="1", video=b"", extra_body={"video": {"id": done.id}})  # type: ignore[arg-type]
    told = client.videos.poll(longer.id, poll_interval_ms=100).to_dict()
    assert (told["status"], told["seconds"], told["remixed_from_video_id"]) == ("completed", "1", done.id)
    assert told["characters"] == done.to_dict()["characters"]
    waiting = client.videos.create(prompt="endlessly", input_reference=photo(), extra_body=CONSENT, **SMALL)
    with pytest.raises(openai.BadRequestError):
        client.videos.extend(prompt="On", seconds="1", video=b"", extra_body={"video": {"id": waiting.id}})  # type: ignore[arg-type]
    client.videos.delete(waiting.id)


def test_two_people_stand_where_they_are_told(client: openai.OpenAI) -> None:
    one, other = make(client), make(client)
    ids = [video.to_dict()["characters"][0]["id"] for video in (one, other)]  # type: ignore[index]
    cast = [{"id": ids[0], "placement": "right"}, {"id": ids[1], "placement": "left"}]
    video = client.videos.create(prompt="They nod", extra_body={"characters": cast}, **SMALL)
    assert [who["placement"] for who in video.to_dict()["characters"]] == ["right", "left"]  # type: ignore[attr-defined]
    assert client.videos.poll(video.id, poll_interval_ms=100).status == "completed"


def test_a_deleted_video_takes_its_files_and_its_one_off_face_with_it(client: openai.OpenAI, live: Server) -> None:
    video = make(client)
    face = video.to_dict()["characters"][0]["id"]  # type: ignore[index]
    link = httpx.get(
        f"{live.url}/v1/videos/{video.id}/content", headers={"Authorization": f"Bearer {live.api_key}"}
    ).headers["location"]
    assert httpx.get(link).status_code == 200
    gone = client.videos.delete(video.id)
    assert (gone.id, gone.deleted, gone.object) == (video.id, True, "video.deleted")
    assert httpx.get(link).status_code == 404
    for ask in (lambda: client.videos.retrieve(video.id), lambda: client.videos.get_character(face)):
        with pytest.raises(openai.NotFoundError):
            ask()


def test_a_video_that_renders_can_be_deleted(client: openai.OpenAI) -> None:
    queued = client.videos.create(prompt="She nods endlessly", input_reference=photo(), extra_body=CONSENT, **SMALL)
    assert client.videos.delete(queued.id).deleted
    with pytest.raises(openai.NotFoundError):
        client.videos.retrieve(queued.id)


def test_a_failed_render_is_a_failed_video(client: openai.OpenAI) -> None:
    video = make(client, prompt="break")
    assert video.status == "failed"
    assert video.error is not None
    assert video.error.code


REFUSED: dict[str, tuple[dict[str, Any], type[openai.APIStatusError], str]] = {
    "unknown model": ({"model": "sora-2"}, openai.BadRequestError, "request_refused"),
    "no reference": ({"input_reference": openai.omit}, openai.BadRequestError, "reference_required"),
    "no consent": ({"extra_body": {}}, openai.PermissionDeniedError, "consent_required"),
    "another's licence": (
        {"extra_body": {"consent": "permission"}},
        openai.PermissionDeniedError,
        "consent_insufficient",
    ),
    "no such size": ({"size": "999x999"}, openai.BadRequestError, "request_refused"),
    "no picture": ({"input_reference": ("a.png", b"GIF89a", "image/png")}, openai.BadRequestError, "undecodable"),
    "unknown field": ({"extra_body": {**CONSENT, "flavour": "salt"}}, openai.BadRequestError, "invalid_request"),
    "unknown name": ({"prompt": "@nobody nods"}, openai.BadRequestError, "invalid_request"),
    "unknown character": (
        {"input_reference": openai.omit, "extra_body": {"characters": ["chr_0"]}},
        openai.NotFoundError,
        "not_found",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_is_raised_as_the_clients_own_error(client: openai.OpenAI, case: str) -> None:
    changed, error, code = REFUSED[case]
    sent = {"prompt": "She nods", "input_reference": photo(), "extra_body": CONSENT, **SMALL} | changed
    with pytest.raises(error) as refused:
        client.videos.create(**sent)
    assert refused.value.code == code
    assert refused.value.request_id
    if case == "unknown model":
        assert "previs" in refused.value.message
    if case == "no such size":
        assert "256x256" in str(refused.value.body) or "720x720" in refused.value.message


def test_keys_and_scopes_are_refused_as_the_client_knows_it(live: Server, client: openai.OpenAI) -> None:
    with pytest.raises(openai.AuthenticationError):
        client.with_options(api_key="drm_nonsense").videos.list()
    with pytest.raises(openai.NotFoundError):
        client.videos.retrieve("video_0")
    reply = httpx.post(f"{live.url}/v1/videos", headers={"Authorization": f"Bearer {live.api_key}"}, content=b"x")
    assert reply.status_code == 400
    assert reply.json()["error"]["type"] == "invalid_request_error"


def test_one_key_makes_one_video_however_often_it_is_sent(client: openai.OpenAI) -> None:
    def send(prompt: str = "She nods") -> Video:
        headers = {"Idempotency-Key": "the-same"}
        return client.videos.create(
            prompt=prompt, input_reference=photo(), extra_body=CONSENT, extra_headers=headers, **SMALL
        )

    first = send()
    assert send().id == first.id
    with pytest.raises(openai.UnprocessableEntityError) as refused:
        send("She smiles")
    assert refused.value.code == "idempotency_key_reused"


def test_models_say_what_they_can_be_asked_for(client: openai.OpenAI) -> None:
    models = {model.id: model.to_dict() for model in client.models.list()}
    assert "768x432" in models["previs"]["sizes"]  # type: ignore[operator]
    assert models["previs"]["licence"] == "Apache-2.0"


def test_one_model_is_told_by_name(client: openai.OpenAI) -> None:
    assert client.models.retrieve("previs").to_dict()["max_characters"] == 3
    with pytest.raises(openai.NotFoundError) as refused:
        client.models.retrieve("sora-2")
    assert "previs" in refused.value.message


def test_a_form_and_json_say_the_same_as_multipart(live: Server, client: openai.OpenAI) -> None:
    url = "data:image/png;base64," + base64.b64encode(example_path().read_bytes()).decode()
    headers = {"Authorization": f"Bearer {live.api_key}"}
    asked = {"prompt": "She nods", "num_frames": 12, "size": "256x256", "seed": 3, "input_reference": url, **CONSENT}
    for sent in ({"json": asked}, {"data": asked}):
        reply = httpx.post(f"{live.url}/v1/videos", headers=headers, **sent)  # type: ignore[arg-type]
        told = reply.json()
        assert reply.status_code == 200, told
        assert (told["seconds"], told["size"], told["seed"]) == ("0.5", "256x256", 3)
        client.videos.delete(told["id"])
    reply = httpx.post(f"{live.url}/v1/videos", headers=headers, json=asked | {"seconds": "2"})
    assert (reply.status_code, reply.json()["error"]["param"]) == (400, "num_frames")
    reply = httpx.post(f"{live.url}/v1/videos", headers=headers, json=asked | {"control": {"kind": "previs"}})
    assert (reply.status_code, reply.json()["error"]["param"]) == (400, "control")


def test_an_organisation_attests_consent_once(live: Server, client: openai.OpenAI) -> None:
    headers = {"Authorization": f"Bearer {live.api_key}"}
    standing = f"{live.url}/v1/organisation/standing-consent"
    attested = {"kind": "permission", "by": "Example Ltd", "evidence": "https://example.com/terms#likeness"}
    assert httpx.get(standing, headers=headers).json() is None
    assert httpx.put(standing, headers=headers, json=attested).json() == attested
    try:
        video = client.videos.create(prompt="She nods", input_reference=photo(), **SMALL)
        face = video.to_dict()["characters"][0]["id"]  # type: ignore[index]
        consent = httpx.get(f"{live.url}/v1/characters/{face}", headers=headers).json()["consent"]
        assert (consent["kind"], consent["by"]) == ("permission", "Example Ltd")
        client.videos.delete(video.id)
        own = {"consent": {"kind": "own", "by": "Eileen"}}
        kept = client.videos.create(prompt="She nods", input_reference=photo(), extra_body=own, **SMALL)
        face = kept.to_dict()["characters"][0]["id"]  # type: ignore[index]
        assert httpx.get(f"{live.url}/v1/characters/{face}", headers=headers).json()["consent"]["kind"] == "own"
        client.videos.delete(kept.id)
    finally:
        assert httpx.delete(standing, headers=headers).status_code == 204
    with pytest.raises(openai.PermissionDeniedError):
        client.videos.create(prompt="She nods", input_reference=photo(), **SMALL)


async def test_every_other_error_is_the_clients_own_class_too(live: Server) -> None:
    """A server that is slow or gone, a request under way already, an organisation that keeps too much."""
    with openai.OpenAI(base_url=f"{live.url}/v1", api_key=live.api_key, max_retries=0) as client:
        with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(openai.APITimeoutError):
            client.with_options(base_url=f"http://127.0.0.1:{silent.getsockname()[1]}/v1", timeout=0.2).videos.list()
        with pytest.raises(openai.APIConnectionError):
            client.with_options(base_url="http://127.0.0.1:9/v1").videos.list()

        def create() -> Video:
            headers = {"Idempotency-Key": "in flight"}
            return client.videos.create(
                prompt="She nods", input_reference=photo(), extra_body=CONSENT, extra_headers=headers, **SMALL
            )

        outcomes = await asyncio.gather(*(asyncio.to_thread(create) for _ in range(4)), return_exceptions=True)
        made = {one.id for one in outcomes if isinstance(one, Video)}
        waited = [one for one in outcomes if isinstance(one, openai.ConflictError)]
        assert len(made) == 1
        assert len(waited) + sum(isinstance(one, Video) for one in outcomes) == 4
        assert waited, "none met the first one at work"
        assert {one.code for one in waited} == {"idempotency_in_progress"}
        client.videos.delete(made.pop())
    database = Database(live.database_url)
    async with database.write() as session:
        organisation = await create_organisation(session, name="Full")
        issued = await issue_api_key(session, org_id=organisation.id, name="full")
        await insert_ready_asset(
            session,
            org_id=organisation.id,
            asset_id=new_id("ast"),
            kind="evidence",
            content_type="application/pdf",
            size_bytes=6 * 1024**3,
            object_key=f"orgs/{organisation.id}/large",
            sha256="0" * 64,
        )
    await database.close()
    with openai.OpenAI(base_url=f"{live.url}/v1", api_key=issued.secret) as client:
        with pytest.raises(openai.RateLimitError) as limited:
            client.videos.create(prompt="She nods", input_reference=photo(), extra_body=CONSENT, **SMALL)
        assert limited.value.code == "storage_limit_reached"
        assert limited.value.request.headers["x-stainless-retry-count"] == "0"  # told not to try again by itself


async def test_the_asynchronous_client_has_every_method(live: Server) -> None:
    async with openai.AsyncOpenAI(base_url=f"{live.url}/v1", api_key=live.api_key) as client:
        made = await client.videos.create_character(
            name="Filmed twice", video=("eileen.mp4", filmed(), "video/mp4"), extra_body={"consent": "own"}
        )
        assert (await client.videos.get_character(str(made.id))).name == "Filmed twice"
        first = await client.videos.create(prompt="She nods", extra_body={"characters": [made.id]}, **SMALL)
        video = await client.videos.poll(first.id, poll_interval_ms=100)
        assert video.status == "completed"
        assert (await client.videos.retrieve(first.id)).id == first.id
        for variant, kind in (("thumbnail", "WEBP"), ("spritesheet", "JPEG")):
            body = await (await client.videos.download_content(first.id, variant=variant)).aread()  # type: ignore[arg-type]
            assert Image.open(io.BytesIO(body)).format == kind
        named = {"extra_body": {"video": {"id": first.id}}, "video": b""}
        edited = await client.videos.edit(prompt="She frowns", **named)  # type: ignore[arg-type]
        longer = await client.videos.extend(prompt="She smiles", seconds="1", **named)  # type: ignore[arg-type]
        assert edited.remixed_from_video_id == longer.remixed_from_video_id == first.id
        assert (await client.models.retrieve("previs")).id == "previs"
        for each in (edited, longer, first):
            assert (await client.videos.delete(each.id)).deleted
        with pytest.raises(openai.BadRequestError):
            await client.videos.create(prompt="She nods", **SMALL)


async def test_the_asynchronous_client_does_the_same(live: Server) -> None:
    async with openai.AsyncOpenAI(base_url=f"{live.url}/v1", api_key=live.api_key) as client:
        videos = await asyncio.gather(
            *(
                client.videos.create_and_poll(
                    prompt="She nods", input_reference=photo(), extra_body=CONSENT, poll_interval_ms=100, **SMALL
                )
                for _ in range(2)
            )
        )
        assert {video.status for video in videos} == {"completed"}
        assert (await (await client.videos.download_content(videos[0].id)).aread())[4:8] == b"ftyp"
        assert videos[1].id in [video.id async for video in client.videos.list(limit=5)]
        remixed = await client.videos.remix(videos[0].id, prompt="She smiles")
        for each in (remixed, *videos):
            assert (await client.videos.delete(each.id)).deleted
        with pytest.raises(openai.NotFoundError):
            await client.videos.retrieve(remixed.id)


async def test_a_thousand_videos_are_listed_once_each_in_both_orders(live: Server) -> None:
    database = Database(live.database_url)
    async with database.write() as session:
        organisation = await create_organisation(session, name="Many")
        issued = await issue_api_key(session, org_id=organisation.id, name="many")
        ids = sorted([await _insert(session, organisation.id, number) for number in range(1000)])
    await database.close()
    with openai.OpenAI(base_url=f"{live.url}/v1", api_key=issued.secret) as client:
        assert [video.id for video in client.videos.list(limit=100)] == ids[::-1]
        assert [video.id for video in client.videos.list(limit=100, order="asc")] == ids
        async with openai.AsyncOpenAI(base_url=f"{live.url}/v1", api_key=issued.secret) as other:
            assert [video.id async for video in other.videos.list(limit=100)] == ids[::-1]
        page = client.videos.list(limit=30, after=ids[500])
        assert [video.id for video in page.data] == ids[499:469:-1]
        assert page.has_more
        with pytest.raises(openai.BadRequestError):
            client.videos.list(limit=1001)


async def _insert(session: Any, org_id: str, number: int) -> str:  # noqa: ANN401 (a session)
    source = Source(url="asset:ast_0", sha256="0" * 64)
    request = RenderRequest(
        model="previs",
        prompt=f"{number}",
        characters=(CharacterInput(id="chr_0", name="Nobody", references=(Reference(source=source),)),),
        seconds=0.5,
        fps=24,
        width=256,
        height=256,
        seed=number,
        steps=20,
        guidance_scale=1.0,
        tier="draft",
    )
    take = Take(
        id=new_id("take"),
        org_id=org_id,
        state="CANCELLED",
        request=request.model_dump(mode="json"),
        model="previs",
        prompt=request.prompt,
        seed=number,
        seconds=0.5,
        width=256,
        height=256,
    )
    await insert_take(session, take, character_ids=[])
    video_id = "video_" + take.id.removeprefix("take_")
    await insert_video(
        session, org_id=org_id, video_id=video_id, take_id=take.id, prompt=take.prompt, remixed_from_id=None
    )
    return video_id


def test_the_previs_keeps_the_face_of_the_photo_that_was_sent(previs: Server) -> None:
    """Once with the real model, as people get it."""
    with openai.OpenAI(base_url=f"{previs.url}/v1", api_key=previs.api_key) as client:
        video = make(client, prompt="She smiles", seconds="1", size="384x384")
    told = video.to_dict()
    assert told["status"] == "completed", told
    (report,) = told["identity"]  # type: ignore[misc]
    assert report["verdict"] == "pass"
    assert report["score"] > report["threshold"]
