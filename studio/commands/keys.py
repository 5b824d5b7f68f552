"""`dramatis keys`: API keys of a data folder, straight in its database; a server may run meanwhile."""

from __future__ import annotations

import asyncio
from pathlib import Path

from rich.table import Table

from storage.queries.accounts import list_api_keys
from studio.api_keys import keys
from studio.api_keys.keys import issue_api_key
from studio.commands.console import err, out, refuse
from studio.commands.local_database import local_unit
from studio.test_mode.twin import enter_test_mode

MOST_SHOWN = 1000


def create_key(data: Path | None, name: str, *, test: bool = False) -> None:
    """Make a key and print it."""

    async def create() -> tuple[str, str]:
        async with local_unit(data) as (session, local):
            org_id = await enter_test_mode(session, org_id=local.org_id) if test else local.org_id
            issued = await issue_api_key(session, org_id=org_id, name=name)
            return issued.row.id, issued.secret

    key_id, secret = asyncio.run(create())
    err.print(f"{key_id}: keep it, it is not shown again", markup=False)
    out.print(secret, markup=False)


def list_keys(data: Path | None) -> None:
    """Print every key, without its secret."""

    async def listed() -> Table:
        table = Table("name", "begins", "made", "last used", "revoked", box=None)
        table.add_column("id", no_wrap=True)  # last, whole: it is what `revoke` is given
        async with local_unit(data) as (session, local):
            for key in await list_api_keys(session, org_id=local.org_id, after=None, limit=MOST_SHOWN):
                instants = (key.created_at, key.last_used_at, key.revoked_at)
                words = ["" if each is None else f"{each:%Y-%m-%d %H:%M}" for each in instants]
                table.add_row(key.name, key.shown_prefix, *words, key.id)
        return table

    out.print(asyncio.run(listed()))


def revoke_key(data: Path | None, key_id: str) -> None:
    """Revoke a key; it is refused from now on."""

    async def revoke() -> bool:
        async with local_unit(data) as (session, local):
            return await keys.revoke_key(session, org_id=local.org_id, key_id=key_id) is not None

    if not asyncio.run(revoke()):
        raise refuse(f"there is no key {key_id}; `dramatis keys list` shows those that there are")
    err.print(f"{key_id} is revoked", markup=False)
