"""The request log in the account: found, looked at, and in test mode asked again; by keyboard and on a phone too."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW, WIDE, OpenPage, Studio
from tests.browser.test_pages import AXE


@pytest.fixture(scope="module")
def refused(studio: Studio) -> str:
    """The id of a live request that was refused."""
    return str(studio.http.post("/v1/takes", json={"prompt": "a lighthouse at night"}).headers["x-request-id"])


@pytest.fixture(scope="module")
def tested(studio: Studio) -> dict[str, Any]:
    """A film that was made with a test key, and the request that made it."""
    key = studio.told("POST", "/v1/test-keys", {"name": "browser tests"})["key"]
    headers = {"Authorization": f"Bearer {key}"}
    made = httpx.post(f"{studio.url}/v1/projects", json={"name": "A test film"}, headers=headers, timeout=60)
    return {"request_id": made.headers["x-request-id"], "headers": headers}


def find(page: Page, words: str) -> None:
    """Search, again until the log has written it."""
    page.get_by_label("Find").fill(words)
    row = page.get_by_role("button", name=re.compile("^Look at"))
    for _ in range(20):
        page.wait_for_timeout(500)
        if row.count() == 1:
            return
        page.get_by_label("Find").fill("")
        page.wait_for_timeout(400)
        page.get_by_label("Find").fill(words)
    expect(row).to_have_count(1)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_refused_request_is_found_and_looked_at(open_page: OpenPage, refused: str, size: tuple[int, int]) -> None:
    page = open_page("/account/requests", size=size)
    find(page, refused)
    page.get_by_role("button", name="Look at POST /v1/takes, answered 422").press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Request body")).to_have_value(re.compile("a lighthouse at night"))
    expect(dialog.get_by_label("Reply body")).to_have_value(re.compile("invalid_request"))
    expect(dialog.get_by_role("link", name="What this error means")).to_have_attribute(
        "href", "/docs/errors#invalid_request"
    )
    expect(dialog.get_by_role("button", name="Ask again")).to_have_count(0)
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    assert [(one["id"], one["nodes"][0]["target"]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.get_by_label("Find").fill("no such words anywhere")
    expect(page.get_by_text("No request fits")).to_be_visible()


def test_a_request_of_test_mode_is_asked_again(
    open_page: OpenPage, studio: Studio, tested: dict[str, Any], refused: str
) -> None:
    page = open_page("/account/requests")
    page.get_by_text("Test", exact=True).click()
    find(page, tested["request_id"])
    page.get_by_role("button", name="Look at POST /v1/projects, answered 201").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Ask again").click()
    expect(dialog.get_by_role("status")).to_contain_text("Answered 201")
    films = httpx.get(f"{studio.url}/v1/projects", headers=tested["headers"], timeout=60).json()["data"]
    assert [film["name"] for film in films] == ["A test film"] * 2
    assert "A test film" not in str(studio.told("GET", "/v1/projects"))


def test_a_test_key_is_made_where_keys_are(open_page: OpenPage) -> None:
    page = open_page("/account/keys")
    page.get_by_text("Test", exact=True).click()
    page.get_by_label("Name of the key").fill("from the page")
    page.get_by_role("button", name="Make a key").click()
    expect(page.get_by_text(re.compile("^sk_test_[0-9A-Z]{38}$"))).to_be_visible()
    expect(page.get_by_text("from the page")).to_be_visible()
    page.get_by_text("Live", exact=True).click()
    expect(page.get_by_text("from the page")).to_have_count(0)
