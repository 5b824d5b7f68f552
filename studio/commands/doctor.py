"""`dramatis doctor --role …`: what a role of several processes needs, and whether it is there."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from sqlalchemy.exc import SQLAlchemyError

from inference.catalogue import ModelCard
from storage.migrate import SchemaIsNewer, SchemaIsOlder
from storage.objects import Objects, StoreError
from storage.queries.nodes import list_alive
from storage.queries.tenants import passes_row_security
from storage.tables import Node
from storage.unit import Database
from studio.commands.console import out
from studio.config import Settings
from studio.embedded.bucket import operators_store
from studio.roles.parts import open_engines
from studio.roles.requirements import Role, check_schemas, find_missing


@dataclass(frozen=True)
class Finding:
    """words: how it is, and where it is not well, what mends it."""

    what: str
    ok: bool
    words: str


def examine_role(role: Role, settings: Settings, *, as_json: bool) -> int:
    """Print what was found; the exit status is 0 where nothing is missing."""
    findings = asyncio.run(_examine(role, settings))
    if as_json:
        out.print_json(
            json.dumps({"role": role, "ok": all(f.ok for f in findings), "found": list(map(asdict, findings))})
        )
    else:
        for each in findings:
            out.print(f"{'ok  ' if each.ok else 'MISS'}  {each.what}: {each.words}", markup=False, soft_wrap=True)
    return 0 if all(each.ok for each in findings) else 1


async def _examine(role: Role, settings: Settings) -> list[Finding]:
    missing = find_missing(role, settings)
    if missing:
        return [Finding("settings", False, each) for each in missing]
    findings = [Finding("settings", True, "complete"), await _schema(settings)]
    if findings[-1].ok:
        findings += await _database(role, settings)
    if settings.s3_endpoint is not None:
        findings.append(await _store(settings))
    if role == "node":
        findings += await _engines(settings)
    return findings


async def _schema(settings: Settings) -> Finding:
    try:
        await asyncio.to_thread(check_schemas, settings.database)
    except (SchemaIsOlder, SchemaIsNewer) as error:
        return Finding("schema", False, str(error))
    except SQLAlchemyError as error:
        words = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        return Finding("database", False, f"it does not answer: {words}")
    return Finding("schema", True, "this version's")


async def _database(role: Role, settings: Settings) -> list[Finding]:
    database = Database(settings.database)
    try:
        async with database.read() as session:
            exempt, alive = await passes_row_security(session), await list_alive(session)
    finally:
        await database.close()
    wall = "this role passes it: connect as one without SUPERUSER and BYPASSRLS" if exempt else "holds this role"
    nodes = ", ".join(map(_in_words, alive)) or "none: takes will wait"
    found = [Finding("row level security", not exempt, wall)]
    return [*found, Finding("nodes", True, nodes)] if role == "api" else found


def _in_words(node: Node) -> str:
    """Such as "gpu-1 (previs; 2 slots)"."""
    state = "; draining" if node.draining else f"; {node.why_idle}" if node.why_idle else ""
    return f"{node.name} ({', '.join(node.models)}; {node.slots} slots{state})"


async def _store(settings: Settings) -> Finding:
    objects = Objects(operators_store(settings))
    try:
        await objects.check()
    except StoreError as error:
        return Finding("object store", False, str(error))
    finally:
        await objects.close()
    return Finding("object store", True, f"bucket {settings.s3_bucket} answers")


async def _engines(settings: Settings) -> list[Finding]:
    """The models that a node serves, and the Triton servers that render them."""
    async with contextlib.AsyncExitStack() as stack:
        engines = open_engines(settings, stack)
        cards = await engines.cards()  # which asks the servers
        why_idle = engines.why_idle(settings.node_serves)
        slots = engines.slots
    found = [_models(settings, cards)]
    if settings.triton_urls and found[0].ok:
        found.append(Finding("Triton", why_idle is None, why_idle or f"answers, with {slots} slots for this node"))
    return found


def _models(settings: Settings, cards: Mapping[str, ModelCard]) -> Finding:
    unknown = [name for name in settings.node_serves if name not in cards]
    if unknown:
        words = f"not here: {', '.join(unknown)}; `dramatis models pull` fetches them. Here: {', '.join(cards)}"
        return Finding("models", False, words)
    return Finding("models", True, ", ".join(settings.node_serves))
