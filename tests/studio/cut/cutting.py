"""Films of real takes, and their cuts, by HTTP."""

from __future__ import annotations

import asyncio
import io
import time
from typing import Any

import av
import httpx

from tests.studio.generation.conftest import Studio
from tests.studio.storyboard.films import Film, open_film, told

ENDED = {"SUCCEEDED", "FAILED", "CANCELLED", "CONSENT_BLOCKED"}
LONG_TITLE_S = 100


async def film_of_takes(studio: Studio, name: str = "The Letter", **more: object) -> tuple[Film, list[str]]:
    """Three shots in two scenes; the first has two takes, the third has none."""
    film = await open_film(studio.http, name)
    small = {"characters": [{"character_id": studio.character_id}], "size": "256x256", "seconds": 0.5, **more}
    first, second = await film.scene("INT. A"), await film.scene("INT. B")
    shots = [await film.shot(first, "Eileen nods", **small), await film.shot(first, "Eileen smiles", **small)]
    shots.append(await film.shot(second, "Eileen waves", **small))
    for shot_id, count in ((shots[0], 2), (shots[1], 1)):
        takes = told(await studio.http.post(f"/v1/shots/{shot_id}/takes", json={"count": count}), 201)["data"]
        for take in takes:
            assert (await studio.until(take["id"]))["state"] == "SUCCEEDED"
    return film, shots


async def take_ids(studio: Studio, shot_id: str) -> list[str]:
    """Oldest first."""
    return [take["id"] for take in reversed(told(await studio.http.get(f"/v1/shots/{shot_id}/takes"))["data"])]


async def ended(studio: Studio, cut_id: str, *states: str) -> dict[str, Any]:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        cut = told(await studio.http.get(f"/v1/cuts/{cut_id}"))
        if cut["state"] in (states or ENDED):
            return cut
        await asyncio.sleep(0.05)
    raise AssertionError(f"the cut is {cut['state']}")


async def under_way(studio: Studio, cut_id: str) -> dict[str, Any]:
    while (cut := await ended(studio, cut_id, "RENDERING", *ENDED))["progress"] == 0:
        await asyncio.sleep(0.05)
    assert cut["state"] == "RENDERING", cut
    return cut


async def fetched(studio: Studio, cut_id: str) -> httpx.Response:
    link = (await studio.http.get(f"/v1/cuts/{cut_id}/content")).headers["location"]
    return await studio.follow(link)


def frames_in(film: bytes) -> tuple[int, tuple[int, int]]:
    with av.open(io.BytesIO(film)) as container:
        sizes = [(frame.width, frame.height) for frame in container.decode(video=0)]
    return len(sizes), sizes[0]
