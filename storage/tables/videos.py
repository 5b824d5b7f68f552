"""Videos: the takes that came in by the OpenAI dialect, with what only that dialect knows of them."""

from __future__ import annotations

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.columns import Created, Id, Table


class Video(Table):
    """A video and its take. `prompt` is as it was sent; remixed_from_id outlives the video that it names."""

    __tablename__ = "videos"
    __table_args__ = (
        ForeignKeyConstraint(["org_id", "take_id"], ["takes.org_id", "takes.id"], ondelete="CASCADE"),
        UniqueConstraint("take_id"),
        Index(None, "org_id", "id"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    org_id: Mapped[Id]
    take_id: Mapped[Id]
    prompt: Mapped[str]
    remixed_from_id: Mapped[Id | None]
    created_at: Mapped[Created]


class DeletedVideo(Table):
    """The id of a video that was deleted: for some days a list may still go on after it."""

    __tablename__ = "deleted_videos"
    __table_args__ = (Index(None, "org_id"),)

    id: Mapped[Id] = mapped_column(primary_key=True)
    org_id: Mapped[Id] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"))
    created_at: Mapped[Created]
