"""Every page, in both themes, widths and languages: no complaint of axe, none on the console, nothing cut off."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Response

from tests.browser.conftest import NARROW, WIDE, Film, OpenPage, Studio
from tests.browser.traffic import Traffic

AXE = Path(__file__).parents[2] / "frontend" / "studio" / "node_modules" / "axe-core" / "axe.min.js"
WRITTEN = ("ECU", "CU", "MS", "WS", "First contact", "Eileen")
FIRST_PAINT = """new Promise((tell) => new PerformanceObserver((seen) =>
    seen.getEntriesByName('first-contentful-paint').forEach(({startTime}) => tell(startTime))
).observe({type: 'paint', buffered: true}))"""
THEMES: tuple[Literal["dark", "light"], ...] = ("dark", "light")
SIGNED_OUT = ("/sign-in", "/sign-up", "/forgotten", "/new-password")


@pytest.fixture(scope="package")
def paths(studio: Studio, example: dict[str, Any], loose_take: str) -> list[str]:
    """One address of every page."""
    shot = example["scenes"][0]["shots"][0]
    studio.told("PATCH", f"/v1/shots/{shot['id']}", {"seconds": 0.5, "size": "256x256"})
    studio.told("POST", f"/v1/shots/{shot['id']}/takes", {"count": 1})
    (take,) = studio.wait_for_takes(shot["id"])
    film = f"/films/{example['project']['id']}"
    character = shot["characters"][0]["character_id"]
    on_board = [film, f"{film}/shots/{shot['id']}", f"{film}/shots/{shot['id']}/takes/{take['id']}", f"{film}/play"]
    account = [
        f"/account/{part}"
        for part in (
            "organisation",
            "members",
            "credits",
            "spending",
            "caps",
            "statements",
            "keys",
            "webhooks",
            "requests",
            "consent",
            "sessions",
            "password",
            "audit",
        )
    ]
    subprocess.run(
        [sys.executable, "-m", "studio.cli", "people", "operator", "--data", str(studio.server.data)],
        check=True,
        timeout=120,
    )
    own = studio.told("GET", "/v1/me")["organisation"]["id"]
    operator = [f"/operator/{part}" for part in ("overview", "organisations", "offer", "acts", f"organisations/{own}")]
    invitation = studio.told("POST", "/v1/invitations", {"email": "grace@example.com", "role": "editor"})
    signed_out = [*SIGNED_OUT, invitation["url"].removeprefix(studio.url)]
    cast = ["/cast", "/cast/new", f"/cast/{character}"]
    return [
        "/",
        *cast,
        *on_board,
        "/renders",
        f"/renders/{loose_take}",
        "/first-film",
        *account,
        *operator,
        *signed_out,
        "/films/none/such",
    ]


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_nothing_in_either_theme(
    open_page: OpenPage, paths: list[str], size: tuple[int, int], complaints: list[str]
) -> None:
    page = open_page("/", size=size, theme="auto")
    traffic = Traffic(page)
    for path in paths:
        traffic.visit(path)
        page.evaluate(AXE.read_text())
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            page.locator(f"html[data-mantine-color-scheme={theme}]").wait_for(state="attached")
            traffic.settle()  # colours change by a transition, however short
            found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
            assert [(path, theme, one["id"], one["nodes"][0]["target"]) for one in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0], path
        if page.get_by_role("navigation", name="Main").count() > 0:
            assert page.evaluate("document.documentElement.scrollHeight") <= size[1], f"{path}: its page scrolls alone"
    complaints[:] = [one for one in complaints if "404" not in one]  # the page that is not there


def test_pages_speak_chinese(open_page: OpenPage, paths: list[str], complaints: list[str]) -> None:
    """Every heading, label and tab has a Chinese character; what people wrote themselves stands apart."""
    page = open_page("/", language="zh")
    traffic = Traffic(page)
    for path in paths:
        traffic.visit(path)
        assert page.evaluate("document.documentElement.lang") == "zh-CN"
        words = page.locator("h2, label, legend, [role=tab], nav a").all_inner_texts()
        foreign = [one for one in words if re.search("[A-Za-z]{2}", one) and not re.search("[\u4e00-\u9fff]", one)]
        assert [one for one in foreign if one not in WRITTEN] == [], path
    complaints[:] = [one for one in complaints if "404" not in one]


def test_a_page_fetches_each_thing_once_and_a_board_compressed(
    open_page: OpenPage, paths: list[str], complaints: list[str]
) -> None:
    page = open_page("/")
    page.wait_for_timeout(6000)  # nothing has happened for longer than a page's first stream looks back
    traffic = Traffic(page)
    asked: list[str] = []
    boards: list[str | None] = []

    def note(reply: Response) -> None:
        if reply.url.endswith("/board") and reply.ok:
            boards.append(reply.headers.get("content-encoding"))

    page.on("response", note)
    page.on(
        "request", lambda request: asked.append(f"{request.method} {request.url}") if "/v1/" in request.url else None
    )
    for path in paths:
        if path.startswith(SIGNED_OUT):
            continue
        asked.clear()
        traffic.visit(path)
        page.wait_for_timeout(200)
        fetched = [one for one in asked if "/content" not in one]
        assert sorted(set(fetched)) == sorted(fetched), path
        if page.get_by_role("navigation", name="Main").count() > 0:
            assert any("/v1/events?from=now&back=" in one for one in fetched), path
    assert set(boards) == {"gzip"}
    complaints[:] = [one for one in complaints if "404" not in one]


def test_the_first_page_is_painted_soon(open_page: OpenPage) -> None:
    """A second is promised at rest; this machine runs other tests beside it, so that it may take three here."""
    page = open_page("/")
    page.get_by_role("heading", name="Projects").wait_for()
    assert page.evaluate(FIRST_PAINT) < 3000


def test_whoever_is_not_signed_in_is_led_to_where_one_signs_in(open_page: OpenPage, film: Film) -> None:
    page = open_page(film.path, fresh=True)
    page.get_by_role("heading", name="Sign in").wait_for()
    assert page.url.endswith(f"/sign-in?next={film.path.replace('/', '%2F')}")
