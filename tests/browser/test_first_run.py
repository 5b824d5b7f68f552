"""The way of a filmmaker with no manual: two people are cast, a shot with both is boarded, rendered and circled."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from studio.examples import example_path
from tests.browser.conftest import OpenPage, Studio
from tests.photos import fixtures_dir

JUDGED_MS = 30_000
RENDERED_MS = 90_000


def test_from_the_first_page_to_a_circled_take_of_two_people(open_page: OpenPage, studio: Studio) -> None:
    page = open_page("/cast")
    _cast(page, "Nell", example_path())
    _cast(page, "Otto", fixtures_dir() / "person_b_1.jpg")

    page.get_by_role("link", name="Projects").first.click()
    page.get_by_role("button", name="New film").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("Two people")
    page.get_by_role("button", name="Begin", exact=True).click()
    page.get_by_role("button", name="Scene", exact=True).click()
    page.get_by_role("button", name="Add a shot").click()
    prompt = page.get_by_label("What happens")
    prompt.press_sequentially("@Nel")
    page.get_by_role("option", name="Nell").wait_for()
    prompt.press("Enter")
    prompt.press_sequentially("smiles while @Ott")
    page.get_by_role("option", name="Otto").wait_for()
    prompt.press("Enter")
    prompt.press_sequentially("nods")
    page.get_by_label("Length").fill("1")
    expect(page.get_by_role("button", name=re.compile(r"Render · \d"))).to_be_enabled()
    page.get_by_role("button", name=re.compile(r"Render · \d")).click()

    take = page.get_by_role("article", name="Take T1")
    take.get_by_role("button", name="Circle take T1").click(timeout=RENDERED_MS)
    expect(take.get_by_role("button", name="Circle take T1")).to_have_attribute("aria-pressed", "true")
    expect(take).to_contain_text("Nell: the face was kept")
    expect(take).to_contain_text("Otto: the face was kept")
    shot = studio.told("GET", f"/v1/shots/{page.url.rsplit('/', 1)[1]}")
    assert (len(shot["characters"]), shot["circled_take_id"] is not None) == (2, True)


def _cast(page: Page, name: str, photo: Path) -> None:
    page.get_by_role("link", name="Cast").first.click()
    page.get_by_role("button", name="Cast somebody").first.click()
    page.get_by_role("radio", name="Somebody else's, who agreed").check()
    page.get_by_label("Their name").fill(name)
    page.get_by_label("Evidence").fill("a public photo, for a test")
    page.locator("input[type=file]").last.set_input_files(photo)
    page.get_by_role("textbox", name="Name", exact=True).fill(name)
    cast = page.get_by_role("button", name=f"Cast {name}")
    expect(cast).to_be_enabled(timeout=JUDGED_MS)
    cast.click()
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_attached(timeout=JUDGED_MS)
