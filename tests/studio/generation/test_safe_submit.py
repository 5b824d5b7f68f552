"""Sent many times, done once: by Idempotency-Key, and by the stock OpenAI client's own retries, on both databases."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from PIL import Image
from sqlalchemy import func, select, update

from storage.queries.timestamps import instant_after
from storage.tables import Character, IdempotencyKey, Take, Video
from studio.examples import example_path
from studio.http import idempotency
from tests.studio.generation.conftest import Studio, open_studio

COPIES = 200
Headers = dict[str, str]
RETRY: Headers = {"x-stainless-retry-count": "1"}


@pytest_asyncio.fixture
async def either_studio(tmp_path: Path, database_url: str) -> AsyncIterator[Studio]:
    async with open_studio(tmp_path / "data", database_url) as studio:
        yield studio


async def count(studio: Studio, table: type[Any]) -> int:
    async with studio.database.read(org_id=studio.org_id) as session:
        return int((await session.execute(select(func.count()).select_from(table))).scalar_one())


async def insist(studio: Studio, path: str, headers: Headers, **body: Any) -> httpx.Response:  # noqa: ANN401 (httpx's)
    """Send until the answer is not "wait", as a patient client does."""
    while True:
        reply = await studio.http.post(path, headers=headers, **body)
        if reply.status_code != 409:
            return reply
        assert reply.headers["x-should-retry"] == "true"
        await asyncio.sleep(float(reply.headers["retry-after"]) / 4)


def video(prompt: str = "She nods") -> dict[str, Any]:
    stream = io.BytesIO()
    Image.open(example_path()).convert("RGB").save(stream, "JPEG", quality=80)
    fields = {"prompt": prompt, "seconds": "0.5", "size": "256x256", "consent": "own"}
    return {"data": fields, "files": {"input_reference": ("me.jpg", stream.getvalue(), "image/jpeg")}}


async def test_two_hundred_copies_make_one_job(either_studio: Studio) -> None:
    studio = either_studio
    characters = await count(studio, Character)
    for number, headers in enumerate((RETRY, {"Idempotency-Key": "the same"}), start=1):
        prompt = f"She nods {number} times"
        take = {"json": studio.body(prompt)}
        replies = await asyncio.gather(*(insist(studio, "/v1/takes", headers, **take) for _ in range(COPIES)))
        assert {reply.status_code for reply in replies} == {201}
        assert len({reply.content for reply in replies}) == 1
        assert await count(studio, Take) == 2 * number - 1
        others = headers if headers is RETRY else {"Idempotency-Key": "another"}
        replies = await asyncio.gather(*(insist(studio, "/v1/videos", others, **video(prompt)) for _ in range(COPIES)))
        assert {reply.status_code for reply in replies} == {200}, replies[0].text
        assert len({reply.content for reply in replies}) == 1
        assert await count(studio, Take) == 2 * number
    assert await count(studio, Character) == characters + 2  # one face enrolled for each video, not two hundred


async def test_a_video_its_one_off_and_its_reply_are_kept_together(
    either_studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever dies in between leaves no face behind, and a repeat makes the video once."""
    studio, headers, tables = either_studio, {"Idempotency-Key": "once"}, (Character, Take, Video)
    before = [await count(studio, table) for table in tables]

    async def die(*_: object, **__: object) -> bool:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(idempotency, "keep_reply", die)
        with pytest.raises(SystemExit):
            await studio.http.post("/v1/videos", headers=headers, **video("She waits"))
    assert [await count(studio, table) for table in tables] == before
    replies = [await studio.http.post("/v1/videos", headers=headers, **video("She waits")) for _ in range(2)]
    assert replies[0].status_code == 200, replies[0].text
    assert replies[0].json()["id"] == replies[1].json()["id"]
    assert [await count(studio, table) for table in tables] == [number + 1 for number in before]


async def test_a_first_sending_is_new_and_its_retry_is_not(studio: Studio) -> None:
    async def send(retries: int | None, **more: object) -> str:
        headers = {} if retries is None else {"x-stainless-retry-count": str(retries)}
        reply = await studio.http.post("/v1/takes", json=studio.body("She winks", **more), headers=headers)
        assert reply.status_code == 201, reply.text
        return str(reply.json()["id"])

    first = await send(0)
    assert await send(1) == await send(2) == first
    again = await send(0)  # meant: a client that counts its retries says that this is none
    assert again != first
    assert await send(1) == again
    assert await send(1, seed=99) not in (first, again)
    assert len({await send(None), await send(None)}) == 2
    async with studio.database.write(org_id=studio.org_id) as session:
        long_ago = await instant_after(session, -timedelta(hours=1))
        await session.execute(update(IdempotencyKey).values(created_at=long_ago))
    assert await send(1) != again


async def test_another_key_of_the_organisation_is_another_sender(studio: Studio) -> None:
    made = await studio.http.post("/v1/api-keys", json={"name": "second"})
    other = {"Authorization": f"Bearer {made.json()['key']}", **RETRY}
    first = await studio.http.post("/v1/takes", json=studio.body("She blinks"), headers=RETRY)
    second = await studio.http.post("/v1/takes", json=studio.body("She blinks"), headers=other)
    assert first.json()["id"] != second.json()["id"]


async def test_while_the_first_is_at_work_a_copy_is_told_to_wait(studio: Studio) -> None:
    async def send() -> httpx.Response:
        return await studio.http.post("/v1/videos", headers=RETRY, **video("She frowns"))

    first, copy = sorted(await asyncio.gather(send(), send()), key=lambda reply: reply.status_code)
    assert (first.status_code, copy.status_code) == (200, 409)
    assert copy.json()["error"]["code"] == "idempotency_in_progress"
    assert (copy.headers["retry-after"], copy.headers["x-should-retry"]) == ("2", "true")
    assert (await send()).json() == first.json()


async def test_what_was_refused_may_be_sent_again_under_the_same_key(studio: Studio) -> None:
    key = {"Idempotency-Key": "refused at first"}
    sent = video("She laughs")
    refused = await studio.http.post(
        "/v1/videos", headers=key, data=sent["data"] | {"size": "99x99"}, files=sent["files"]
    )
    assert refused.status_code == 400
    assert (await studio.http.post("/v1/videos", headers=key, **sent)).status_code == 200


async def test_a_claim_whose_holder_died_is_taken_over(studio: Studio) -> None:
    key = {"Idempotency-Key": "left behind"}
    sent = video("She yawns")
    (await studio.http.post("/v1/videos", headers=key, **sent)).raise_for_status()
    async with studio.database.write(org_id=studio.org_id) as session:
        long_ago = await instant_after(session, -timedelta(minutes=3))
        of_it = update(IdempotencyKey).where(IdempotencyKey.key == "left behind")
        await session.execute(of_it.values(status=None, body=None))
    assert (await studio.http.post("/v1/videos", headers=key, **sent)).status_code == 409
    async with studio.database.write(org_id=studio.org_id) as session:
        await session.execute(of_it.values(created_at=long_ago))
    assert (await studio.http.post("/v1/videos", headers=key, **sent)).status_code == 200
