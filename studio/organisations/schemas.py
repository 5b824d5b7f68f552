"""Organisations, their members, invitations and audit log as clients see them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from storage.tables import Organisation
from studio.auth.fields import Email, ShortName, Token, closed_with_examples
from studio.http.examples import Example, with_examples
from studio.organisations.audit import Action
from studio.organisations.roles import Role
from studio.organisations.suspension import SuspensionView

_TOKEN = "V0xS0mZ3…"  # noqa: S105 (an example)
_SHA256 = "17ab4c0d9c8b7a6e5d4c3b2a19080f7e6d5c4b3a29181706f5e4d3c2b1a09f8e"
_MEMBER: Example = {
    "id": "per_01J9ZK3Q5T8M4N6P7R9S0V2W3X",
    "name": "Ada",
    "email": "ada@example.com",
    "role": "owner",
    "joined_at": "2026-11-23T08:00:00Z",
}
_INVITATION: Example = {
    "id": "inv_01J9ZK3Q5T8M4N6P7R9S0V2W3X",
    "email": "grace@example.com",
    "role": "editor",
    "created_at": "2026-11-23T08:00:00Z",
    "expires_at": "2026-11-30T08:00:00Z",
}
_OFFER: Example = {
    "email": "grace@example.com",
    "organisation": "Ada's studio",
    "role": "editor",
    "expires_at": "2026-11-30T08:00:00Z",
    "signed_in_as": None,
}
_ENTRY: Example = {
    "sequence": 42,
    "at": "2026-11-23T08:00:00Z",
    "action": "key.made",
    "subject": "key_01J9ZK3Q5T8M4N6P7R9S0V2W3X",
    "actor_id": "per_01J9ZK3Q5T8M4N6P7R9S0V2W3X",
    "actor": "Ada",
    "address": "192.0.2.7",
    "details": {"name": "content app"},
    "sha256": _SHA256,
}


class OrganisationView(BaseModel):
    """A tenant."""

    id: str
    name: str
    suspension: SuspensionView | None = Field(description="Null: it is at work.")

    @classmethod
    def of(cls, organisation: Organisation) -> OrganisationView:
        """As it stands."""
        return cls(id=organisation.id, name=organisation.name, suspension=SuspensionView.of(organisation))


class OrganisationPlan(BaseModel):
    """What an organisation may do at once, and how much of its room is filled. storage_bytes null: no limit of its own.

    weight: its share of the devices while others want them too.
    """

    model_config = with_examples(
        {
            "name": "studio",
            "requests_a_minute": 3000,
            "running_jobs": 4,
            "queued_jobs": 500,
            "weight": 2.0,
            "storage_bytes": 214_748_364_800,
            "used_bytes": 1_482_113,
        }
    )

    name: str
    requests_a_minute: int
    running_jobs: int
    queued_jobs: int
    weight: float
    storage_bytes: int | None
    used_bytes: int


class OrganisationChange(BaseModel):
    """Another name."""

    model_config = closed_with_examples({"name": "Ada and Grace"})

    name: ShortName


class MemberView(BaseModel):
    """A member; `id` is the person's."""

    model_config = with_examples(_MEMBER)

    id: str
    name: str
    email: str | None
    role: Role
    joined_at: datetime


class MemberList(BaseModel):
    """Every member, the oldest first."""

    data: list[MemberView]


class RoleChange(BaseModel):
    """Another role."""

    model_config = closed_with_examples({"role": "editor"})

    role: Role


class InvitationCreate(BaseModel):
    """Whom to invite."""

    model_config = closed_with_examples({"email": "grace@example.com", "role": "editor"})

    email: Email
    role: Role
    language: Literal["en", "zh"] = Field(default="en", description="Of the mail, where the studio sends mail.")


class InvitationView(BaseModel):
    """An invitation that can still be accepted."""

    model_config = with_examples(_INVITATION)

    id: str
    email: str
    role: Role
    created_at: datetime
    expires_at: datetime


class InvitationList(BaseModel):
    """Every open invitation, the newest first."""

    data: list[InvitationView]


class InvitationMade(InvitationView):
    """A new invitation. `url` is shown this once: hand it over to whom it is for."""

    model_config = with_examples(_INVITATION | {"url": f"https://studio.example/join?token={_TOKEN}", "mailed": False})

    url: str
    mailed: bool = Field(description="Whether it is on its way by e-mail, too.")


class InvitationToken(BaseModel):
    """What stands behind `token=` in an invitation's link."""

    model_config = closed_with_examples({"token": _TOKEN})

    token: Token


class InvitationOffer(BaseModel):
    """What an invitation offers, and to whom."""

    model_config = with_examples(_OFFER)

    email: str
    organisation: str
    role: Role
    expires_at: datetime
    signed_in_as: str | None = Field(description="Who this browser is signed in as: may accept without signing up.")


class AuditView(BaseModel):
    """Who did what, when and from where."""

    sequence: int
    at: datetime
    action: Action
    subject: str | None
    actor_id: str | None
    actor: str
    address: str | None
    details: dict[str, Any]
    sha256: str


class AuditPage(BaseModel):
    """A page of the audit log, newest first. Ask for the next with `before=last_sequence` while `has_more`."""

    model_config = with_examples({"data": [_ENTRY], "has_more": False, "last_sequence": 42})

    data: list[AuditView]
    has_more: bool
    last_sequence: int | None


class AuditCheck(BaseModel):
    """Whether every entry is what was written: each is bound to the one before by its hash."""

    model_config = with_examples({"intact": True, "entries": 42, "broken_at": None, "last_sha256": _SHA256})

    intact: bool
    entries: int
    broken_at: int | None = Field(description="The first entry that was changed or is missing.")
    last_sha256: str = Field(description="Keep it elsewhere: no earlier entry can change without changing it.")


class DeletionAsked(BaseModel):
    """The organisation's name, typed to say that it is meant."""

    model_config = closed_with_examples({"name": "Ada and Grace"})

    name: ShortName


class OrganisationErased(BaseModel):
    """What goes. `photos` are SHA-256 of photos as they were kept; `files_sha256` is of every file's hash, in order."""

    rows: dict[str, int] = Field(description="By table.")
    photos: list[str]
    files: int
    files_sha256: str
    cancelled_takes: list[str]
    audit_log_sha256: str = Field(description="Of the audit log's last entry, which binds all entries before it.")


class OrganisationDeletionCertificate(BaseModel):
    """Says that an organisation was deleted, and what of it. `sha256` is of `erased` as canonical JSON."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "del_01J9ZK9Q5T8M4N6P7R9S0V2W3X",
                    "organisation_id": "org_01J9ZK3Q5T8M4N6P7R9S0V2W3X",
                    "asked_at": "2026-11-29T09:00:00Z",
                    "finished_at": "2026-11-29T09:00:12Z",
                    "erased": {
                        "rows": {"assets": 12, "characters": 2, "takes": 5},
                        "photos": ["9f2c…"],
                        "files": 12,
                        "files_sha256": "0b7d…",
                        "cancelled_takes": [],
                        "audit_log_sha256": "c41e…",
                    },
                    "sha256": "17ab…",
                }
            ]
        }
    )

    id: str
    organisation_id: str
    asked_at: datetime
    finished_at: datetime | None = Field(description="When the last of it was gone; null while it goes.")
    erased: OrganisationErased
    sha256: str
