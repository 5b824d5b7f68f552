"""What a scene's shots share: suggested by its heading, seen at once, worn by every player, one press to undo."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Film, OpenPage, Studio

# Whether a picture wears a filter that is there.
WORN = """(picture) => {
  const worn = getComputedStyle(picture).filter.match(/#([^")]+)/);
  return worn !== null && document.getElementById(worn[1]) !== null;
}"""


def _drawer(page: Page) -> Locator:
    page.get_by_role("button", name="What the shots of scene 1 share").click()
    drawer = page.get_by_role("dialog")
    expect(drawer).to_be_visible()
    return drawer


def test_a_grade_is_worn_at_once_by_card_take_and_film_and_taken_back(
    open_page: OpenPage, studio: Studio, film: Film
) -> None:
    studio.told("POST", f"/v1/shots/{film.shots[0]}/takes", {"count": 1})
    (take,) = studio.wait_for_takes(film.shots[0])
    page = open_page(film.path)
    drawer = _drawer(page)
    drawer.get_by_text("Noir").click()
    studio.wait_until(
        f"/v1/shots/{film.shots[0]}", lambda shot: shot["staged"]["grade"]["style"] == "noir" and not shot["stale"]
    )
    page.keyboard.press("Escape")
    card = page.locator(f'[data-shot="{film.shots[0]}"] .frame img')
    page.wait_for_function(WORN, arg=card.element_handle())
    page.goto(f"{studio.url}{film.path}/shots/{film.shots[0]}/takes/{take['id']}")
    video = page.locator("figure video")
    page.wait_for_function(WORN, arg=video.element_handle())
    page.goto(f"{studio.url}{film.path}/play")
    page.wait_for_function(WORN, arg=page.locator("figure video[data-seen]").element_handle())
    studio.told("POST", f"/v1/projects/{film.project_id}/undo")
    page.goto(f"{studio.url}{film.path}")
    expect(page.locator(f'[data-shot="{film.shots[0]}"] .frame img')).not_to_have_css("filter", re.compile("url"))


def test_what_a_heading_suggests_is_taken_in_one_press_and_a_shot_can_differ(
    open_page: OpenPage, studio: Studio, film: Film
) -> None:
    studio.told("PATCH", f"/v1/scenes/{film.scene_id}", {"heading": "EXT. BEACH - NIGHT"})
    page = open_page(film.shot_path())
    drawer = _drawer(page)
    expect(drawer).to_contain_text("Beach at sunset · Night")
    drawer.get_by_role("button", name="Take it").click()
    expect(drawer.get_by_role("button", name="Take it")).to_have_count(0)
    drawer.get_by_label("Sound of the place").click()
    page.get_by_role("option", name="Sea").click()
    drawer.get_by_role("button", name="Listen").click()
    expect(drawer.get_by_role("button", name="Stop")).to_be_visible()
    drawer.get_by_role("button", name="Stop").click()
    board = f"/v1/projects/{film.project_id}/board"
    studio.wait_until(board, lambda told: told["scenes"][0]["setting"]["ambience"] == "sea")
    setting = studio.told("GET", board)["scenes"][0]["setting"]
    assert (setting["plate"]["name"], setting["light"]) == ("beach", "night")
    page.keyboard.press("Escape")  # the drawer alone is shut: the shot stays selected
    inspector = page.locator("#inspector")
    inspector.get_by_title("Office over the city").click()
    studio.wait_until(f"/v1/shots/{film.shots[0]}", lambda shot: shot["staged"]["plate"].get("name") == "office")
    inspector.get_by_role("button", name="As the scene: Beach at sunset").click()
    studio.wait_until(f"/v1/shots/{film.shots[0]}", lambda shot: shot["plate"] is None)
    assert studio.told("GET", f"/v1/shots/{film.shots[0]}")["staged"]["plate"]["name"] == "beach"
