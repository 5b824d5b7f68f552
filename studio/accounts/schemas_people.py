"""People, sessions, members, invitations and the audit log as clients see them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, SecretStr, model_validator

from studio.accounts.audit import Action
from studio.accounts.passwords import LONGEST, SHORTEST
from studio.accounts.roles import Role

_TOKEN = "V0xS0mZ3…"  # noqa: S105 (an example)
_PERSON: dict[str, JsonValue] = {
    "id": "per_01J9ZK3Q5T8M4N6P7R9S0V2W3X",
    "name": "Ada",
    "email": "ada@example.com",
    "has_password": True,
}
_ORG: dict[str, JsonValue] = {"id": "org_01J9ZK3Q5T8M4N6P7R9S0V2W3X", "name": "Ada's studio"}

Email = Annotated[
    str,
    Field(max_length=254, pattern=r"^[^@\s\x00]{1,64}@[^@\s\x00]{1,189}$"),
    AfterValidator(lambda address: address.lower()),
]
Password = Annotated[SecretStr, Field(min_length=SHORTEST, max_length=LONGEST)]
Token = Annotated[str, Field(min_length=1, max_length=200)]
ShortName = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*\S[^\x00]*$")]


def _example(*examples: dict[str, Any]) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": list(examples)})


class SignUp(BaseModel):
    """A new person: in a new organisation, or in the one that invites."""

    model_config = _example(
        {"email": "ada@example.com", "password": "a long sentence", "name": "Ada", "organisation": "Ada's studio"}
    )

    email: Email
    password: Password
    name: ShortName
    organisation: ShortName | None = None
    invitation: Token | None = Field(default=None, description="The token of an invitation's link.")

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.organisation is None) == (self.invitation is None):
            raise ValueError("give either the name of a new organisation or an invitation")
        return self


class SignIn(BaseModel):
    """An e-mail address and its password."""

    model_config = _example({"email": "ada@example.com", "password": "a long sentence"})

    email: Email
    password: SecretStr = Field(max_length=LONGEST)


class PasswordChange(BaseModel):
    """The present password and the new one."""

    model_config = _example({"current": "a long sentence", "fresh": "another long sentence"})

    current: SecretStr = Field(max_length=LONGEST)
    fresh: Password


class SignInOptions(BaseModel):
    """How one may sign in here."""

    password: bool
    sign_up: bool
    oidc: str | None = Field(description="What the identity provider is called; null without one.")


class PersonView(BaseModel):
    """Somebody who signs in. The owner of an embedded studio has no e-mail address."""

    id: str
    name: str
    email: str | None
    has_password: bool = Field(description="False for who signs in at the identity provider, or by a link.")


class OrganisationView(BaseModel):
    """A tenant."""

    id: str
    name: str


class OwnOrganisation(OrganisationView):
    """One of the person's organisations."""

    role: Role


class Me(BaseModel):
    """Who calls: a person, or (with `person` null) an API key."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "person": _PERSON,
                    "organisation": _ORG,
                    "role": "owner",
                    "organisations": [_ORG | {"role": "owner"}],
                    "scopes": ["assets", "characters", "keys", "members", "projects", "takes"],
                }
            ]
        }
    )

    person: PersonView | None
    organisation: OrganisationView
    role: Role
    organisations: list[OwnOrganisation]
    scopes: list[str]


class OrganisationChosen(BaseModel):
    """The organisation to look at from now on."""

    model_config = _example({"organisation_id": _ORG["id"]})

    organisation_id: str = Field(max_length=40)


class OrganisationChange(BaseModel):
    """Another name."""

    model_config = _example({"name": "Ada and Grace"})

    name: ShortName


class SessionView(BaseModel):
    """A browser that is signed in."""

    id: str
    current: bool
    way: str = Field(description="password, oidc or link")
    address: str | None
    browser: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


class SessionList(BaseModel):
    """The person's own sessions, the last used one first."""

    data: list[SessionView]


class MemberView(BaseModel):
    """A member; `id` is the person's."""

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

    model_config = _example({"role": "editor"})

    role: Role


class InvitationCreate(BaseModel):
    """Whom to invite."""

    model_config = _example({"email": "grace@example.com", "role": "editor"})

    email: Email
    role: Role


class InvitationView(BaseModel):
    """An invitation that can still be accepted."""

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

    url: str


class InvitationToken(BaseModel):
    """What stands behind `token=` in an invitation's link."""

    model_config = _example({"token": _TOKEN})

    token: Token


class InvitationOffer(BaseModel):
    """What an invitation offers, and to whom."""

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

    data: list[AuditView]
    has_more: bool
    last_sequence: int | None


class AuditCheck(BaseModel):
    """Whether every entry is what was written: each is bound to the one before by its hash."""

    intact: bool
    entries: int
    broken_at: int | None = Field(description="The first entry that was changed or is missing.")
    last_sha256: str = Field(description="Keep it elsewhere: no earlier entry can change without changing it.")
