"""Signing in at an identity provider by OpenID Connect: code flow with PKCE, state and nonce.

The state is bound to the browser by a cookie and to one answer by its row. A person is known by issuer and subject,
never by the e-mail address alone: an address that signed up with a password is not taken over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from storage.queries.people import find_person_by_subject
from storage.queries.sessions import insert_oidc_flow, take_oidc_flow
from storage.retry import retried
from storage.unit import Database
from studio.auth.people import SignUpClosed, make_person, place_in_organisation
from studio.auth.sessions import Visit, begin_session
from studio.auth.tokens import hash_token, new_token
from studio.http.errors import StudioError
from studio.organisations.invitations import join_by_invitation

ANSWER_WITHIN = timedelta(minutes=10)
_PATIENCE_S = 10.0
_SIGNED_BY = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]  # never `none`, never a shared secret
_LEEWAY_S = 60


class OidcRefused(StudioError):
    """The identity provider's answer cannot be accepted."""

    status = 401
    code = "oidc_refused"


class OidcUnavailable(StudioError):
    """The identity provider cannot be reached just now."""

    status = 503
    code = "oidc_unavailable"
    waiting_helps = True


@dataclass(frozen=True)
class Arrival:
    """Somebody who came back signed in: their session's token, and where in the studio they wanted to go."""

    token: str
    next_path: str


@dataclass(frozen=True)
class Claims:
    """What the provider says of a person. `email` only when the provider has verified it."""

    subject: str
    email: str | None
    name: str


class OidcProvider:
    """One provider, known by its issuer; the rest it says itself."""

    def __init__(self, issuer: str, client_id: str, client_secret: str) -> None:
        self.issuer = issuer.rstrip("/")
        self._client_id = client_id
        self._client_secret = client_secret
        self._metadata: dict[str, Any] | None = None

    async def start(
        self, database: Database, *, redirect_uri: str, invitation: str | None, next_path: str
    ) -> tuple[str, str]:
        """Where to send the browser, and the state that it must bring back. Raises OidcUnavailable.

        `next_path`: where in the studio the browser goes once it is signed in.
        """
        metadata = await self._discover()
        state, nonce, code_verifier = new_token(), new_token(), new_token()
        async with self._client(redirect_uri) as client:
            url, _ = client.create_authorization_url(
                metadata["authorization_endpoint"], state=state, code_verifier=code_verifier, nonce=nonce
            )
        async with database.write() as session:
            await insert_oidc_flow(
                session,
                state_sha256=hash_token(state),
                nonce=nonce,
                code_verifier=code_verifier,
                invitation=invitation,
                next_path=next_path,
                valid_for=ANSWER_WITHIN,
            )
        return url, state

    async def fetch_claims(self, *, code: str, code_verifier: str, nonce: str, redirect_uri: str) -> Claims:
        """Exchange the code and check the identity token. Raises OidcRefused, OidcUnavailable."""
        metadata = await self._discover()
        try:
            async with self._client(redirect_uri) as client:
                token = await client.fetch_token(metadata["token_endpoint"], code=code, code_verifier=code_verifier)
                keys = (await client.request("GET", metadata["jwks_uri"], withhold_token=True)).json()
            decoded = jwt.decode(token["id_token"], KeySet.import_key_set(keys), algorithms=_SIGNED_BY)
            told = CodeIDToken(
                decoded.claims,
                decoded.header,
                {"iss": {"essential": True, "value": self.issuer}},
                {"nonce": nonce, "client_id": self._client_id, "access_token": token.get("access_token")},
            )
            told.validate(leeway=_LEEWAY_S)
        except httpx.HTTPError as error:
            raise OidcUnavailable("try again in a moment", headers={"Retry-After": "5"}) from error
        except (AuthlibBaseError, JoseError, KeyError, ValueError) as error:
            raise OidcRefused("sign in again; if it stays so, tell the operator") from error
        email = told.get("email") if told.get("email_verified") is True else None
        return Claims(
            str(told["sub"]), email.lower() if email else None, str(told.get("name") or email or "New member")
        )

    def _client(self, redirect_uri: str) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            self._client_id,
            self._client_secret,
            scope="openid email profile",
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            timeout=_PATIENCE_S,
        )

    async def _discover(self) -> dict[str, Any]:
        if self._metadata is None:
            url = f"{self.issuer}/.well-known/openid-configuration"
            try:
                async with httpx.AsyncClient(timeout=_PATIENCE_S) as client:
                    told: dict[str, Any] = (await client.get(url)).raise_for_status().json()
            except (httpx.HTTPError, ValueError) as error:
                raise OidcUnavailable("try again in a moment", headers={"Retry-After": "5"}) from error
            if str(told.get("issuer", "")).rstrip("/") != self.issuer:
                raise OidcRefused("the identity provider calls itself by another name than the settings do")
            self._metadata = told
        return self._metadata


async def finish_oidc(
    database: Database, provider: OidcProvider, *, state: str, code: str, redirect_uri: str, visit: Visit, sign_up: bool
) -> Arrival:
    """A session for the provider's answer; a new person signs up by it.

    Raises OidcRefused, OidcUnavailable, EmailTaken, SignUpClosed, and what an invitation raises.
    """
    async with database.write() as session:
        flow = await take_oidc_flow(session, state_sha256=hash_token(state))
    if flow is None:
        raise OidcRefused("this answer was used before, or came too late: sign in again")
    claims = await provider.fetch_claims(
        code=code, code_verifier=flow.code_verifier, nonce=flow.nonce, redirect_uri=redirect_uri
    )

    @retried
    async def arrive() -> Arrival:
        async with database.write() as session:
            known = (provider.issuer, claims.subject)
            person = await find_person_by_subject(session, issuer=known[0], subject=known[1])
            org_id = None
            if person is None:
                if flow.invitation is None and not sign_up:
                    raise SignUpClosed("ask a member for an invitation")
                person = await make_person(session, email=claims.email, name=claims.name[:200], oidc=known)
                org_id = await place_in_organisation(
                    session, person, organisation=None, invitation=flow.invitation, address=visit.address
                )
            elif flow.invitation is not None:
                org_id = await join_by_invitation(session, token=flow.invitation, person=person, address=visit.address)
            token = await begin_session(session, person=person, way="oidc", visit=visit, org_id=org_id)
            return Arrival(token, flow.next_path)

    return await arrive()
