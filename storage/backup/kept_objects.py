"""Which objects the rows speak of, over every tenant: for the operator's backups alone, never for a request."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select, union_all

from storage.tables import Asset, Checkpoint


@dataclass(frozen=True)
class KeptObject:
    """An object that a row promises: its bytes have this hash."""

    key: str
    sha256: str
    size_bytes: int


def kept_objects(connection: Connection) -> list[KeptObject]:
    """Ready assets and kept checkpoints, by key. On PostgreSQL the role has to see every tenant's rows."""
    assets = select(Asset.object_key, Asset.sha256, Asset.size_bytes).where(Asset.state == "ready")
    checkpoints = select(Checkpoint.object_key, Checkpoint.sha256, Checkpoint.size_bytes)
    checkpoints = checkpoints.where(Checkpoint.object_key.is_not(None))
    both = union_all(assets, checkpoints).subquery()
    rows = connection.execute(select(*both.columns).order_by(both.columns[0]))
    return [KeptObject(str(key), str(sha256), int(size)) for key, sha256, size in rows]
