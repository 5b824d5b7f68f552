"""The account in a browser: an organisation of its own, its keys, its people, and where and how one is signed in."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Film, OpenPage, Studio
from tests.studio.auth.identity_provider import IdentityProvider

PASSWORD = "a long sentence"
_people = iter(range(1000))


def sign_up(page: Page, studio: Studio, name: str) -> str:
    """Somebody new in this page's browser, with an organisation of their own; returns their e-mail address."""
    email = f"{name.lower()}{next(_people)}@example.com"
    person = {"email": email, "password": PASSWORD, "name": name, "organisation": f"{name}'s films"}
    made = page.request.post("/v1/people", data=person, headers={"Origin": studio.url})
    assert made.status == 201, made.text()
    return email


@pytest.fixture
def ada(open_page: OpenPage, studio: Studio) -> tuple[Page, str]:
    """A page of Ada's, who owns an organisation, and her e-mail address."""
    page = open_page("/sign-in", fresh=True)
    return page, sign_up(page, studio, "Ada")


def test_an_owner_renames_the_organisation_makes_keys_and_reads_what_was_done(
    ada: tuple[Page, str], studio: Studio
) -> None:
    page, _ = ada
    page.goto("/account/organisation")
    name = page.get_by_role("textbox", name="Name")
    expect(name).to_have_value("Ada's films")
    name.fill("Ada and Grace")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The organisation is called Ada and Grace now")).to_be_visible()

    page.get_by_role("tab", name="API keys").click()
    expect(page.get_by_role("heading", name="No key yet")).to_be_visible()
    page.get_by_role("textbox", name="Name of the key").fill("app")
    page.get_by_role("button", name="Make a key").click()
    key = page.locator("p.mono").inner_text()
    with httpx.Client(base_url=studio.url, headers={"Authorization": f"Bearer {key}"}) as app:
        assert app.get("/v1/characters").status_code == 200
        page.get_by_role("button", name="Revoke app").click()
        page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
        expect(page.get_by_text("revoked on")).to_be_visible()
        assert app.get("/v1/characters").status_code == 401

    page.get_by_role("tab", name="Audit log").click()
    entries = page.get_by_role("tabpanel").get_by_role("listitem")
    for place, deed in enumerate(
        ("Revoked the API key app", "Made the API key app", "Renamed the organisation to Ada and")
    ):
        expect(entries.nth(place)).to_contain_text(deed)
        expect(entries.nth(place)).to_contain_text(re.compile(r"ada\d+@example.com"))
    page.get_by_role("button", name="Check that nothing was changed").click()
    expect(page.get_by_text(re.compile(r"All \d entries are as they were written"))).to_be_visible()


def test_a_session_ends_elsewhere_and_a_new_password_shuts_the_old_one_out(
    ada: tuple[Page, str], open_page: OpenPage, complaints: list[str]
) -> None:
    page, email = ada
    other = open_page("/sign-in", fresh=True)
    sign_in(other, email, PASSWORD)
    expect(other.get_by_role("heading", name="Projects")).to_be_visible()

    page.goto("/account/sessions")
    expect(page.get_by_text("Chromium on Linux: this one")).to_be_visible()
    page.get_by_role("button", name=re.compile("End the session on Chromium on Linux, since")).click()
    expect(page.get_by_text("You are signed in nowhere else")).to_be_visible()
    other.get_by_role("link", name="Cast").click()
    expect(other.get_by_role("heading", name="Sign in")).to_be_visible()

    page.get_by_role("tab", name="Password").click()
    change_password(page, "another one entirely", "a longer sentence")
    expect(page.get_by_text("This is not your present password")).to_be_visible()
    change_password(page, PASSWORD, "short")
    expect(page.get_by_text("Ten characters or more, please")).to_be_visible()
    change_password(page, PASSWORD, "a longer sentence")
    expect(page.get_by_text("The password was changed")).to_be_visible()

    sign_in(other, email, PASSWORD)
    expect(other.get_by_role("alert")).to_contain_text("E-mail address or password is wrong")
    sign_in(other, email, "a longer sentence")
    expect(other.get_by_role("heading", name="Cast", exact=True)).to_be_visible()
    complaints[:] = [one for one in complaints if not re.search("401|422", one)]  # the refusals that this test asks for


