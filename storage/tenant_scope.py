"""What a transaction may see: PostgreSQL's row level security goes by settings that end with the transaction.

The tenant's id is in every query; this is the second wall, for the query that forgets it. Nothing is seen unless the
transaction has said whose rows it is about. Beside the tenant there are narrow ways, each for rows that are looked up
before a tenant is known: by the hash of a secret that the caller has shown, by the signed-in person, the list of
organisations, for background sweeps, and the unfinished takes, to be counted; and one for operators, who look at the
accounts of all. On SQLite all of it does nothing.

What writes for a tenant enters it (`enter_tenant`): see storage/unit.py for the order of locks.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

TENANT = "dramatis.org_id"
SECRET = "dramatis.secret_sha256"  # noqa: S105 (a setting's name)
PERSON = "dramatis.person_id"
SWEEP = "dramatis.every_organisation"
FIGURES = "dramatis.unfinished_takes"
MAIL = "dramatis.mail"
OPERATOR = "dramatis.operator_id"
ON = "on"


async def set_tenant_scope(session: AsyncSession, org_id: str) -> None:
    """From here on the transaction is this tenant's, and no other's."""
    await _set(session, TENANT, org_id)


async def enter_tenant(session: AsyncSession, org_id: str) -> None:
    """From here on the transaction is this tenant's and holds its lock: the organisation's row, `FOR NO KEY UPDATE`.

    Rows that refer to the organisation can be inserted beside it (they take `FOR KEY SHARE`); a second writer waits.
    SQLite has one writer anyhow.
    """
    if session.get_bind().dialect.name == "postgresql":
        connection = await session.connection()
        await connection.exec_driver_sql(f"{scope_of_tenant(org_id)}; {lock_of_tenant(org_id)}")


def scope_of_tenant(org_id: str) -> str:
    """`set_tenant_scope` as SQL, to go with other statements in one message, which has no parameters."""
    return f"SELECT set_config('{TENANT}', {_quoted(org_id)}, true)"


def lock_of_tenant(org_id: str) -> str:
    """The lock that `enter_tenant` takes, as SQL."""
    return f"SELECT id FROM organisations WHERE id = {_quoted(org_id)} FOR NO KEY UPDATE"  # noqa: S608 (quoted)


async def set_secret_scope(session: AsyncSession, sha256: str) -> None:
    """The one row that keeps this hash of a key or token can be read."""
    await _set(session, SECRET, sha256)


async def set_person_scope(session: AsyncSession, person_id: str) -> None:
    """The person's own sessions, and their memberships in every organisation."""
    await _set(session, PERSON, person_id)


async def set_sweep_scope(session: AsyncSession) -> None:
    """The organisations can be listed. For background sweeps alone: their rows still need `set_tenant_scope`."""
    await _set(session, SWEEP, ON)


async def set_figures_scope(session: AsyncSession) -> None:
    """Every organisation's takes that wait or render can be read, to be counted (`measure_queues`), to be weighed
    against each other (`pool_picture.py`), and to find out who has some."""
    await _set(session, FIGURES, ON)


@asynccontextmanager
async def figures_scope(session: AsyncSession) -> AsyncIterator[None]:
    """`set_figures_scope` for as long as the block lasts: in a unit that is a tenant's otherwise."""
    await set_figures_scope(session)
    try:
        yield
    finally:
        await _set(session, FIGURES, "")


@asynccontextmanager
async def mail_scope(session: AsyncSession) -> AsyncIterator[None]:
    """Mail can be written down and read, for as long as the block lasts: by who posts it, and by who sends it."""
    await _set(session, MAIL, ON)
    try:
        yield
    finally:
        await _set(session, MAIL, "")


@asynccontextmanager
async def operator_scope(session: AsyncSession, person_id: str) -> AsyncIterator[None]:
    """Accounts of every organisation can be read, and the log of operators written, for as long as the block lasts.

    The policies ask whether this person is an operator; whoever is none sees nothing. `studio.operator.access` is the
    one caller (a test says so), for on SQLite nothing else asks.
    """
    await _set(session, OPERATOR, person_id)
    yield
    await _set(session, OPERATOR, "")  # what raises ends the whole unit


async def _set(session: AsyncSession, name: str, value: str) -> None:
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text("SELECT set_config(:name, :value, true)"), {"name": name, "value": value})


def _quoted(word: str) -> str:
    """A string of SQL. Backslashes mean nothing in it (standard_conforming_strings)."""
    return "'" + word.replace("'", "''") + "'"
