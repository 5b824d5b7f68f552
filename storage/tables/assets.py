"""Assets: what an organisation keeps in object storage."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.columns import Count, Created, Id, Instant, ObjectKey, Sha256Hex, Table, Word, one_of

AssetKind = Literal["photo", "plate", "evidence", "recording", "clip", "thumbnail", "sprite", "motion"]
AssetState = Literal["pending", "ready", "deleted"]
ASSET_KINDS: tuple[AssetKind, ...] = (
    "photo", "plate", "evidence", "recording", "clip", "thumbnail", "sprite", "motion",
)  # fmt: skip
ASSET_STATES: tuple[AssetState, ...] = ("pending", "ready", "deleted")


class Asset(Table):
    """One object. `pending`: an upload was announced; `ready`: object_key holds `sha256`; `deleted`: to be erased.

    upload_key is where a client uploads to; it is erased once the upload has been taken in. For photos and plates
    the object is the normalised picture, never what was uploaded; unsafe_score is 0 safe … 1 unsafe to show.
    For a recording it is the normalised sound, of `length_ms`.
    """

    __tablename__ = "assets"
    __table_args__ = (
        UniqueConstraint("org_id", "id"),
        UniqueConstraint("object_key"),
        CheckConstraint(one_of("kind", ASSET_KINDS), name="kind"),
        CheckConstraint(one_of("state", ASSET_STATES), name="state"),
        CheckConstraint(
            "state <> 'ready' OR (object_key IS NOT NULL AND sha256 IS NOT NULL AND size_bytes > 0)",
            name="ready_has_object",
        ),
        Index(None, "state", "expires_at"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    org_id: Mapped[Id] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"))
    kind: Mapped[Word]
    state: Mapped[Word]
    content_type: Mapped[Word]
    size_bytes: Mapped[Count]
    declared_sha256: Mapped[Sha256Hex | None]
    upload_key: Mapped[ObjectKey | None]
    object_key: Mapped[ObjectKey | None]
    sha256: Mapped[Sha256Hex | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
    unsafe_score: Mapped[float | None]
    length_ms: Mapped[int | None]
    created_at: Mapped[Created]
    expires_at: Mapped[Instant | None]