def test_the_identity_provider_signs_in_up_and_by_invitation_and_the_way_back_is_kept(
    open_page: OpenPage, studio: Studio, provider: IdentityProvider
) -> None:
    provider.person = {"sub": "hedy-1", "email": "hedy@example.com", "email_verified": True, "name": "Hedy"}
    page = open_page("/sign-in?next=%2Fcast", fresh=True)
    page.get_by_role("link", name="Sign up").click()
    page.get_by_role("link", name="Sign up with Example ID").click()
    expect(page.get_by_role("heading", name="Cast", exact=True)).to_be_visible()
    page.goto("/sign-in?next=//evil.example")  # to no other site
    way = page.get_by_role("link", name="Sign in with Example ID")
    expect(way).not_to_have_attribute("href", re.compile("evil"))
    way.click()
    expect(page.get_by_role("heading", name="Projects")).to_be_visible()
    page.goto("/oidc/callback?state=never-begun&code=x")
    expect(page.get_by_role("alert")).to_contain_text("The identity provider's answer cannot be accepted")
    page.context.clear_cookies()  # signed in, one joins as oneself
    page.goto(invite(studio, "hedy@example.com", "editor"))
    page.get_by_role("link", name="Join with Example ID").click()
    expect(page.get_by_role("heading", name="Projects")).to_be_visible()
    page.goto("/account/organisation")
    expect(page.get_by_text("Local studio", exact=True)).to_be_visible()
    expect(page.get_by_text("Editor", exact=True)).to_be_visible()


def test_an_invitation_is_taken_up_by_somebody_new_and_by_somebody_who_is_signed_in(
    ada: tuple[Page, str], open_page: OpenPage, studio: Studio
) -> None:
    new = open_page(invite(studio, "newcomer@example.com", "editor"), fresh=True)
    expect(new.get_by_text("newcomer@example.com is invited as editor")).to_be_visible()
    expect(new.get_by_role("button", name=re.compile("Join as"))).to_have_count(0)  # nobody is signed in
    new.get_by_role("textbox", name="Your name").fill("Newcomer")
    new.get_by_role("textbox", name="Password").fill(PASSWORD)
    new.get_by_role("button", name="Join", exact=True).click()
    expect(new.get_by_role("heading", name="Projects")).to_be_visible()
    assert new.request.get("/v1/me").json()["organisation"]["name"] == "Local studio"

    page, email = ada
    page.goto(invite(studio, email, "viewer"))
    page.get_by_role("button", name="Join as Ada").click()
    expect(page.get_by_text("Viewing only")).to_be_visible()
    me = page.request.get("/v1/me").json()
    assert [(one["name"], one["role"]) for one in me["organisations"]] == [
        ("Ada's films", "owner"),
        ("Local studio", "viewer"),
    ]


CHANGES = re.compile(
    "Render|variations|Circle|Cancel|Pin|Add|Delete|Duplicate|Undo|Scene|New film|Cast somebody|: more|Take away|"
    "Change the look|Revoke|Record|Make a key|Invite|Remove|Save|Rename"
)


def test_a_viewer_watches_and_is_told_why_nothing_changes(
    open_page: OpenPage, studio: Studio, film: Film, example: dict[str, Any]
) -> None:
    """No button offers what the role may not do, and whatever still looks like it says why."""
    page = open_page("/sign-in", fresh=True)
    join_as_viewer(page, studio)
    studio.told("POST", f"/v1/shots/{film.shots[0]}/takes", {"count": 1})
    (take,) = studio.wait_for_takes(film.shots[0])
    character = example["scenes"][0]["shots"][0]["characters"][0]["character_id"]
    account = {
        "organisation": "Your role",
        "members": "Watcher",
        "keys": "Owners and admins",
        "audit": "Owners and admins",
    }
    pages = {
        "/": "Short",
        "/cast": "Eileen",
        "/cast/new": "You are a viewer of",
        f"/cast/{character}": "Looks",
        "/first-film": "You are a viewer of",
        "/renders": "rendered in",
        **{f"/account/{part}": words for part, words in account.items()},
        f"{film.shot_path()}/takes/{take['id']}": "Notes",
        film.shot_path(): "Lines",
    }
    for path, words in pages.items():
        page.goto(path)
        expect(page.get_by_text("Viewing only").first).to_be_visible()
        expect(page.get_by_role("main").get_by_text(words).first).to_be_attached()
        expect(page.get_by_role("button", name=CHANGES, disabled=False)).to_have_count(0)
    why = page.get_by_text(re.compile("You are a viewer of Local studio"))
    page.get_by_role("button", name=re.compile("^Render")).hover()
    expect(why).to_be_visible()
    expect(page.get_by_role("textbox", name="What happens")).to_be_disabled()
    page.get_by_role("button", name=re.compile(r"\bShot 1A\b")).click()
    page.keyboard.press("Delete")
    expect(page.get_by_label("Messages").get_by_text("You are a viewer")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile(r"\bShot 1[AB]\b"))).to_have_count(2)


