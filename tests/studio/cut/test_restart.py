"""A studio that stops amid a cut makes it at its next start."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.cut import plan
from tests.conftest import PostgresCluster
from tests.studio.cut.cutting import LONG_TITLE_S, ended, fetched, film_of_takes, frames_in, under_way
from tests.studio.generation.conftest import open_studio
from tests.studio.storyboard.films import told


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_a_stop_amid_a_cut_is_made_good_at_the_next_start(
    tmp_path: Path, postgres: PostgresCluster, monkeypatch: pytest.MonkeyPatch, database: str
) -> None:
    folder, url = tmp_path / "data", postgres.create("cuts") if database == "postgresql" else None
    async with open_studio(folder, url) as before:
        film, _ = await film_of_takes(before)
        monkeypatch.setattr(plan, "TITLE_S", LONG_TITLE_S)
        cut = told(await before.http.post(f"/v1/projects/{film.id}/cuts"), 201)
        await under_way(before, cut["id"])
    async with open_studio(folder, url) as after:
        done = await ended(after, cut["id"])
        assert (done["state"], done["attempt"]) == ("SUCCEEDED", 2)
        assert frames_in((await fetched(after, cut["id"])).content)[0] == done["frames"]
        assert not any((folder / "scratch" / "cuts").iterdir())
