"""Signing in at an identity provider, against a real one: who comes in, and every answer that must not let in."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from joserfc.jwk import RSAKey
from pydantic import HttpUrl, SecretStr

from storage.unit import Database
from studio.app import create_app
from studio.config import Settings
from tests.studio.auth.identity_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    IdentityProvider,
    make_by_hand,
    running_provider,
    sign,
)
from tests.studio.conftest import Tenant, open_browser
from tests.studio.organisations.test_members import invite


@pytest.fixture(scope="module")
def running() -> Iterator[IdentityProvider]:
    with running_provider() as provider:
        yield provider


@pytest.fixture
def provider(running: IdentityProvider) -> IdentityProvider:
    running.reset()
    return running


@pytest.fixture
def joined(app: FastAPI, database: Database, provider: IdentityProvider) -> FastAPI:
    """A studio that knows the provider."""
    return join_to(app, database, HttpUrl(provider.issuer))


def join_to(app: FastAPI, database: Database, issuer: HttpUrl, **more: Any) -> FastAPI:  # noqa: ANN401 (settings)
    settings = Settings(
        data_dir=app.state.settings.data_dir,
        oidc_issuer=issuer,
        oidc_client_id=CLIENT_ID,
        oidc_client_secret=SecretStr(CLIENT_SECRET),
        oidc_name="Example ID",
        **more,
    )
    created = create_app(settings)
    created.state.database = database
    return created


async def go_there(browser: httpx.AsyncClient, **more: str) -> dict[str, str]:
    """Begin at the studio and let the provider answer; returns what it sends back to the callback."""
    begun = await browser.get("/oidc/start", params=more)
    assert begun.status_code == 303, begun.text
    async with httpx.AsyncClient() as plain:
        answer = await plain.get(begun.headers["location"])
    parts = urlsplit(answer.headers["location"])
    assert (parts.netloc, parts.path) == ("studio", "/oidc/callback")
    return {key: values[0] for key, values in parse_qs(parts.query).items()}


async def come_back(browser: httpx.AsyncClient, answer: dict[str, str]) -> httpx.Response:
    return await browser.get("/oidc/callback", params=answer)


async def test_a_new_person_signs_up_and_comes_back_as_the_same(joined: FastAPI, provider: IdentityProvider) -> None:
    browser = open_browser(joined)
    assert (await browser.get("/v1/sign-in-options")).json()["oidc"] == "Example ID"
    reply = await come_back(browser, await go_there(browser))
    assert (reply.status_code, reply.headers["location"]) == (303, "/")
    me = (await browser.get("/v1/me")).json()
    assert (me["person"]["email"], me["role"]) == ("ada@example.com", "owner")
    assert (await browser.get("/v1/sessions")).json()["data"][0]["way"] == "oidc"
    provider.person["email"] = "married@example.com"  # the subject says who it is, not the address
    elsewhere = open_browser(joined)
    await come_back(elsewhere, await go_there(elsewhere))
    assert (await elsewhere.get("/v1/me")).json()["person"] == me["person"]


async def test_the_browser_goes_where_it_wanted_to_and_to_no_other_site(joined: FastAPI) -> None:
    browser = open_browser(joined)
    wanted = "/films/prj_1/shots/sht_2?with=a,b"
    assert (await come_back(browser, await go_there(browser, next=wanted))).headers["location"] == wanted
    abroad = (
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "evil",
        "",
    )
    for path in (*abroad, "/\r\\evil.example", "/a\\b", "javascript:alert(1)"):
        refused = await browser.get("/oidc/start", params={"next": path})
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request"), path


async def test_an_answer_is_good_once_and_in_the_browser_that_asked(joined: FastAPI) -> None:
    browser, thief = open_browser(joined), open_browser(joined)
    answer = await go_there(browser)
    for reply in (
        await come_back(thief, answer),
        await come_back(browser, answer | {"state": "another"}),
    ):
        assert (reply.status_code, reply.json()["code"]) == (401, "oidc_refused")
    state = browser.cookies["dramatis_80_oidc"]
    assert (await come_back(browser, answer)).status_code == 303
    browser.cookies.set("dramatis_80_oidc", state)
    assert (await come_back(browser, answer)).status_code == 401
    cancelled = await go_there(thief)
    del cancelled["code"]
    assert (await come_back(thief, cancelled)).json()["code"] == "oidc_refused"
    shown = await thief.get("/oidc/callback", params=cancelled, headers={"Accept": "text/html,*/*;q=0.8"})
    assert (shown.status_code, shown.headers["location"]) == (303, "/sign-in?refused=oidc_refused")


async def test_the_code_needs_the_browsers_own_verifier(joined: FastAPI) -> None:
    """A stolen code put into one's own sign-in is refused by the provider: the verifier is another."""
    victim, thief = open_browser(joined), open_browser(joined)
    stolen, own = await go_there(victim), await go_there(thief)
    assert (await come_back(thief, own | {"code": stolen["code"]})).json()["code"] == "oidc_refused"


