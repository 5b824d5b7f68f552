"""A small OpenID Connect provider over real HTTP: one person is signed in there, and it can be told to misbehave."""

from __future__ import annotations

import base64
import hmac
import json
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any
from urllib.parse import urlencode

import uvicorn
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from fastapi import FastAPI, Form, Header, HTTPException, Request
from fastapi.responses import RedirectResponse
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT_ID, CLIENT_SECRET = "dramatis", "the client's secret"


class IdentityProvider:
    """`person` is who is signed in there. `claims` are put into the tokens that it makes, or `forge` makes them."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.person: dict[str, Any] = {}
        self.claims: dict[str, Any] = {}
        self.forge: Callable[[dict[str, Any]], str] | None = None
        self._key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}, auto_kid=False)
        self._asked: dict[str, dict[str, str]] = {}
        self.app = FastAPI()
        self.app.get("/.well-known/openid-configuration")(self._describe)
        self.app.get("/authorize")(self._authorise)
        self.app.post("/token")(self._exchange)
        self.app.get("/keys")(self._show_keys)

    def reset(self) -> None:
        self.person = {"sub": "ada-1", "email": "Ada@Example.com", "email_verified": True, "name": "Ada"}
        self.claims, self.forge = {}, None

    async def _describe(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }

    async def _authorise(self, request: Request) -> RedirectResponse:
        asked = dict(request.query_params)
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT_ID
        assert asked["code_challenge_method"] == "S256"
        assert {"openid", "email"} <= set(asked["scope"].split())
        code = secrets.token_urlsafe(8)
        self._asked[code] = asked
        return RedirectResponse(asked["redirect_uri"] + "?" + urlencode({"code": code, "state": asked["state"]}), 302)

    async def _exchange(
        self,
        code: Annotated[str, Form()],
        redirect_uri: Annotated[str, Form()],
        code_verifier: Annotated[str, Form()],
        grant_type: Annotated[str, Form()],
        authorization: Annotated[str, Header()],
    ) -> dict[str, Any]:
        known = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        asked = self._asked.pop(code, None)
        fits = (
            asked is not None
            and grant_type == "authorization_code"
            and authorization == f"Basic {known}"
            and asked["redirect_uri"] == redirect_uri
            and create_s256_code_challenge(code_verifier) == asked["code_challenge"]
        )
        if asked is None or not fits:
            raise HTTPException(400, {"error": "invalid_grant"})
        now = int(time.time())
        times = {"iat": now, "exp": now + 60}
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "nonce": asked["nonce"], **times, **self.person, **self.claims}
        token = self.forge(claims) if self.forge is not None else sign(claims, self._key)
        return {"access_token": "opaque", "token_type": "Bearer", "expires_in": 60, "id_token": token}

    async def _show_keys(self) -> dict[str, Any]:
        return dict(KeySet([self._key]).as_dict(private=False))

    @property
    def public_pem(self) -> bytes:
        return bytes(self._key.as_pem(private=False))


def sign(claims: dict[str, Any], key: RSAKey) -> str:
    """A token as it should be."""
    return str(jwt.encode({"alg": "RS256", "kid": "one"}, claims, key))


def make_by_hand(algorithm: str, claims: dict[str, Any], secret: bytes) -> str:
    """A token that no library would make: a shared secret's (HS256), or unsigned (none)."""
    parts = [_encode(json.dumps(part).encode()) for part in ({"alg": algorithm, "kid": "one"}, claims)]
    signature = hmac.digest(secret, ".".join(parts).encode(), "sha256") if algorithm == "HS256" else b""
    return ".".join([*parts, _encode(signature)])


def _encode(body: bytes) -> str:
    return base64.urlsafe_b64encode(body).rstrip(b"=").decode()


@contextmanager
def running_provider() -> Iterator[IdentityProvider]:
    """A provider that answers on a port of this machine."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        provider = IdentityProvider(f"http://127.0.0.1:{listener.getsockname()[1]}")
        server = uvicorn.Server(uvicorn.Config(provider.app, log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield provider
        server.should_exit = True
        thread.join()
