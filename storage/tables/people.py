"""People, who sign in; their memberships in organisations; invitations to become a member."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.columns import Created, Id, Instant, Name, Sha256Hex, Table, Word, one_of

ROLES = ("owner", "admin", "editor", "viewer")


class Person(Table):
    """Somebody who signs in. No tenant's row: a person may be a member of several organisations.

    `email` is kept in lower case; the owner of an embedded studio has none, and no password, and comes by a one-time
    link. `oidc_subject` is the person's name at the identity provider `oidc_issuer`. is_operator: runs the whole
    installation, and may look at every organisation's account.
    """

    __tablename__ = "people"
    __table_args__ = (UniqueConstraint("oidc_issuer", "oidc_subject"),)

    id: Mapped[Id] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    name: Mapped[Name]
    password_hash: Mapped[str | None]
    oidc_issuer: Mapped[str | None] = mapped_column(String(400))
    oidc_subject: Mapped[str | None] = mapped_column(String(255))
    is_operator: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[Created]


class Membership(Table):
    """A person in an organisation, with a role."""

    __tablename__ = "memberships"
    __table_args__ = (CheckConstraint(one_of("role", ROLES), name="role"), Index(None, "person_id"))

    org_id: Mapped[Id] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[Id] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[Word]
    created_at: Mapped[Created]


class Invitation(Table):
    """A one-time link by which the person with this e-mail address becomes a member."""

    __tablename__ = "invitations"
    __table_args__ = (CheckConstraint(one_of("role", ROLES), name="role"), Index(None, "org_id", "id"))

    id: Mapped[Id] = mapped_column(primary_key=True)
    org_id: Mapped[Id] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"))
    email: Mapped[str] = mapped_column(String(254))
    role: Mapped[Word]
    token_sha256: Mapped[Sha256Hex] = mapped_column(unique=True)
    created_at: Mapped[Created]
    expires_at: Mapped[Instant]
    accepted_at: Mapped[Instant | None]
    accepted_by: Mapped[Id | None]
    revoked_at: Mapped[Instant | None]
