"""Characters, their references, the consents that allow them, and certificates of what was erased."""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, validates

from storage.tables.columns import (
    Bytes,
    Created,
    Document,
    Id,
    Instant,
    JsonOrNull,
    Name,
    Sha256Hex,
    Table,
    Word,
    one_of,
)

ConsentKind = Literal["own", "permission", "guardian", "invented", "licensed_example"]
Likeness = Literal["face", "voice"]
LIKENESSES: tuple[Likeness, ...] = ("face", "voice")
CONSENT_KINDS: tuple[ConsentKind, ...] = ("own", "permission", "guardian", "invented", "licensed_example")


def mention_of(name: str) -> str:
    """What stands behind the @, in any case: names that are mentioned alike are the same name."""
    return name.casefold().replace(" ", "_")


class Character(Table):
    """A person or figure kept over a film. `template` is float32 little-endian, valid only with `template_pack`.

    `hidden` characters belong to one take (one-off references) and are not listed. `mention` follows the name.
    `voice` is the one that says her lines; own_recordings: nothing but recordings does.
    """

    __tablename__ = "characters"
    __table_args__ = (UniqueConstraint("org_id", "id"), Index(None, "org_id", "mention"))

    id: Mapped[Id] = mapped_column(primary_key=True)
    org_id: Mapped[Id] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"))
    name: Mapped[Name]
    mention: Mapped[str] = mapped_column(String(600))
    hidden: Mapped[bool] = mapped_column(default=False)
    template: Mapped[Bytes]
    template_pack: Mapped[Name]
    template_strength: Mapped[float]
    voice: Mapped[Name | None]
    own_recordings: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[Created]

    @validates("name")
    def _follow(self, _: str, name: str) -> str:
        self.mention = mention_of(name)
        return name


class CharacterReference(Table):
    """One photo of a character, in order, with its quality verdict and the face chosen in it."""

    __tablename__ = "character_references"
    __table_args__ = (
        UniqueConstraint("character_id", "ordinal"),
        ForeignKeyConstraint(["org_id", "character_id"], ["characters.org_id", "characters.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["org_id", "asset_id"], ["assets.org_id", "assets.id"]),
        Index(None, "org_id", "asset_id"),
    )

    character_id: Mapped[Id] = mapped_column(primary_key=True)
    asset_id: Mapped[Id] = mapped_column(primary_key=True)
    org_id: Mapped[Id]
    ordinal: Mapped[int]
    face: Mapped[dict[str, Any] | None] = mapped_column(JsonOrNull)
    quality: Mapped[Document]
    weight: Mapped[float]


class Consent(Table):
    """Who allows which use of a likeness, until when, on what evidence. A character has at most one unrevoked of each:
    of her face, and of her voice as it is recorded."""

    __tablename__ = "consents"
    __table_args__ = (
        ForeignKeyConstraint(["org_id", "character_id"], ["characters.org_id", "characters.id"], ondelete="CASCADE"),
        CheckConstraint(one_of("kind", CONSENT_KINDS), name="kind"),
        CheckConstraint(one_of("likeness", LIKENESSES), name="likeness"),
        CheckConstraint(
            "kind <> 'permission' OR evidence_text IS NOT NULL OR evidence_url IS NOT NULL "
            "OR evidence_asset_id IS NOT NULL",
            name="permission_has_evidence",
        ),
        ForeignKeyConstraint(["org_id", "evidence_asset_id"], ["assets.org_id", "assets.id"]),
        Index(None, "org_id", "character_id"),
        Index(
            "uq_consents_unrevoked",
            "character_id",
            "likeness",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    org_id: Mapped[Id]
    character_id: Mapped[Id]
    likeness: Mapped[Word] = mapped_column(default="face", server_default="face")
    kind: Mapped[Word]
    granted_by: Mapped[Name]
    scope: Mapped[Name]
    evidence_text: Mapped[str | None]
    evidence_url: Mapped[str | None]
    evidence_asset_id: Mapped[Id | None]
    granted_at: Mapped[Created]
    expires_at: Mapped[Instant | None]
    revoked_at: Mapped[Instant | None]


class Deletion(Table):
    """The certificate that stays when a character is erased: counts and hashes, nothing of the person."""

    __tablename__ = "deletions"
    __table_args__ = (Index(None, "org_id", "character_id"),)

    id: Mapped[Id] = mapped_column(primary_key=True)
    org_id: Mapped[Id] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"))
    character_id: Mapped[Id]
    erased: Mapped[Document]
    erased_sha256: Mapped[Sha256Hex]
    created_at: Mapped[Created]
