"""What stands around every page: the palette and the queue's pill."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Film, OpenPage, Studio


def test_the_palette_leads_to_shots_films_and_characters(open_page: OpenPage, film: Film) -> None:
    page = open_page("/")
    page.get_by_role("heading", name="Projects").wait_for()
    page.keyboard.press("Control+k")
    search = page.get_by_role("combobox", name="Search")
    search.fill("1b nods")
    expect(page.get_by_role("option").first).to_contain_text("1B · @Eileen nods")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/films/[^/]+/shots/[^/]+$"))
    page.keyboard.press("Control+k")
    search.fill("short")
    page.get_by_role("option").filter(has_text="Film").first.click()
    expect(page).to_have_url(re.compile("/films/[^/]+$"))
    page.keyboard.press("Control+k")
    search.fill("eileen")
    expect(page.get_by_role("option").first).to_contain_text("Cast")
    search.fill("no such thing")
    expect(page.get_by_text("Nothing here is called that")).to_be_visible()
    page.keyboard.press("Escape")
    expect(search).to_have_count(0)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Ctrl")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_pill_counts_the_queue_and_goes_when_it_is_empty(open_page: OpenPage, studio: Studio, film: Film) -> None:
    page = open_page("/")
    page.get_by_role("heading", name="Projects").wait_for()
    pill = page.get_by_role("link", name=re.compile("takes? render"))
    studio.told("PATCH", f"/v1/shots/{film.shots[0]}", {"seconds": 4, "size": "768x432"})
    studio.told("POST", f"/v1/shots/{film.shots[0]}/takes", {"count": 3})
    expect(pill).to_contain_text(re.compile(r"renders?, \d waits?, about \d+ s left"))
    for take in studio.told("GET", f"/v1/shots/{film.shots[0]}/takes")["data"]:
        studio.http.post(f"/v1/takes/{take['id']}/cancel")
    studio.wait_for_takes(film.shots[0])
    expect(pill).to_have_count(0)
