"""A few photos become a film of five shots, on one page, which a reload in the middle does not disturb."""

from __future__ import annotations

import re

from playwright.sync_api import Page, Route, expect

from studio.examples import example_path
from tests.browser.conftest import OpenPage, Studio

FILMED_MS = 120_000


SAID = "From up here our house is very small."


def _order(page: Page, name: str, sentence: str = "") -> None:
    expect(page.get_by_role("radio", name="A child's, and I am the guardian")).to_be_checked()
    page.get_by_label("Your name, as the guardian").fill("Mother May")
    page.locator("input[type=file]").set_input_files(example_path())
    page.get_by_label("Name of the hero").fill(name)
    page.get_by_role("radio", name=f"{name} goes to space").click()
    page.get_by_role("textbox", name="One sentence for the film").fill(sentence)
    make = page.get_by_role("button", name="Make the film")
    expect(make).to_be_enabled(timeout=20_000)
    page.reload()
    expect(page.get_by_role("img", name=example_path().name)).to_be_visible()
    expect(make).to_be_enabled()
    make.click()


def test_a_parent_makes_a_film_of_five_shots(open_page: OpenPage, studio: Studio) -> None:
    page = open_page("/first-film")
    _order(page, "Mia", SAID)
    expect(page.get_by_text(re.compile(r"of 5 shots are there"))).to_be_visible(timeout=30_000)
    page.reload()
    expect(page.get_by_text("All 5 shots are there.")).to_be_visible(timeout=FILMED_MS)
    expect(page.get_by_role("figure", name="Mia goes to space, the film")).to_be_visible()
    with page.expect_download(timeout=60_000) as saved:
        page.get_by_role("button", name="Download film").click()
    assert saved.value.suggested_filename == "Mia goes to space.mp4"
    page.get_by_role("button", name="Open the board").click()
    expect(page.get_by_role("heading", name="Mia goes to space")).to_be_visible()
    project = page.url.rsplit("/", 1)[1]
    shots = [shot for scene in studio.told("GET", f"/v1/projects/{project}/board")["scenes"] for shot in scene["shots"]]
    assert {shot["plate"]["name"] for shot in shots} == {"studio", "space"}
    (spoken,) = [shot for shot in shots if shot["dialogue"]]
    assert [line["text"] for line in spoken["dialogue"]] == [SAID]
    (take,) = studio.told("GET", f"/v1/shots/{spoken['id']}/takes")["data"]
    (heard,) = studio.told("GET", f"/v1/takes/{take['id']}")["speech"]
    assert (heard["verdict"], heard["character_id"]) == ("pass", None), "a narrator says what was typed"
    (character,) = {entry["character_id"] for shot in shots for entry in shot["characters"]}
    assert studio.told("GET", f"/v1/characters/{character}")["consent"]["kind"] == "guardian"


def test_what_broke_off_goes_on_and_nothing_is_made_twice(
    open_page: OpenPage, studio: Studio, complaints: list[str]
) -> None:
    page = open_page("/first-film")
    asked: list[Route] = []

    def break_at_the_third_shot(route: Route) -> None:
        asked.append(route)
        route.abort() if len(asked) == 3 else route.continue_()

    page.route("**/scenes/*/shots", break_at_the_third_shot)
    _order(page, "Ned")
    expect(page.get_by_text("The studio cannot be reached")).to_be_visible(timeout=30_000)
    page.reload()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text(re.compile(r"5 shots are there"))).to_be_visible(timeout=30_000)
    films = [film for film in studio.told("GET", "/v1/projects")["data"] if film["name"] == "Ned goes to space"]
    cast = [one for one in studio.told("GET", "/v1/characters?limit=100")["data"] if one["name"] == "Ned"]
    assert (len(films), len(cast), films[0]["counts"]["shots"]) == (1, 1, 5)
    studio.cancel_takes()  # nobody looks at them
    complaints.clear()
