"""The storyboard: projects, their scenes, their shots, every edit of a board, takes of shots, notes on takes."""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.columns import Count, Created, Document, Id, Json, Name, Table, Word, one_of

Aspect = Literal["16:9", "9:16", "1:1", "4:3", "2.39:1"]
ASPECTS: tuple[Aspect, ...] = ("16:9", "9:16", "1:1", "4:3", "2.39:1")


class Project(Table):
    """A film. `revision` grows with every change of it. `pronunciations`: words → how they are said in it.
    `pool`: whose nodes render its takes that name none; None: the organisation's usual ones.

    `deleted`: to be erased for good, as soon as nothing of it renders any more.
    """

    __tablename__ = "projects"
    __table_args__ = (UniqueConstraint("org_id", "id"), CheckConstraint(one_of("aspect", ASPECTS), name="aspect"))

    id: Mapped[Id] = mapped_column(primary_key=True)
    org_id: Mapped[Id] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"))
    name: Mapped[Name]
    aspect: Mapped[Word]
    pronunciations: Mapped[dict[str, str]] = mapped_column(Json, default=dict, server_default=text("'{}'"))
    pool: Mapped[Word | None]
    revision: Mapped[Count] = mapped_column(default=0)
    deleted: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Created]


class Scene(Table):
    """A scene; `ordinal` orders the ones that are not deleted. Deleted ones stay, so that a deletion can be undone.

    `setting`: what its shots have in common where they have nothing of their own.
    """

    __tablename__ = "scenes"
    __table_args__ = (
        UniqueConstraint("org_id", "id"),
        ForeignKeyConstraint(["org_id", "project_id"], ["projects.org_id", "projects.id"], ondelete="CASCADE"),
        Index(None, "org_id", "project_id"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    org_id: Mapped[Id]
    project_id: Mapped[Id]
    heading: Mapped[Name]
    setting: Mapped[Document] = mapped_column(default=dict, server_default=text("'{}'"))
    ordinal: Mapped[int]
    deleted: Mapped[bool] = mapped_column(default=False)


class Shot(Table):
    """A shot: `content` is what it asks for. Its number (1A) follows from its place and is never stored."""

    __tablename__ = "shots"
    __table_args__ = (
        UniqueConstraint("org_id", "id"),
        ForeignKeyConstraint(["org_id", "project_id"], ["projects.org_id", "projects.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["org_id", "scene_id"], ["scenes.org_id", "scenes.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["org_id", "circled_take_id"], ["takes.org_id", "takes.id"]),
        Index(None, "org_id", "project_id"),
        Index(None, "org_id", "scene_id"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    org_id: Mapped[Id]
    project_id: Mapped[Id]
    scene_id: Mapped[Id]
    ordinal: Mapped[int]
    content: Mapped[Document]
    circled_take_id: Mapped[Id | None]
    deleted: Mapped[bool] = mapped_column(default=False)


class ShotTake(Table):
    """A take of a shot: its number there (T1, T2 …), and what the shot was made of when it was submitted."""

    __tablename__ = "shot_takes"
    __table_args__ = (
        ForeignKeyConstraint(["org_id", "take_id"], ["takes.org_id", "takes.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["org_id", "shot_id"], ["shots.org_id", "shots.id"], ondelete="CASCADE"),
        UniqueConstraint("shot_id", "number"),
        Index(None, "org_id", "shot_id"),
    )

    take_id: Mapped[Id] = mapped_column(primary_key=True)
    org_id: Mapped[Id]
    shot_id: Mapped[Id]
    number: Mapped[int]
    made_of: Mapped[Document]


class BoardEdit(Table):
    """One edit of a board: its name as a code with numbers, and the touched columns of every touched row, before and
    after.

    `undone` edits are the newest ones; they can be done again until another edit takes their place.
    """

    __tablename__ = "board_edits"
    __table_args__ = (
        ForeignKeyConstraint(["org_id", "project_id"], ["projects.org_id", "projects.id"], ondelete="CASCADE"),
        CheckConstraint("number >= 1", name="number_from_one"),
    )

    project_id: Mapped[Id] = mapped_column(primary_key=True)
    number: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    org_id: Mapped[Id]
    action: Mapped[Word] = mapped_column(server_default="edit")
    numbers: Mapped[Document] = mapped_column(server_default=text("'{}'"))
    changes: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    undone: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Created]


class TakeNote(Table):
    """What somebody remarked about one frame of a take. `person_id`: who, when it was a person and not a key."""

    __tablename__ = "take_notes"
    __table_args__ = (
        ForeignKeyConstraint(["org_id", "take_id"], ["takes.org_id", "takes.id"], ondelete="CASCADE"),
        CheckConstraint("frame >= 0", name="frame_from_zero"),
        Index(None, "org_id", "take_id"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    org_id: Mapped[Id]
    take_id: Mapped[Id]
    frame: Mapped[int]
    text: Mapped[str]
    person_id: Mapped[Id | None]
    created_at: Mapped[Created]
