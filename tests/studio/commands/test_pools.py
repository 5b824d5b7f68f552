"""Pools of nodes by command: an organisation's takes go to its own, and nobody else's do."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from storage.tables import Project, Take
from storage.unit import Database
from studio.cli import app
from studio.organisations.creation import create_organisation
from studio.storyboard.projects import create_project
from tests.studio.queue.test_release import Film, in_queue


@pytest.fixture
def data(tmp_path: Path, migrated_sqlite: Path) -> Path:
    shutil.copy(migrated_sqlite, tmp_path / "dramatis.sqlite")
    return tmp_path


def run(data: Path, *words: str, fails: bool = False) -> str:
    done = CliRunner().invoke(app, ["pools", *words, "--data", str(data)])
    assert (done.exit_code != 0) == fails, done.output
    return done.output


async def _queues(database: Database) -> dict[str, str]:
    """The pool of each take that nodes can see."""
    seen = await in_queue(database)
    async with database.read() as session:
        rows = await session.execute(select(Take.id, Take.pool).where(Take.id.in_(seen)))
        return {row.id: row.pool for row in rows}


def test_an_organisations_takes_go_to_its_pool_and_back(data: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{data / 'dramatis.sqlite'}")

    async def prepare() -> tuple[str, str]:
        async with database.write() as session:
            ids = [(await create_organisation(session, name=name, plan="studio")).id for name in ("One", "Other")]
        await Film(database, ids[0]).submit("take_ours")
        await Film(database, ids[1]).submit("take_theirs")
        await database.close()
        return ids[0], ids[1]

    ours, theirs = asyncio.run(prepare())
    assert "no pool" in run(data, "assign", "studio-a", ours, fails=True)
    assert "begins with a letter" in run(data, "create", "Studio A", fails=True)
    run(data, "create", "studio-a")
    assert "already" in run(data, "create", "studio-a", fails=True)
    run(data, "assign", "studio-a", ours)
    assert ours in run(data, "list")
    assert theirs not in run(data, "assign", "studio-a", "org_none", fails=True)
    assert ours in run(data, "assign", "studio-a", theirs, fails=True)
    assert asyncio.run(_queues(database)) == {"take_ours": "studio-a", "take_theirs": "shared"}

    async def films(choose: str | None = None) -> list[str | None]:
        async with database.write(org_id=ours) as session:
            if choose is not None:
                film = await create_project(session, org_id=ours, name="The Letter", aspect="16:9")
                film.pool = choose
                await session.flush()
            return list(await session.scalars(select(Project.pool).where(Project.org_id == ours)))

    assert asyncio.run(films("studio-a")) == ["studio-a"]
    run(data, "remove", "studio-a")
    assert asyncio.run(_queues(database)) == {"take_ours": "shared", "take_theirs": "shared"}
    assert asyncio.run(films()) == [None], "a film that chose it goes where takes usually go"
    assert "stays" in run(data, "remove", "shared", fails=True)
