"""Who is signed in, and what guards the way in. Of every token only the SHA-256 is kept."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.columns import Count, Created, Id, Instant, Name, Sha256Hex, Table, Word


class Session(Table):
    """A browser that is signed in as a person, and looks at one of the person's organisations."""

    __tablename__ = "sessions"
    __table_args__ = (Index(None, "person_id"), Index(None, "expires_at"))

    id: Mapped[Id] = mapped_column(primary_key=True)
    token_sha256: Mapped[Sha256Hex] = mapped_column(unique=True)
    person_id: Mapped[Id] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    chosen_org_id: Mapped[Id] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"))
    way: Mapped[Word]
    address: Mapped[str | None] = mapped_column(String(45))
    browser: Mapped[Name]
    created_at: Mapped[Created]
    last_seen_at: Mapped[Created]
    expires_at: Mapped[Instant]


class SignInLink(Table):
    """A link that signs its bearer in once; gone with its use."""

    __tablename__ = "sign_in_links"

    token_sha256: Mapped[Sha256Hex] = mapped_column(primary_key=True)
    org_id: Mapped[Id] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"))
    person_id: Mapped[Id] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    created_at: Mapped[Created]
    expires_at: Mapped[Instant]


class SignInTries(Table):
    """How often a sign-in was tried within the present window, by address or by account (`key` says which)."""

    __tablename__ = "sign_in_tries"

    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    tries: Mapped[Count]
    began_at: Mapped[Instant] = mapped_column(index=True)


class OidcFlow(Table):
    """A sign-in at the identity provider that has begun and not come back; gone with its answer."""

    __tablename__ = "oidc_flows"

    state_sha256: Mapped[Sha256Hex] = mapped_column(primary_key=True)
    nonce: Mapped[Name]
    code_verifier: Mapped[Name]
    invitation: Mapped[Name | None]
    next_path: Mapped[str] = mapped_column(String(1000))
    expires_at: Mapped[Instant] = mapped_column(index=True)
