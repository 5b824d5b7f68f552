"""What each role needs of its settings and of the schema, in words, before it starts."""

from __future__ import annotations

import asyncio
import time
from typing import Literal

import structlog

from storage.migrate import SchemaIsOlder, check_durable, check_schema
from studio.config import Settings

log = structlog.get_logger(__name__)

Role = Literal["serve", "api", "node", "sweeper"]
ROLES: tuple[Role, ...] = ("serve", "api", "node", "sweeper")
SCHEMA_WITHIN_S = 300.0
LOOK_EVERY_S = 2.0


class SettingsMissing(RuntimeError):
    """A role cannot work with these settings; the message says what it needs."""


def find_missing(role: Role, settings: Settings) -> list[str]:
    """What the role needs and does not have, a line each. `serve` needs nothing: it brings everything itself."""
    if role == "serve":
        return []
    missing = []
    if not settings.database.startswith("postgresql"):
        missing.append("DRAMATIS_DATABASE_URL: postgresql+psycopg://…, the database that all processes share")
    if settings.s3_endpoint is None:
        missing.append("DRAMATIS_S3_ENDPOINT, DRAMATIS_S3_ACCESS_KEY, DRAMATIS_S3_SECRET_KEY: the store they all share")
    if role == "node" and not settings.node_serves:
        missing.append("--serves MODEL or DRAMATIS_NODE_SERVES: what the node renders")
    return missing


def require(role: Role, settings: Settings) -> None:
    """Raises SettingsMissing."""
    missing = find_missing(role, settings)
    if missing:
        lines = "\n  ".join(missing)
        raise SettingsMissing(f"`dramatis {role}` is one of several processes, and needs:\n  {lines}\n(docs/fleet.md)")


def check_schemas(url: str) -> None:
    """Ours and the durable engine's; raises SchemaIsOlder or SchemaIsNewer; synchronous."""
    check_schema(url)
    check_durable(url)


async def await_schema(settings: Settings) -> None:
    """Wait until the database has this version's schema: `dramatis migrate` brings it there.

    Raises SchemaIsOlder when that does not happen in five minutes, and SchemaIsNewer at once.
    """
    until = time.monotonic() + SCHEMA_WITHIN_S
    while True:
        try:
            await asyncio.to_thread(check_schemas, settings.database)
        except SchemaIsOlder:
            if time.monotonic() > until:
                raise
            log.warning("schema_is_older", remedy="run `dramatis migrate`, which every other role waits for")
            await asyncio.sleep(LOOK_EVERY_S)
        else:
            return
