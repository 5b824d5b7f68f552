"""Pictures that do not come and days of the calendar: a placeholder with a way back, the page's own language."""

from __future__ import annotations

import re

from playwright.sync_api import Route, expect

from tests.browser.conftest import Film, OpenPage, Studio

BUTTON_PX = 40


def test_a_poster_that_does_not_load_can_be_asked_for_again(
    open_page: OpenPage, studio: Studio, film: Film, complaints: list[str]
) -> None:
    studio.told("POST", f"/v1/shots/{film.shots[0]}/takes", {"count": 1})
    studio.wait_for_takes(film.shots[0])
    page = open_page("/cast")

    def lose(route: Route) -> None:
        route.abort()

    page.route(re.compile("variant=thumbnail"), lose)
    for path, card in (
        ("/", page.get_by_role("listitem").filter(has_text="Short").first),
        (film.path, page.get_by_role("listitem").filter(has=page.get_by_role("button", name=re.compile("Shot 1A")))),
        (film.shot_path(), page.get_by_role("region", name="Takes of this shot")),
        ("/renders", page.get_by_role("listitem").filter(has_text="Eileen smiles").first),
    ):
        page.goto(path)
        again = card.get_by_role("button", name="Load the picture")
        expect(again.first).to_be_visible()
        box = again.first.bounding_box()
        assert box is not None
        assert box["height"] < BUTTON_PX, f"{path}: it hides nothing but the picture's place"
        expect(card.locator("img[src*=thumbnail]")).to_have_count(0)
        page.unroute(re.compile("variant=thumbnail"), lose)
        again.first.click()
        expect(again).to_have_count(0)
        shown = card.locator("img[src*=thumbnail]").first
        expect(shown).to_have_js_property("complete", True)
        assert shown.evaluate("picture => picture.naturalWidth") > 0, path
        page.route(re.compile("variant=thumbnail"), lose)
    complaints[:] = [one for one in complaints if "ERR_FAILED" not in one]


def test_days_are_written_in_the_pages_language_whatever_the_browsers_is(open_page: OpenPage) -> None:
    for language, field, typed, shown in (
        ("en", "Until", "5 Mar 2031", "5 Mar 2031"),
        ("zh", "有效期", "2031-03-05", "2031年3月5日"),
    ):
        page = open_page("/cast/new", language=language, locale="de-DE")
        page.get_by_role("radio").first.check()
        day = page.get_by_role("textbox", name=re.compile(field))
        day.fill(typed)
        day.press("Tab")
        expect(day).to_have_value(shown)
        day.click()
        weekday = page.get_by_role("table").locator("th").first
        expect(weekday).to_have_text(re.compile("^(Mo|Su)$" if language == "en" else "[一日]"))