def invite(studio: Studio, email: str, role: str) -> str:
    """The link of a new invitation into the studio's own organisation."""
    return str(studio.told("POST", "/v1/invitations", {"email": email, "role": role})["url"])


def join_as_viewer(page: Page, studio: Studio) -> None:
    email = "watcher@example.com"
    (token,) = parse_qs(urlsplit(invite(studio, email, "viewer")).query)["token"]
    person = {"email": email, "password": PASSWORD, "name": "Watcher", "invitation": token}
    joined = page.request.post("/v1/people", data=person, headers={"Origin": studio.url})
    assert joined.status == 201, joined.text()


def sign_in(page: Page, email: str, password: str) -> None:
    page.get_by_role("textbox", name="E-mail address").fill(email)
    page.get_by_role("textbox", name="Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def change_password(page: Page, current: str, fresh: str) -> None:
    page.get_by_role("textbox", name="Present password").fill(current)
    page.get_by_role("textbox", name="New password").fill(fresh)
    page.get_by_role("button", name="Change the password").click()


def test_a_standing_consent_is_attested_and_ended(open_page: OpenPage, studio: Studio) -> None:
    page = open_page("/account/consent")
    expect(page.get_by_text("Nothing is attested")).to_be_visible()
    page.get_by_label("Who attests it").fill("Example Ltd")
    page.get_by_label("How it is known").fill("https://example.com/terms")
    page.get_by_role("button", name="Attest it").click()
    stands = page.get_by_role("region", name="This is attested now")
    expect(stands).to_contain_text("Example Ltd")
    assert studio.told("GET", "/v1/organisation/standing-consent")["evidence"] == "https://example.com/terms"
    page.reload()
    stands.get_by_role("button", name="Attest it no longer").click()
    page.get_by_role("dialog").get_by_role("button", name="Attest it no longer").click()
    expect(page.get_by_text("Nothing is attested: every photo")).to_be_visible()
    assert studio.told("GET", "/v1/organisation/standing-consent") is None


def test_an_organisation_is_deleted_after_its_name_and_leaves_a_certificate(
    open_page: OpenPage, studio: Studio, complaints: list[str]
) -> None:
    page = open_page("/sign-in", fresh=True)
    email = sign_up(page, studio, "Mary")
    page.goto("/account/organisation")
    expect(page.get_by_role("textbox", name="Name")).to_have_value("Mary's films")
    page.get_by_role("button", name="Delete the organisation").click()
    dialog = page.get_by_role("dialog")
    final = dialog.get_by_role("button", name="Delete it for good")
    expect(final).to_be_disabled()
    dialog.get_by_role("textbox").fill("mary's films")
    expect(final).to_be_disabled()
    dialog.get_by_role("textbox").fill("Mary's films")
    final.click()
    certificate = page.get_by_role("dialog")
    expect(certificate).to_contain_text("nobody is let in any more")
    with page.expect_download() as saved:
        certificate.get_by_role("button", name="Save the certificate").click()
    kept = json.loads(Path(saved.value.path()).read_text())
    expect(certificate.get_by_role("status")).to_contain_text("is gone, with everything", timeout=60_000)
    told = studio.http.get(f"/v1/organisation-deletions/{kept['id']}").json()
    assert (told["sha256"], told["finished_at"] is not None) == (kept["sha256"], True)
    certificate.get_by_role("button", name="Leave").click()
    sign_in(page, email, PASSWORD)
    expect(page.get_by_role("alert").first).to_be_visible()
    complaints.clear()  # every request after it was refused, as it should be