FORGED: dict[str, dict[str, Any]] = {
    "another's nonce": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "for another client": {"aud": "somebody else"},
    "from another issuer": {"iss": "https://evil.example"},
    "expired": {"exp": int(time.time()) - 3600},
}


@pytest.mark.parametrize("what", FORGED)
async def test_a_token_that_does_not_fit_lets_nobody_in(joined: FastAPI, provider: IdentityProvider, what: str) -> None:
    provider.claims = FORGED[what]
    browser = open_browser(joined)
    reply = await come_back(browser, await go_there(browser))
    assert (reply.status_code, reply.json()["code"]) == (401, "oidc_refused")
    assert (await browser.get("/v1/me")).status_code == 401


@pytest.mark.parametrize("how", ["by a stranger's key", "with the public key as a secret", "not at all"])
async def test_a_token_that_the_provider_did_not_sign_lets_nobody_in(
    joined: FastAPI, provider: IdentityProvider, how: str
) -> None:
    stranger = RSAKey.generate_key(2048, {"kid": "one"}, auto_kid=False)
    provider.forge = {
        "by a stranger's key": lambda claims: sign(claims, stranger),
        "with the public key as a secret": lambda claims: make_by_hand("HS256", claims, provider.public_pem),
        "not at all": lambda claims: make_by_hand("none", claims, b""),
    }[how]
    browser = open_browser(joined)
    assert (await come_back(browser, await go_there(browser))).json()["code"] == "oidc_refused"


async def test_an_address_with_a_password_is_not_taken_over(joined: FastAPI, provider: IdentityProvider) -> None:
    body = {"email": "ada@example.com", "password": "a long sentence", "name": "Ada", "organisation": "Own"}
    assert (await open_browser(joined).post("/v1/people", json=body)).status_code == 201
    browser = open_browser(joined)
    reply = await come_back(browser, await go_there(browser))
    assert (reply.status_code, reply.json()["code"]) == (409, "email_taken")
    provider.person["email_verified"] = False  # nor believed
    assert (await come_back(browser, await go_there(browser))).status_code == 303
    assert (await browser.get("/v1/me")).json()["person"]["email"] is None


async def test_who_is_invited_comes_in_by_the_provider_even_where_sign_up_is_closed(
    app: FastAPI, tenant: Tenant, database: Database, provider: IdentityProvider
) -> None:
    closed = join_to(app, database, HttpUrl(provider.issuer), sign_up=False)
    browser = open_browser(closed)
    assert (await come_back(browser, await go_there(browser))).json()["code"] == "sign_up_closed"
    others = await invite(tenant.http, email="grace@example.com")
    wrong = await come_back(browser, await go_there(browser, invitation=others))
    assert wrong.json()["code"] == "invitation_for_another"
    token = await invite(tenant.http, email="ada@example.com")
    assert (await come_back(browser, await go_there(browser, invitation=token))).status_code == 303
    me = (await browser.get("/v1/me")).json()
    assert (me["organisation"]["id"], me["role"]) == (tenant.org_id, "editor")


async def test_a_provider_that_is_away_or_not_configured_is_told_so(app: FastAPI, database: Database) -> None:
    away = join_to(app, database, HttpUrl("http://127.0.0.1:9"))
    reply = await open_browser(away).get("/oidc/start")
    assert (reply.status_code, reply.json()["code"]) == (503, "oidc_unavailable")
    none = await open_browser(app).get("/oidc/start")
    assert (none.status_code, none.json()["code"]) == (404, "not_found")
