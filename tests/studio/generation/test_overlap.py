"""While a take's clip is decoded the next take is denoised by the same engine, and no third one begins."""

from __future__ import annotations

from pathlib import Path

from tests.studio.generation.conftest import open_studio

LINGERING = "tests.inference.lingering"


async def test_the_next_take_is_denoised_while_the_one_before_is_decoded(tmp_path: Path) -> None:
    async with open_studio(tmp_path, module=LINGERING) as studio:
        first = await studio.submit("She nods")
        await studio.until(first["id"], "RENDERING")  # two that are taken up at once may begin in either order
        second = await studio.submit("She smiles endlessly")
        third = await studio.submit("She frowns")
        began = await studio.until_denoising(second["id"])
        before = await studio.take(first["id"])
        assert (began["state"], before["state"], before["stage"]) == ("RENDERING", "RENDERING", "decode")
        assert (await studio.take(third["id"]))["state"] == "QUEUED"
        cancelled = await studio.http.post(f"/v1/takes/{second['id']}/cancel")
        assert cancelled.status_code == 200
        ended = [(await studio.until(take["id"]))["state"] for take in (first, second, third)]
        assert ended == ["SUCCEEDED", "CANCELLED", "SUCCEEDED"]
