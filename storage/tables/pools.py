"""Pools of nodes, and what organisations have used of them."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.columns import Created, Id, Table, Word


class Pool(Table):
    """Nodes that share work. owner: the organisation whose they are; None: nobody's, but for `shared`, everybody's.

    virtual: the pool's time; base: where its durable priorities count from; both in virtual seconds.
    """

    __tablename__ = "pools"
    __table_args__ = (CheckConstraint("virtual >= base", name="counts_from_the_past"), Index(None, "owner"))

    name: Mapped[Word] = mapped_column(primary_key=True)
    virtual: Mapped[float] = mapped_column(default=0.0)
    base: Mapped[float] = mapped_column(default=0.0)
    owner: Mapped[Word | None]
    created_at: Mapped[Created]


class PoolAccount(Table):
    """An organisation's account in a pool: it stands at `finish`, in virtual seconds."""

    __tablename__ = "pool_accounts"

    org_id: Mapped[Id] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"), primary_key=True)
    pool: Mapped[Word] = mapped_column(ForeignKey("pools.name", ondelete="CASCADE"), primary_key=True)
    finish: Mapped[float] = mapped_column(default=0.0)
