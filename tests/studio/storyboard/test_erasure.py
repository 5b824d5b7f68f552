"""A film that is erased leaves no row, on either database; others keep theirs."""

from __future__ import annotations

from sqlalchemy import func, select

from storage.objects import Objects
from storage.tables import Attempt, BoardEdit, Cut, Project, Scene, Shot, ShotTake, Table, Take, TakeNote
from storage.unit import Database
from studio.storyboard.erasure import finish_erasures
from tests.studio.conftest import Tenant
from tests.studio.storyboard.films import told
from tests.studio.storyboard.long_film import LongFilm, fill_film

KINDS: tuple[type[Table], ...] = (Project, Scene, Shot, ShotTake, Take, BoardEdit, TakeNote, Attempt, Cut)


async def count_rows(database: Database, org_id: str) -> dict[str, int]:
    async with database.read(org_id=org_id) as session:
        return {
            kind.__tablename__: await session.scalar(
                select(func.count()).select_from(kind).where(kind.__table__.c.org_id == org_id)
            )
            or 0
            for kind in KINDS
        }


async def worked_on(tenant: Tenant, database: Database) -> LongFilm:
    film = await fill_film(database, tenant.org_id, scenes=2, shots=2, takes=2, frames=12)
    shot_id = film.shot_ids[0]
    take_id = told(await tenant.http.get(f"/v1/shots/{shot_id}"))["poster_take_id"]
    told(await tenant.http.put(f"/v1/shots/{shot_id}/circled", json={"take_id": take_id}))
    told(await tenant.http.delete(f"/v1/shots/{film.shot_ids[1]}"))
    async with database.write(org_id=tenant.org_id) as session:
        session.add(TakeNote(id=f"not_{film.project_id[4:]}", org_id=tenant.org_id, take_id=take_id, frame=1, text="x"))
        session.add(_cut(tenant.org_id, film.project_id))
    return film


def _cut(org_id: str, project_id: str) -> Cut:
    return Cut(
        id=f"cut_{project_id[4:]}", org_id=org_id, project_id=project_id, name="x", width=768, height=432, fps=24,
        title_frames=48, frames=48, entries=[], missing=[],
    )  # fmt: skip


async def test_nothing_is_left_of_an_erased_film(
    tenant: Tenant, other_tenant: Tenant, database: Database, objects: Objects
) -> None:
    await worked_on(other_tenant, database)
    others = await count_rows(database, other_tenant.org_id)
    kept = await worked_on(tenant, database)
    before = await count_rows(database, tenant.org_id)
    doomed = await worked_on(tenant, database)
    erased = told(await tenant.http.delete(f"/v1/projects/{doomed.project_id}"))
    assert erased == {
        "project_id": doomed.project_id, "scenes": 2, "shots": 4, "takes": 8, "notes": 1, "files": 1,
    }  # fmt: skip
    assert await count_rows(database, tenant.org_id) == before
    assert (await tenant.http.get(f"/v1/projects/{kept.project_id}/board")).status_code == 200
    assert (await tenant.http.delete(f"/v1/projects/{doomed.project_id}")).status_code == 404
    assert await count_rows(database, other_tenant.org_id) == others


async def test_what_still_renders_is_waited_for(tenant: Tenant, database: Database, objects: Objects) -> None:
    film = await worked_on(tenant, database)
    take_id = f"take_{film.project_id[4:]}"
    async with database.write(org_id=tenant.org_id) as session:
        take = Take(
            id=take_id, org_id=tenant.org_id, shot_id=film.shot_ids[0], state="RENDERING", request={}, model="previs",
            prompt="she nods", seed=1, seconds=5.0, width=768, height=432, expected_ms=1000, attempt=1,
        )  # fmt: skip
        session.add(take)
        await session.flush()
        session.add(ShotTake(take_id=take_id, org_id=tenant.org_id, shot_id=film.shot_ids[0], number=9, made_of={}))
        session.add(Attempt(take_id=take_id, org_id=tenant.org_id, number=1, key_prefix=take_id, state="RENDERING"))
    assert told(await tenant.http.delete(f"/v1/projects/{film.project_id}"))["takes"] == 9
    assert (await count_rows(database, tenant.org_id))["projects"] == 1
    assert (await tenant.http.get(f"/v1/projects/{film.project_id}")).status_code == 404
    assert await finish_erasures(database, objects) == 0
    async with database.write(org_id=tenant.org_id) as session:
        attempt = await session.get_one(Attempt, (take_id, 1))
        attempt.state = "ABANDONED"
    assert await finish_erasures(database, objects) == 1
    assert set((await count_rows(database, tenant.org_id)).values()) == {0}
