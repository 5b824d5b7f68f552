"""No page complains on the browser's console, or asks for what it is refused: whoever looks, signed in or not."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from playwright.sync_api import Page, Request, Response, expect

from studio.browser.routes import ENTRY, PAGES, PREFIXES
from tests.browser.conftest import Film, OpenPage, Studio
from tests.browser.test_accounts import invite

ACCOUNT = ("organisation", "members", "keys", "consent", "audit", "sessions", "password")
STILL_MS = 400


class Traffic:
    """What a page asks for: what is still on its way, and what was refused."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._under_way: set[Request] = set()
        self.refused: list[str] = []
        page.on("request", self._begin)
        page.on("requestfinished", self._end)
        page.on("requestfailed", self._end)
        page.on("response", self._note)

    def visit(self, path: str) -> None:
        """Open the page and wait until it has all that it asks for."""
        self._under_way.clear()
        self._page.goto(path)
        expect(self._page.get_by_role("heading", level=1).first).to_be_attached()
        self._page.wait_for_timeout(STILL_MS)
        while self._under_way:
            self._page.wait_for_timeout(STILL_MS)

    def _begin(self, request: Request) -> None:
        if request.resource_type not in ("eventsource", "media"):  # they stay open for as long as the page likes
            self._under_way.add(request)

    def _end(self, request: Request) -> None:
        self._under_way.discard(request)

    def _note(self, response: Response) -> None:
        if response.status >= 400:
            self.refused.append(f"{response.status} {response.url} on {self._page.url}")


def pages_of(film: Film, take_id: str, loose_take: str, character_id: str) -> list[str]:
    """Every page that needs somebody who is signed in."""
    return [
        *PAGES,
        *PREFIXES[1:],
        "/cast/new",
        f"/cast/{character_id}",
        film.path,
        film.shot_path(),
        f"{film.path}/play",
        f"{film.shot_path()}/takes/{take_id}",
        f"/renders/{loose_take}",
        *(f"/account/{part}" for part in ACCOUNT),
    ]


def test_no_page_complains_signed_in_or_not(
    open_page: OpenPage, studio: Studio, film: Film, loose_take: str, example: dict[str, Any], complaints: list[str]
) -> None:
    (entry,) = example["scenes"][0]["shots"][0]["characters"]
    studio.told("POST", f"/v1/shots/{film.shots[0]}/takes", {"count": 1})
    (take,) = studio.wait_for_takes(film.shots[0])
    own = pages_of(film, take["id"], loose_take, entry["character_id"])
    join = invite(studio, "quiet@example.com", "viewer").partition("/join")[2]
    entries = [*ENTRY[:2], "/join" + join]

    traffic = Traffic(open_page("/renders"))
    for path in (*own, *entries):
        traffic.visit(path)
    stranger = open_page("/sign-in", fresh=True)
    seen = Traffic(stranger)
    for path in entries:
        seen.visit(path)
    for path in own:
        seen.visit(path)
        way_back = "" if path == "/" else f"?next={quote(path, safe='')}"
        assert stranger.url == f"{studio.url}/sign-in{way_back}"
    assert traffic.refused + seen.refused == []
    assert complaints == []
