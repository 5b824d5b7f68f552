"""People and their sessions as clients see them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from studio.auth.fields import Email, GivenPassword, Password, ShortName, Token, closed_with_examples
from studio.http.examples import Example, with_examples
from studio.organisations.roles import Role
from studio.organisations.schemas import OrganisationView

_PERSON: dict[str, JsonValue] = {
    "id": "per_01J9ZK3Q5T8M4N6P7R9S0V2W3X",
    "name": "Ada",
    "email": "ada@example.com",
    "has_password": True,
    "is_operator": False,
}
_SESSION: Example = {
    "id": "ses_01J9ZK3Q5T8M4N6P7R9S0V2W3X",
    "current": True,
    "way": "password",
    "address": "192.0.2.7",
    "browser": "Firefox on Linux",
    "created_at": "2026-11-23T08:00:00Z",
    "last_seen_at": "2026-11-23T09:00:00Z",
    "expires_at": "2026-12-23T08:00:00Z",
}
_ORG: dict[str, JsonValue] = {"id": "org_01J9ZK3Q5T8M4N6P7R9S0V2W3X", "name": "Ada's studio", "suspension": None}


class SignUp(BaseModel):
    """A new person: in a new organisation, or in the one that invites."""

    model_config = closed_with_examples(
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

    model_config = closed_with_examples({"email": "ada@example.com", "password": "a long sentence"})

    email: Email
    password: GivenPassword


class PasswordChange(BaseModel):
    """The present password and the new one."""

    model_config = closed_with_examples({"current": "a long sentence", "fresh": "another long sentence"})

    current: GivenPassword
    fresh: Password


class PasswordResetAsked(BaseModel):
    """Whose password is forgotten."""

    model_config = closed_with_examples({"email": "ada@example.com", "language": "en"})

    email: Email
    language: Literal["en", "zh"] = Field(default="en", description="Of the mail.")


class PasswordChosen(BaseModel):
    """The token of a link, and the new password."""

    model_config = closed_with_examples({"token": "kF0…", "password": "another long sentence"})

    token: Token
    password: Password


class SignInOptions(BaseModel):
    """How one may sign in here."""

    model_config = with_examples({"password": True, "sign_up": True, "oidc": None, "safe": True, "mail": False})

    password: bool
    sign_up: bool
    oidc: str | None = Field(description="What the identity provider is called; null without one.")
    safe: bool = Field(
        description="Whether a session may begin over this connection: by https, or on the studio's own machine."
    )
    mail: bool = Field(description="Whether the studio sends e-mail: a link for a new password, say.")


class PersonView(BaseModel):
    """Somebody who signs in. The owner of an embedded studio has no e-mail address."""

    id: str
    name: str
    email: str | None
    has_password: bool = Field(description="False for who signs in at the identity provider, or by a link.")
    is_operator: bool = Field(description="Runs this installation: `/v1/operator` answers.")


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

    model_config = closed_with_examples({"organisation_id": _ORG["id"]})

    organisation_id: str = Field(max_length=40)


class SessionView(BaseModel):
    """A browser that is signed in."""

    model_config = with_examples(_SESSION)

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
