"""An engine that rested, and gave its weights back, renders what it rendered before."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.studio.engines.turns import open_studio


async def test_after_a_rest_the_same_request_gives_the_same_bytes(tmp_path: Path) -> None:
    async with open_studio(tmp_path, rest_after_s=0.5) as studio:
        request = studio.request(seed=1)
        before = await studio.render("before", request)
        while studio.engine.pid is not None:
            await asyncio.sleep(0.05)
        assert studio.engine.why_not_ready is None
        after, beside = await asyncio.gather(studio.render("after", request), studio.render("beside", request))
        assert before.hashes() == after.hashes() == beside.hashes()
