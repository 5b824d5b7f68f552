"""Many shots at once, the stage beside its prompt, and what opens over a page: no burr in any of them."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import NARROW, WIDE, Film, OpenPage, Studio


def _shots(studio: Studio, film: Film) -> list[dict[str, Any]]:
    return [studio.told("GET", f"/v1/shots/{shot_id}") for shot_id in film.shots]


def _until(page: Page, studio: Studio, film: Film, field: str, *wanted: object) -> None:
    for _ in range(100):
        if [shot[field] for shot in _shots(studio, film)] == list(wanted):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{field}: {[shot[field] for shot in _shots(studio, film)]}")


def _card(page: Page, film: Film, place: int) -> Locator:
    return page.locator(f'[data-shot="{film.shots[place]}"]')


def test_many_shots_are_changed_by_one_edit_and_one_undo(open_page: OpenPage, studio: Studio, film: Film) -> None:
    studio.told("PATCH", f"/v1/shots/{film.shots[1]}", {"framing": "ws"})
    page = open_page(film.shot_path(0))
    _card(page, film, 1).click(modifiers=["Control"])
    inspector = page.get_by_role("region", name="2 shots")
    expect(inspector).to_contain_text("They differ in framing.")
    inspector.get_by_text("MS", exact=True).click()
    _until(page, studio, film, "framing", "ms", "ms")
    inspector.get_by_role("textbox", name="Length").fill("3")
    _until(page, studio, film, "seconds", 3.0, 3.0)
    expect(inspector).to_contain_text("They are alike in all of this.")
    page.keyboard.press("Escape")
    page.locator("body").click(position={"x": 5, "y": 400})
    page.keyboard.press("Control+z")
    _until(page, studio, film, "seconds", 0.5, 0.5)
    page.keyboard.press("Control+z")
    _until(page, studio, film, "framing", None, "ws")


def test_one_shots_settings_are_applied_to_its_scene(open_page: OpenPage, studio: Studio, film: Film) -> None:
    studio.told(
        "PATCH", f"/v1/shots/{film.shots[0]}", {"framing": "ecu", "plate": {"kind": "backdrop", "name": "space"}}
    )
    page = open_page(film.shot_path(0))
    page.get_by_role("button", name=re.compile("^Give the scene's other shots")).click()
    _until(page, studio, film, "framing", "ecu", "ecu")
    assert [shot["plate"]["name"] for shot in _shots(studio, film)] == ["space", "space"]
    page.get_by_role("region", name="Messages").get_by_role("button", name="Undo").click()
    _until(page, studio, film, "framing", "ecu", None)


def test_the_stage_follows_the_prompt_and_the_prompt_the_stage(open_page: OpenPage, studio: Studio, film: Film) -> None:
    page = open_page(film.shot_path(0))
    inspector = page.locator("#inspector")
    prompt = inspector.get_by_role("textbox", name="What happens")
    actor = inspector.get_by_role("button", name="Move Eileen on the stage")
    prompt.wait_for()
    expect(prompt).to_have_value("@Eileen smiles")
    expect(actor).to_be_visible()
    prompt.fill("She smiles")
    expect(actor).to_have_count(0)
    prompt.fill("@Eileen smiles again")
    expect(actor).to_be_visible()
    prompt.fill("Nobody smiles")
    expect(actor).to_have_count(0)
    page.get_by_role("region", name="Messages").get_by_role("button", name="Undo").first.click()
    expect(prompt).to_have_value("@Eileen smiles again")
    expect(actor).to_be_visible()
    for _ in range(100):
        shot = studio.told("GET", f"/v1/shots/{film.shots[0]}")
        if shot["prompt"] == "@Eileen smiles again" and len(shot["characters"]) == 1:
            break
        page.wait_for_timeout(100)
    else:
        raise AssertionError(shot)


def test_escape_closes_a_menu_and_nothing_behind_it(open_page: OpenPage, film: Film) -> None:
    page = open_page(film.shot_path(0))
    expect(page.locator("#inspector")).to_be_visible()
    page.get_by_role("button", name="Scene 1: more").click()
    page.get_by_role("menu").press("Escape")  # which waits for it, and is where the keyboard is then
    expect(page.get_by_role("menu")).to_have_count(0)
    expect(page.locator("#inspector")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#inspector")).to_have_count(0)


def test_messages_never_cover_render(open_page: OpenPage, film: Film) -> None:
    for size in (WIDE, NARROW):
        page = open_page(film.shot_path(0), size=size)
        render = page.get_by_role("button", name=re.compile("^Render"))
        expect(render.first).to_be_visible()
        page.get_by_role("button", name=re.compile("^Give the scene's other shots")).click()  # it says that it was done
        message = page.get_by_role("region", name="Messages").get_by_text("2 shots were changed")
        expect(message).to_be_visible()
        told, pressed = message.locator("..").bounding_box(), render.first.bounding_box()
        assert told is not None
        assert pressed is not None
        apart = (
            told["x"] + told["width"] <= pressed["x"]
            or pressed["x"] + pressed["width"] <= told["x"]
            or told["y"] + told["height"] <= pressed["y"]
            or pressed["y"] + pressed["height"] <= told["y"]
        )
        assert apart, (size, told, pressed)


def test_the_palette_lists_nothing_twice(open_page: OpenPage, film: Film) -> None:
    page = open_page(film.shot_path(0))
    page.locator("#inspector").wait_for()
    page.keyboard.press("Control+k")
    options = page.get_by_role("option")
    options.first.wait_for()
    listed = [text for text in options.all_inner_texts() if not text.endswith(("Film", "Films"))]
    doubled = {text for text in listed if listed.count(text) > 1}
    assert doubled == set()
    assert not any(text.startswith(("Go to projects", "Go to the cast", "Go to renders")) for text in listed)
