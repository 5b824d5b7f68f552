"""Pictures that a shot is to show: added, moved and taken away in its inspector, and warned about beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Film, OpenPage, Studio
from tests.browser.test_pages import AXE


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "dawn.png"
    Image.linear_gradient("L").resize((832, 480)).convert("RGB").save(path)
    return path


def _field(page: Page) -> Locator:
    return page.get_by_role("group", name="Keyframes")


def _add(page: Page, picture: Path) -> None:
    with page.expect_file_chooser() as chooser:
        _field(page).get_by_role("button", name="Add a picture").press("Enter")
    chooser.value.set_files(picture)


def _until(page: Page, studio: Studio, film: Film, *moments: object) -> None:
    kept: list[Any] = []
    for _ in range(100):
        kept = [one["at"] for one in studio.told("GET", f"/v1/shots/{film.shots[0]}")["keyframes"]]
        if kept == list(moments):
            return
        page.wait_for_timeout(100)
    raise AssertionError(kept)


def test_keyframes_are_added_moved_and_removed_by_keyboard_and_undone(
    open_page: OpenPage, studio: Studio, film: Film, pulled_model: str, picture: Path
) -> None:
    change = {"model": pulled_model, "seconds": 81 / 16, "size": "832x480"}
    studio.told("PATCH", f"/v1/shots/{film.shots[0]}", change)
    page = open_page(film.shot_path())
    field = _field(page)
    expect(field).to_contain_text("Pictures that the clip shows at its first frame")
    for card in ("the first frame", "the last frame", "2.5 s"):
        _add(page, picture)
        expect(field.get_by_role("listitem", name=f"Keyframe at {card}")).to_be_visible()
    _until(page, studio, film, "first", 2.5, "last")
    page.wait_for_function(
        "[...document.querySelectorAll('fieldset ol img')].filter(one => one.naturalWidth > 0).length === 3"
    )
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run('fieldset ol', {resultTypes: ['violations']})")["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
    moment = field.get_by_role("textbox", name="Seconds from the start")
    moment.press("ArrowUp")
    _until(page, studio, film, "first", 2.5625, "last")
    moment.fill("9")
    expect(field).to_contain_text("the keyframe at 9 s lies beyond the clip, whose last frame stands at 5 s")
    moment.fill("0.25")
    expect(field).not_to_contain_text("lies beyond the clip")
    last = field.get_by_role("listitem", name="Keyframe at the last frame")
    last.get_by_role("combobox", name="Where it stands").press("Enter")
    page.get_by_role("option", name="At a moment").click()
    _until(page, studio, film, "first", 0.25, 5.0)
    field.get_by_role("listitem", name="0.25 s").get_by_role("button", name="Remove this keyframe").press("Enter")
    _until(page, studio, film, "first", 5.0)
    page.locator("body").click(position={"x": 5, "y": 400})
    page.keyboard.press("Control+z")
    _until(page, studio, film, "first", 0.25, 5.0)


def test_a_model_that_takes_none_says_so_and_what_is_there_stays(
    open_page: OpenPage, studio: Studio, film: Film, pulled_model: str, picture: Path
) -> None:
    page = open_page(film.shot_path(), language="zh")
    expect(page.get_by_role("group", name="关键帧")).to_contain_text("不支持关键帧")
    expect(page.get_by_role("button", name="添加图片")).to_have_count(0)
    studio.told("PATCH", f"/v1/shots/{film.shots[0]}", {"model": pulled_model, "seconds": 81 / 16})
    page = open_page(film.shot_path())
    _add(page, picture)
    _until(page, studio, film, "first")
    studio.told("PATCH", f"/v1/shots/{film.shots[0]}", {"model": "previs", "seconds": 0.5})
    expect(_field(page)).to_contain_text("previs takes no keyframes: leave them out, or render with wan-vace-1.3b")
    expect(page.get_by_role("button", name="Render", exact=True)).to_be_disabled()
    _field(page).get_by_role("button", name="Remove this keyframe").click()
    _until(page, studio, film)
