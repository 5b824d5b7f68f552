"""What is made and the reply that tells of it are kept together: a server that dies in between has made nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, update

from storage.queries.timestamps import instant_after
from storage.tables import Character, CharacterReference, Consent, IdempotencyKey, Project
from storage.unit import Database
from studio.http import idempotency
from tests.studio.conftest import Tenant, example_photo

KEY = {"Idempotency-Key": "once"}
MADE = (Character, CharacterReference, Consent, Project)
Send = Callable[[Tenant, str], Awaitable[httpx.Response]]


class Killed(BaseException):
    """The process ends here: nothing that it would still do is done."""


async def make_video_character(tenant: Tenant, _: str) -> httpx.Response:
    files = {"references": ("x.png", example_photo(), "image/png")}
    sent = {"name": "Ada", "consent": "licensed_example"}
    return await tenant.http.post("/v1/videos/characters", data=sent, files=files, headers=KEY)


async def make_character(tenant: Tenant, photo: str) -> httpx.Response:
    body = {"name": "Ada", "consent": {"kind": "own"}, "references": [{"asset_id": photo}]}
    return await tenant.http.post("/v1/characters", json=body, headers=KEY)


async def import_film(tenant: Tenant, _: str) -> httpx.Response:
    return await tenant.http.post("/v1/projects/import", json={"fountain": "INT. A\n\nShe nods."}, headers=KEY)


async def begin_example(tenant: Tenant, _: str) -> httpx.Response:
    return await tenant.http.post("/v1/projects/example", headers=KEY)


async def count(database: Database, org_id: str) -> dict[str, int]:
    async with database.read(org_id=org_id) as session:
        return {
            table.__tablename__: int((await session.execute(select(func.count()).select_from(table))).scalar_one())
            for table in MADE
        }


@pytest.mark.parametrize("send", [make_video_character, make_character, import_film, begin_example])
async def test_a_server_that_dies_before_the_reply_is_kept_has_made_nothing_and_a_repeat_makes_it_once(
    tenant: Tenant, database: Database, monkeypatch: pytest.MonkeyPatch, send: Send
) -> None:
    photo = await tenant.photo(example_photo())
    kept, forget = idempotency.keep_reply, idempotency.delete_claim

    async def die(*_: Any, **__: Any) -> bool:  # noqa: ANN401 (of whatever it stands in for)
        raise Killed

    before = await count(database, tenant.org_id)
    monkeypatch.setattr(idempotency, "keep_reply", die)
    monkeypatch.setattr(idempotency, "delete_claim", die)
    with pytest.raises(Killed):
        await send(tenant, photo)
    assert await count(database, tenant.org_id) == before
    monkeypatch.setattr(idempotency, "keep_reply", kept)
    monkeypatch.setattr(idempotency, "delete_claim", forget)

    waits = await send(tenant, photo)
    assert (waits.status_code, waits.headers["x-should-retry"]) == (409, "true"), "the dead one's claim is still there"
    await grow_old(database, tenant.org_id)
    first, again = await send(tenant, photo), await send(tenant, photo)
    assert first.status_code in (200, 201), first.text
    assert (again.json(), again.headers["idempotent-replayed"]) == (first.json(), "true")
    made = {name: number - before[name] for name, number in (await count(database, tenant.org_id)).items()}
    assert max(made.values()) == 1, made


async def grow_old(database: Database, org_id: str) -> None:
    """As if the claim had been made an hour ago."""
    async with database.write(org_id=org_id) as session:
        long_ago = await instant_after(session, -timedelta(hours=1))
        await session.execute(update(IdempotencyKey).values(created_at=long_ago))
