"""Certificates of organisations that were deleted: the one thing that outlives them, with nothing of any person."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.columns import Created, Document, Id, Instant, Sha256Hex, Table


class OrganisationDeletion(Table):
    """What goes of an organisation, and when the last of it was gone. `org_id` refers to nothing any more by then.

    emptied_at: when its place in the object store was looked through once more, after every upload had to be over.
    """

    __tablename__ = "organisation_deletions"

    id: Mapped[Id] = mapped_column(primary_key=True)
    org_id: Mapped[Id] = mapped_column(unique=True)
    erased: Mapped[Document]
    erased_sha256: Mapped[Sha256Hex]
    asked_at: Mapped[Created]
    finished_at: Mapped[Instant | None]
    emptied_at: Mapped[Instant | None]
