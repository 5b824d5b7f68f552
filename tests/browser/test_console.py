"""No page complains on the browser's console, or asks for what it is refused: whoever looks, signed in or not."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from studio.browser.routes import ENTRY, PAGES, PREFIXES
from tests.browser.conftest import Film, OpenPage, Studio
from tests.browser.test_accounts import invite
from tests.browser.traffic import Traffic

ACCOUNT = ("organisation", "members", "keys", "consent", "audit", "requests", "sessions", "password")


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
