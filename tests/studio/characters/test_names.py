"""Names of characters are unique in an organisation unless a request asks otherwise, on both databases."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, select, text

import storage.migrate
from storage.migrate import migrate
from storage.queries.characters import find_characters_mentioned
from storage.tables import Character
from storage.tables.characters import mention_of
from storage.unit import Database, sync_url
from tests.postgres import PostgresCluster, owner_of
from tests.studio.conftest import Tenant, example_photo


async def enrol(tenant: Tenant, photo: str, name: str, **more: Any) -> httpx.Response:  # noqa: ANN401 (JSON)
    return await tenant.enrol(photo, name=name, **{"allow_duplicate_name": False} | more)


async def test_a_taken_name_is_refused_and_says_who_has_it(tenant: Tenant, other_tenant: Tenant) -> None:
    photo = await tenant.photo(example_photo())
    first = (await enrol(tenant, photo, "Ada Lovelace")).json()["id"]
    for name in ("Ada Lovelace", "ada lovelace", "ADA_Lovelace"):
        refused = await enrol(tenant, photo, name)
        told = refused.json()
        assert (refused.status_code, told["code"], told["character_id"]) == (409, "name_taken", first), told
        assert refused.headers["x-should-retry"] == "false"
    assert (await enrol(tenant, photo, "Ada")).status_code == 201
    theirs = await other_tenant.photo(example_photo())
    assert (await enrol(other_tenant, theirs, "Ada Lovelace")).status_code == 201, "another organisation's names"


async def test_a_name_is_shared_where_that_is_asked_for(tenant: Tenant) -> None:
    photo = await tenant.photo(example_photo())
    first = (await enrol(tenant, photo, "Ada")).json()["id"]
    second = await enrol(tenant, photo, "Ada", allow_duplicate_name=True)
    assert second.status_code == 201
    assert (await enrol(tenant, photo, "Ada", hidden=True)).status_code == 201, "nobody mentions a one-off"
    assert (await tenant.http.delete(f"/v1/characters/{first}")).status_code == 200
    refused = await enrol(tenant, photo, "Ada")
    assert refused.json()["character_id"] == second.json()["id"], "whoever is left still has it"


async def test_the_name_of_an_erased_or_renamed_character_is_free_again(tenant: Tenant) -> None:
    photo = await tenant.photo(example_photo())
    erased = (await enrol(tenant, photo, "Ada")).json()["id"]
    await tenant.http.delete(f"/v1/characters/{erased}")
    photo = await tenant.photo(example_photo())
    renamed = await enrol(tenant, photo, "Ada")
    assert renamed.status_code == 201, renamed.text
    assert (await rename(tenant, renamed.json()["id"], "Grace")).status_code == 200
    assert (await enrol(tenant, photo, "Ada")).status_code == 201


async def rename(tenant: Tenant, character_id: str, name: str, **more: bool) -> httpx.Response:
    return await tenant.http.patch(f"/v1/characters/{character_id}", json={"name": name, **more})


async def test_a_character_cannot_be_renamed_to_a_taken_name(tenant: Tenant) -> None:
    photo = await tenant.photo(example_photo())
    ada, grace = [(await enrol(tenant, photo, name)).json()["id"] for name in ("Ada", "Grace")]
    refused = await rename(tenant, grace, "ADA")
    assert (refused.status_code, refused.json()["code"], refused.json()["character_id"]) == (409, "name_taken", ada)
    assert (await tenant.http.get(f"/v1/characters/{grace}")).json()["name"] == "Grace"
    assert (await rename(tenant, ada, "ADA")).status_code == 200, "its own name, written otherwise"
    assert (await rename(tenant, grace, "Ada", allow_duplicate_name=True)).json()["name"] == "Ada"


async def test_of_many_at_once_one_has_the_name(tenant: Tenant, database: Database) -> None:
    photo = await tenant.photo(example_photo())
    grace = (await enrol(tenant, photo, "Grace")).json()["id"]
    replies = await asyncio.gather(*(enrol(tenant, photo, "Ada") for _ in range(6)), rename(tenant, grace, "Ada"))
    assert sorted(reply.status_code for reply in replies)[1:] == [409] * 6, [reply.text for reply in replies]
    async with database.read(org_id=tenant.org_id) as session:
        names = list(await session.scalars(select(Character.name)))
    assert names.count("Ada") == 1


async def test_a_name_is_found_in_any_case_in_any_script(tenant: Tenant, database: Database) -> None:
    photo = await tenant.photo(example_photo())
    for name in ("Élodie", "Straße", "小明"):
        made = (await enrol(tenant, photo, name)).json()["id"]
        mention = mention_of(name.upper())
        async with database.read(org_id=tenant.org_id) as session:
            found = await find_characters_mentioned(session, org_id=tenant.org_id, mentions=[mention])
        assert found == {mention: [made]}


def upgrade_to(connection: Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(storage.migrate.__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
    connection.commit()


def fill(connection: Connection) -> None:
    """Two characters of one name, as they could be made before, in each of two organisations."""
    for org in ("org_1", "org_2"):
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT set_config('dramatis.org_id', '{org}', true)"))
        connection.execute(
            text(
                "INSERT INTO organisations (id, name, created_at, plan, example_due, last_event)"
                " VALUES (:org, 'A', '2026-01-01', 'local', false, 0)"
            ),
            {"org": org},
        )
        for number in (1, 2):
            connection.execute(
                text(
                    "INSERT INTO characters (id, org_id, name, hidden, template, template_pack, template_strength,"
                    " created_at) VALUES (:id, :org, 'Émilie du C', false, '', 'pack', 1, '2026-01-01')"
                ),
                {"id": f"chr_{org}_{number}", "org": org},
            )
        connection.commit()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_characters_that_shared_a_name_before_the_upgrade_keep_it(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'old.sqlite'}"
    cluster: PostgresCluster | None = request.getfixturevalue("postgres") if kind == "postgresql" else None
    if cluster is not None:
        url = cluster.create("names_before")
    engine = create_engine(sync_url(owner_of(url)))
    with engine.connect() as connection:
        upgrade_to(connection, "0013")
        fill(connection)
    engine.dispose()
    migrate(url, backups=tmp_path / "backups", owner_url=owner_of(url) if cluster is not None else None)
    database = Database(url)
    for org in ("org_1", "org_2"):
        async with database.read(org_id=org) as session:
            found = await find_characters_mentioned(session, org_id=org, mentions=["émilie_du_c"])
        assert found == {"émilie_du_c": [f"chr_{org}_1", f"chr_{org}_2"]}
    await database.close()
    if cluster is not None:
        cluster.drop("names_before")
