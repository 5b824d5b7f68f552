"""Looks: what a character wears and carries, kept apart from who it is."""

from __future__ import annotations

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.columns import Created, Id, Name, Table


class Look(Table):
    """A character's look, in words and a picture; words that were not given are empty."""

    __tablename__ = "looks"
    __table_args__ = (
        ForeignKeyConstraint(["org_id", "character_id"], ["characters.org_id", "characters.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["org_id", "picture_asset_id"], ["assets.org_id", "assets.id"]),
        Index(None, "org_id", "character_id"),
        Index(None, "org_id", "picture_asset_id"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    org_id: Mapped[Id]
    character_id: Mapped[Id]
    name: Mapped[Name]
    wardrobe: Mapped[str]
    hair: Mapped[str]
    props: Mapped[str]
    picture_asset_id: Mapped[Id | None]
    created_at: Mapped[Created]
