"""What one organisation may have in the queue and in the engines, and what the studio as a whole accepts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from storage.queries.accounts import set_plan_name
from studio.api_keys.keys import issue_api_key
from studio.organisations import plans
from studio.organisations.creation import create_organisation
from studio.organisations.plans import PLANS, Plan
from tests.studio.generation.conftest import Studio, cast_character, client_of, open_studio

NARROW = Plan("narrow", requests_a_minute=60_000, queued_jobs=3, running_jobs=1, storage_bytes=None)


@pytest_asyncio.fixture(scope="module")
async def narrow(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Studio]:
    """A studio of two slots, in which the local organisation may have three takes waiting and one running."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plans, "PLANS", PLANS | {NARROW.name: NARROW})
        async with open_studio(tmp_path_factory.mktemp("narrow"), render_concurrency=2) as studio:
            async with studio.database.write(org_id=studio.org_id) as session:
                await set_plan_name(session, org_id=studio.org_id, plan=NARROW.name)
            yield studio


async def test_no_more_takes_wait_than_the_plan_has_and_one_organisation_leaves_a_slot_to_others(
    narrow: Studio, tmp_path: Path
) -> None:
    async with narrow.database.write() as session:
        organisation = await create_organisation(session, name="Elsewhere")
        issued = await issue_api_key(session, org_id=organisation.id, name="elsewhere")
    character_id = await cast_character(narrow.database, narrow.objects, organisation.id)
    served = tmp_path / "served"
    first = await narrow.submit(f"until {served}")
    await narrow.until(first["id"], "RENDERING")
    replies = await asyncio.gather(*(narrow.http.post("/v1/takes", json=narrow.body("She nods")) for _ in range(8)))
    assert sorted(reply.status_code for reply in replies) == [201] * 3 + [429] * 5
    refused = next(reply for reply in replies if reply.status_code == 429)
    assert refused.json()["code"] == "queue_limit_reached"
    assert refused.headers["retry-after"] == "15"
    async with client_of(narrow.app, issued.secret) as http:
        body = narrow.body("She nods") | {"characters": [{"character_id": character_id}]}
        other = (await http.post("/v1/takes", json=body)).json()
        while (await http.get(f"/v1/takes/{other['id']}")).json()["state"] != "SUCCEEDED":
            ours = (await narrow.http.get("/v1/takes", params={"state": "RENDERING"})).json()["data"]
            assert len(ours) <= 1
            await asyncio.sleep(0.1)
    served.touch()
    for reply in replies:
        if reply.status_code == 201:
            await narrow.until(reply.json()["id"])


async def test_a_full_studio_says_so_early(narrow: Studio) -> None:
    queue = narrow.app.state.queue
    queue._most_waiting, queue._looked_at = 0, 0.0
    for path in ("/v1/takes", "/v1/videos"):
        reply: httpx.Response = await narrow.http.post(path, content=b"never read")
        assert reply.status_code == 503, reply.text
        assert reply.headers["retry-after"] == "60"
        assert "studio_full" in reply.text
    queue._most_waiting, queue._looked_at = 50_000, 0.0
    assert (await narrow.http.post("/v1/takes", json=narrow.body())).status_code == 201
