"""Films begun blank, from a screenplay and from the example; renamed, and erased with everything that is theirs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from frontend.api_client import StudioClient
from studio.examples import example_path
from tests.browser.conftest import Film, OpenPage, Studio

SCREENPLAY = """INT. KITCHEN - DAY

Eileen looks up and smiles.

MARGARET
(softly)
At last.

EXT. GARDEN - NIGHT

CLOSE ON: Eileen, who nods.
"""


@pytest.fixture
def screenplay(tmp_path: Path) -> Path:
    path = tmp_path / "kitchen.fountain"
    path.write_text(SCREENPLAY)
    return path


def _new_film(page: Page, way: str) -> Locator:
    page.get_by_role("button", name="New film").click()
    page.get_by_role("tab", name=way).click()
    return page.get_by_role("dialog", name="New film")


def test_a_blank_film_keeps_what_is_typed_and_opens_its_board(open_page: OpenPage, studio: Studio) -> None:
    page = open_page("/")
    dialog = _new_film(page, "Blank")
    expect(dialog.get_by_role("button", name="Begin")).to_be_disabled()
    dialog.get_by_label("Name").fill("The long rain")
    page.reload()
    dialog = _new_film(page, "Blank")
    expect(dialog.get_by_label("Name")).to_have_value("The long rain")
    dialog.get_by_role("combobox", name="Aspect").click()
    page.get_by_role("option", name="2.39:1").click()
    dialog.get_by_role("button", name="Begin").click()
    expect(page).to_have_url(re.compile(r"/films/[^/]+$"))
    project = studio.told("GET", f"/v1/projects/{page.url.rsplit('/', 1)[1]}")
    assert (project["name"], project["aspect"]) == ("The long rain", "2.39:1")


def test_a_screenplay_becomes_a_film_and_who_is_not_cast_is_named(
    open_page: OpenPage, studio: Studio, film: Film, screenplay: Path
) -> None:
    page = open_page("/")
    dialog = _new_film(page, "From a screenplay")
    dialog.locator("input[type=file]").set_input_files(screenplay)
    expect(dialog.get_by_label("Screenplay in Fountain")).to_have_value(SCREENPLAY)
    dialog.get_by_role("button", name="Read it").click()
    expect(dialog.get_by_text(re.compile("2 scenes, 3 shots"))).to_be_visible()
    expect(dialog.get_by_role("button", name=re.compile("Cast Margaret", re.I))).to_be_visible()
    dialog.get_by_role("button", name="Open the board").click()
    expect(page.get_by_label("Heading of scene 2")).to_have_value("EXT. GARDEN - NIGHT")
    board = studio.told("GET", f"/v1/projects/{page.url.rsplit('/', 1)[1]}/board")
    shots = [shot for scene in board["scenes"] for shot in scene["shots"]]
    assert [len(shot["characters"]) for shot in shots] == [1, 0, 1]
    assert [(shot["framing"], shot["staged"]["plate"].get("name")) for shot in shots] == [
        ("ms", "living-room"),
        ("cu", "living-room"),
        ("cu", "meadow"),
    ]
    speech = page.get_by_role("button", name=re.compile(r"\bShot 1B\b"))
    expect(speech).to_contain_text("At last.")
    speech.click()
    inspector = page.get_by_role("region", name="Shot 1B")
    expect(inspector.get_by_role("textbox", name="Words")).to_have_value("At last.")
    expect(inspector.get_by_role("textbox", name="How", exact=True)).to_have_value("softly")
    expect(inspector.get_by_label("Who says it")).to_contain_text("MARGARET (not in the cast)")
    above = inspector.get_by_role("textbox", name="Words").bounding_box()
    below = inspector.get_by_text("Staging", exact=True).bounding_box()
    assert above is not None
    assert below is not None
    assert above["y"] < below["y"], "what is said stands under what happens, not under everything"


def test_which_of_two_of_one_name_was_cast_is_told(open_page: OpenPage, studio: Studio) -> None:
    asked = {"name": "Iris", "consent": {"kind": "own"}, "allow_duplicate_name": True}
    with StudioClient(studio.url, studio.server.api_key) as client:
        photos = [client.upload(example_path()) for _ in range(2)]
    older, younger = [
        studio.told("POST", "/v1/characters", asked | {"references": [{"asset_id": photo}]})["id"] for photo in photos
    ]
    page = open_page("/")
    dialog = _new_film(page, "From a screenplay")
    dialog.get_by_label("Screenplay in Fountain").fill("INT. LAB - DAY\n\nIris nods.\n")
    dialog.get_by_role("button", name="Read it").click()
    expect(dialog.get_by_text("2 characters are named Iris. The oldest of them is in these shots")).to_be_visible()
    dialog.get_by_role("button", name="Open the board").click()
    expect(page).to_have_url(re.compile(r"/films/[^/]+$"))
    board = studio.told("GET", f"/v1/projects/{page.url.rsplit('/', 1)[1]}/board")
    assert [one["character_id"] for one in board["scenes"][0]["shots"][0]["characters"]] == [older]
    for character_id in (older, younger):
        studio.told("DELETE", f"/v1/characters/{character_id}")


def test_whoever_is_not_cast_is_one_click_away(open_page: OpenPage, film: Film) -> None:
    page = open_page("/")
    dialog = _new_film(page, "From a screenplay")
    dialog.get_by_label("Screenplay in Fountain").fill(SCREENPLAY)
    dialog.get_by_role("button", name="Read it").click()
    dialog.get_by_role("button", name=re.compile("Cast Margaret", re.I)).click()
    expect(page).to_have_url(re.compile(r"/cast/new\?name=margaret", re.I))


def test_the_example_opens_ready_to_render(open_page: OpenPage) -> None:
    page = open_page("/")
    _new_film(page, "From the example").get_by_role("button", name="Begin the example film").click()
    expect(page.get_by_role("button", name=re.compile(r"\bShot \d[A-Z]\b"))).to_have_count(5)


def test_a_film_is_renamed_and_erased_with_what_is_its_own(open_page: OpenPage, studio: Studio, film: Film) -> None:
    studio.told("PATCH", f"/v1/projects/{film.project_id}", {"name": "To be renamed"})
    studio.told("POST", f"/v1/shots/{film.shots[0]}/takes", {"count": 1})
    studio.wait_for_takes(film.shots[0])
    page = open_page("/")
    page.get_by_role("button", name="To be renamed: more").click()
    page.get_by_role("menuitem", name="Rename").click()
    page.get_by_role("dialog").get_by_label("Name").fill("Renamed")
    page.get_by_role("button", name="Save").click()
    card = page.get_by_role("listitem").filter(has=page.get_by_role("link", name="Renamed", exact=True))
    expect(card.locator("img")).to_have_js_property("complete", True)
    page.get_by_role("button", name="Renamed: more", exact=True).click()
    page.get_by_role("menuitem", name="Delete").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(re.compile("2 shots and 1 takes? go"))
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text(re.compile("“Renamed” was deleted: 1 takes?"))).to_be_visible()
    expect(card).to_have_count(0)
    assert studio.http.get(f"/v1/projects/{film.project_id}").status_code == 404
