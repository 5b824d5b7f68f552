"""Migrations: both databases arrive at the tables; old files are copied aside; newer ones are refused."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from storage.migrate import SchemaIsNewer, migrate
from storage.tables import Table
from storage.unit import sync_url
from tests.postgres import PostgresCluster, owner_of


def test_migrations_arrive_at_exactly_the_tables(database_url: str) -> None:
    with create_engine(sync_url(owner_of(database_url))).connect() as connection:
        connection.execute(text("CREATE TABLE somebodys (id TEXT)"))  # somebody else's table is left alone
        context = MigrationContext.configure(
            connection,
            opts={"include_object": lambda _, name, kind, *__: kind != "table" or name in Table.metadata.tables},
        )
        assert compare_metadata(context, Table.metadata) == []


def test_migrating_again_changes_nothing(database_url: str, tmp_path: Path) -> None:
    migrate(database_url, backups=tmp_path / "backups")
    assert not (tmp_path / "backups").exists()


def test_a_newer_schema_is_refused_and_left_as_it_is(database_url: str, tmp_path: Path) -> None:
    engine = create_engine(sync_url(owner_of(database_url)))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaIsNewer, match="newer version"):
        migrate(database_url, backups=tmp_path / "backups")
    with engine.begin() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "9999"


def test_an_old_file_is_copied_aside_before_it_is_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, backups = tmp_path / "old.sqlite", tmp_path / "backups"
    with sqlite3.connect(path) as old:
        old.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        old.execute("INSERT INTO alembic_version VALUES ('0000')")
        old.execute("CREATE TABLE keepsake (word TEXT)")
        old.execute("INSERT INTO keepsake VALUES ('kept')")
    old.close()
    monkeypatch.setattr("storage.migrate._newest_revision", lambda *_: "0001")
    monkeypatch.setattr("storage.migrate.command.upgrade", lambda *_: None)
    migrate(f"sqlite+aiosqlite:///{path}", backups=backups)
    (copy,) = backups.iterdir()
    assert copy.stat().st_mode & 0o077 == 0
    assert sqlite3.connect(copy).execute("SELECT word FROM keepsake").fetchall() == [("kept",)]


def test_servers_that_start_at_once_migrate_one_after_the_other(postgres: PostgresCluster, tmp_path: Path) -> None:
    url = postgres.create("started_thrice")
    with ThreadPoolExecutor(3) as pool:
        started = [pool.submit(migrate, url, backups=tmp_path, owner_url=owner_of(url)) for _ in range(3)]
        for each in started:
            each.result()
    postgres.drop("started_thrice")
