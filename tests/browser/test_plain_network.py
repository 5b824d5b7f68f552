"""A studio that other machines reach by plain http: keys work there, sessions do not, and the page says what to do."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import expect

from studio.examples import example_path
from tests.browser.conftest import OpenPage, Studio
from tests.conftest import skip_or_fail


@pytest.fixture(scope="module")
def elsewhere(studio: Studio) -> str:
    """The studio's address as another machine would use it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: it only asks which address would be used
        except OSError:
            skip_or_fail("this machine has no address but the loopback's")
        return f"http://{probe.getsockname()[0]}:{urlsplit(studio.url).port}"


@pytest.mark.parametrize("path", ["/", "/sign-up"])
def test_the_pages_say_that_sessions_need_https_and_what_to_do(
    open_page: OpenPage, studio: Studio, elsewhere: str, path: str
) -> None:
    page = open_page(elsewhere + path, fresh=True)
    told = page.get_by_role("alert")
    expect(told).to_contain_text("Signing in needs https")
    expect(told).to_contain_text("DRAMATIS_PUBLIC_URL")
    expect(told).to_contain_text(studio.url)
    expect(page.get_by_role("textbox")).to_have_count(0)
    assert not page.context.cookies()


def test_a_key_works_there_and_links_lead_where_the_client_came_from(studio: Studio, elsewhere: str) -> None:
    body = example_path().read_bytes()
    key = {"Authorization": f"Bearer {studio.server.api_key}"}
    with httpx.Client(base_url=elsewhere, headers=key, timeout=60) as http:
        asked = {"kind": "photo", "content_type": "image/png", "size_bytes": len(body)}
        form = http.post("/v1/uploads", json=asked).json()
        assert form["url"].startswith(elsewhere + "/")
        sent = httpx.post(form["url"], data=form["fields"], files={"file": ("a.png", body, "image/png")})
        assert sent.status_code == 204
        photo = http.post(f"/v1/uploads/{form['id']}/complete").json()
        assert photo["url"].startswith(elsewhere + "/")
        assert httpx.get(photo["url"]).headers["content-type"] == "image/png"
