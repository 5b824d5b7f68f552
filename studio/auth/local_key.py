"""The key of the embedded default: made at the first start, kept in DATA/local.json for this user's eyes alone."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from storage.queries.accounts import set_scopes
from storage.unit import Database
from studio.api_keys.keys import SCOPES, issue_api_key
from studio.auth.caller import identify_caller
from studio.organisations.creation import create_organisation
from studio.organisations.plans import LOCAL_PLAN

FILE_NAME = "local.json"


@dataclass(frozen=True)
class LocalKey:
    """The organisation of this machine, and a key with every scope, those of newer versions too."""

    org_id: str
    api_key: str


async def ensure_local_key(database: Database, data_dir: Path) -> LocalKey:
    """The local key, which works: what the file says if the database knows it, else a new one."""
    path = data_dir / FILE_NAME
    kept = _read(path)
    caller = await identify_caller(database, kept.api_key) if kept is not None else None
    if kept is not None and caller is not None:
        if caller.key_id is not None and caller.scopes != set(SCOPES):
            async with database.write(org_id=caller.org_id) as session:
                await set_scopes(session, org_id=caller.org_id, key_id=caller.key_id, scopes=SCOPES)
        return kept
    async with database.write() as session:
        organisation = await create_organisation(session, name="Local studio", plan=LOCAL_PLAN)
        issued = await issue_api_key(session, org_id=organisation.id, name="local")
    made = LocalKey(organisation.id, issued.secret)
    _write(path, made)
    return made


def _read(path: Path) -> LocalKey | None:
    try:
        return LocalKey(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _write(path: Path, key: LocalKey) -> None:
    """Written beside it and renamed: never half a file, never readable by others."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        json.dump(asdict(key), stream)
    fresh.replace(path)
