"""A few photos become a film of five shots, on one page, which a reload in the middle does not disturb."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from studio.examples import example_path
from tests.browser.conftest import OpenPage, Studio

FILMED_MS = 120_000


def test_a_parent_makes_a_film_of_five_shots(open_page: OpenPage, studio: Studio) -> None:
    page = open_page("/first-film")
    expect(page.get_by_role("radio", name="A child's, and I am the guardian")).to_be_checked()
    page.get_by_label("Your name, as the guardian").fill("Mother May")
    page.locator("input[type=file]").set_input_files(example_path())
    page.get_by_label("Name of the hero").fill("Mia")
    page.get_by_role("radio", name="Mia goes to space").click()
    make = page.get_by_role("button", name="Make the film")
    expect(make).to_be_enabled(timeout=20_000)
    make.click()
    expect(page.get_by_text(re.compile(r"of 5 shots are there"))).to_be_visible(timeout=30_000)
    page.reload()
    expect(page.get_by_text("All 5 shots are there.")).to_be_visible(timeout=FILMED_MS)
    expect(page.get_by_label("The film, shot after shot")).to_be_visible()
    page.get_by_role("button", name="Open the board").click()
    expect(page.get_by_role("heading", name="Mia goes to space")).to_be_visible()
    project = page.url.rsplit("/", 1)[1]
    shots = [shot for scene in studio.told("GET", f"/projects/{project}/board")["scenes"] for shot in scene["shots"]]
    assert {shot["plate"]["name"] for shot in shots} == {"studio", "space"}
    (character,) = {entry["character_id"] for shot in shots for entry in shot["characters"]}
    assert studio.told("GET", f"/characters/{character}")["consent"]["kind"] == "guardian"
