"""The rows of organisations, read beside the studio: whether a request has changed anything."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence

import sqlalchemy as sa

from storage.tables import Table

_CHANGING_BY_THEMSELVES = {  # uses of a key, what a render tells or costs on its way, receivers that do not answer
    "organisations": {"last_event"},
    "api_keys": {"last_used_at"},
    "webhook_endpoints": {"failing_since", "disabled_at", "disabled_reason", "updated_at"},
    "spend_caps": {"told_percent", "told_since"},
}
_KEPT_OF_TAKES = {"id", "org_id", "model", "prompt", "seed", "request"}
_OF_RENDERS = {  # and of requests, whatever they ask
    "events", "attempts", "pool_accounts", "request_buckets", "request_log", "webhook_cursors", "webhook_deliveries",
    "webhook_attempts", "credit_holds", "credit_lots", "ledger_entries", "line_lengths",
}  # fmt: skip
_ERASED_WITHIN_S = 180.0
_SENT_KINDS = ("photo", "plate", "evidence")


class Rows:
    """Reads by a connection of its own; `url` is the database as a role that sees every tenant's rows."""

    def __init__(self, url: str) -> None:
        self._connection = sa.create_engine(url).connect().execution_options(isolation_level="AUTOCOMMIT")
        self._is_sqlite = self._connection.dialect.name == "sqlite"
        self._queries = [_query_of(table) for table in Table.metadata.sorted_tables if _tenant_of(table) is not None]
        known = set(Table.metadata.tables)
        assert _OF_RENDERS | {"takes", *_CHANGING_BY_THEMSELVES} <= known, "a table has another name now"

    def close(self) -> None:
        self._connection.close()
        self._connection.engine.dispose()

    def stamp(self) -> str:
        """Another one whenever anything at all was written."""
        query = "PRAGMA data_version" if self._is_sqlite else "SELECT pg_current_wal_lsn()"
        return str(self._connection.execute(sa.text(query)).scalar_one())

    def await_erasures(self, org_ids: Sequence[str]) -> None:
        """Until no film is marked any more: one that still rendered when it was deleted goes with a later sweep."""
        projects = Table.metadata.tables["projects"]
        marked = sa.select(sa.func.count()).where(projects.c.org_id.in_(org_ids), projects.c.deleted)
        until = time.monotonic() + _ERASED_WITHIN_S
        while self._connection.execute(marked).scalar_one():
            assert time.monotonic() < until, "a film that was deleted is never erased"
            time.sleep(0.2)

    def digest(self, org_ids: Sequence[str]) -> dict[str, str]:
        """SHA-256 of the organisations' rows, by table; without what changes by itself."""
        told = {}
        for name, query in self._queries:
            if name not in _OF_RENDERS:
                rows = self._connection.execute(query, {"org_ids": list(org_ids)}).all()
                told[name] = hashlib.sha256(repr(rows).encode("utf-8", "backslashreplace")).hexdigest()
        return told

    def set_plan(self, org_ids: Sequence[str], plan: str) -> None:
        """Give the organisations a plan: the hand of whoever runs the studio."""
        organisations = Table.metadata.tables["organisations"]
        change = organisations.update().where(organisations.c.id.in_(org_ids)).values(plan=plan)
        self._connection.execute(change)


def _tenant_of(table: sa.Table) -> sa.Column[str] | None:
    return table.c.id if table.name == "organisations" else table.c.get("org_id")


def _query_of(table: sa.Table) -> tuple[str, sa.Select[tuple[object, ...]]]:
    tenant = _tenant_of(table)
    assert tenant is not None
    left_out = _CHANGING_BY_THEMSELVES.get(table.name, set())
    kept = [each for each in table.c if each.name not in left_out]
    if table.name == "takes":
        kept = [each for each in table.c if each.name in _KEPT_OF_TAKES]
    query = sa.select(*kept).where(tenant.in_(sa.bindparam("org_ids", expanding=True))).order_by(*table.primary_key)
    if table.name == "assets":
        query = query.where(table.c.kind.in_(_SENT_KINDS))
    return table.name, query
