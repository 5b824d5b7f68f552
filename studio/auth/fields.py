"""The words that people type about themselves and their organisation, each within its limits."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, SecretStr

from studio.auth.passwords import LONGEST, SHORTEST

Email = Annotated[
    str,
    Field(max_length=254, pattern=r"^[^@\s\x00]{1,64}@[^@\s\x00]{1,189}$"),
    AfterValidator(lambda address: address.lower()),
]


def _encodable(password: SecretStr) -> SecretStr:
    try:
        password.get_secret_value().encode()
    except UnicodeEncodeError:
        raise ValueError("a password is made of whole characters: this one has half of one") from None
    return password


GivenPassword = Annotated[SecretStr, Field(max_length=LONGEST), AfterValidator(_encodable)]
Password = Annotated[SecretStr, Field(min_length=SHORTEST, max_length=LONGEST), AfterValidator(_encodable)]
Token = Annotated[str, Field(min_length=1, max_length=200)]
ShortName = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*\S[^\x00]*$")]


def closed_with_examples(*examples: dict[str, Any]) -> ConfigDict:
    """A body that takes no further field, with what it looks like."""
    return ConfigDict(extra="forbid", json_schema_extra={"examples": list(examples)})
