"""`dramatis sign-in-link` and `dramatis audit`: a data folder's way in, and the log of who came and what they did."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from storage.queries.people import find_person_by_email
from storage.queries.tenants import each_tenant
from studio.auth.password_reset import make_token
from studio.auth.sign_in_link import make_sign_in_link
from studio.commands.console import err, out, refuse
from studio.commands.local_database import local_database
from studio.commands.setting_options import settings_for
from studio.organisations.audit import Verdict, verify_audit_log

ADDRESS_FILE = "address.json"


def print_sign_in_link(data: Path | None) -> None:
    """Print a fresh one-time link to the studio that runs on the folder."""

    async def make() -> str:
        async with local_database(data) as (database, local):
            return await make_sign_in_link(database, org_id=local.org_id)

    token = asyncio.run(make())
    err.print("it works once, within half an hour, while the studio runs", markup=False)
    out.print(f"{_address(data)}/welcome?token={token}", markup=False)


def print_password_link(email: str, data: Path | None) -> None:
    """Print a one-time link for a new password of whoever signs in with this address."""

    async def make() -> str | None:
        async with local_database(data) as (database, _), database.write() as session:
            person = await find_person_by_email(session, email=email.lower())
            return await make_token(session, person) if person is not None else None

    token = asyncio.run(make())
    if token is None:
        raise refuse(f"nobody signs in with {email}")
    err.print("it works once, within an hour", markup=False)
    out.print(f"{_address(data)}/new-password?token={token}", markup=False)


def verify_audit_logs(data: Path | None) -> None:
    """Say of every organisation whether its log is what was written."""

    async def verify() -> dict[str, Verdict]:
        async with local_database(data) as (database, _), database.read() as session:
            return {org_id: await verify_audit_log(session, org_id=org_id) async for org_id in each_tenant(session)}

    verdicts = asyncio.run(verify())
    for org_id, verdict in verdicts.items():
        found = "intact" if verdict.broken_at is None else f"BROKEN at entry {verdict.broken_at}"
        out.print(f"{org_id}  {verdict.entries} entries  {found}  {verdict.last_sha256}", markup=False)
    if any(verdict.broken_at is not None for verdict in verdicts.values()):
        raise refuse("an audit log is not what was written")


def note_address(folder: Path, url: str) -> None:
    """Where the studio on this folder answers, for commands beside it."""
    (folder / ADDRESS_FILE).write_text(json.dumps({"url": url}))


def _address(data: Path | None) -> str:
    settings = settings_for(data)
    if settings.public_url is not None:
        return str(settings.public_url).rstrip("/")
    try:
        return str(json.loads((settings.data_dir / ADDRESS_FILE).read_text())["url"])
    except (OSError, ValueError, KeyError):
        return f"http://{settings.host}:{settings.port}"
