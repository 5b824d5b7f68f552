"""A film is played without a gap and saved as one file, from the board in two clicks; its job stands in Renders."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW, Film, OpenPage, Studio

# At every picture that the browser draws: how many videos are in front, whether theirs holds a frame, and the label.
WATCH = """() => {
  const seen = (window.seen = []);
  const isInFront = (video) => getComputedStyle(video).opacity === '1';
  const look = () => {
    const fronts = [...document.querySelectorAll('figure video')].filter(isInFront);
    const label = document.querySelector('figcaption')?.textContent ?? '';
    seen.push({ fronts: fronts.length, ready: fronts[0]?.readyState ?? 0, label: label.slice(0, 2) });
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""
CAME_ROUND = """() => {
  const at = (name, from) => window.seen.findIndex((one, place) => place >= from && one.label === name);
  const second = at('1B', 0);
  return second >= 0 && at('1A', second) >= 0;
}"""
BLACK = 40  # of 255: nothing in the picture is lighter


class Screencast:
    """Every picture of the page that the browser paints, as it paints them."""

    def __init__(self, page: Page) -> None:
        self.pictures: list[bytes] = []
        self._session = page.context.new_cdp_session(page)
        self._session.on("Page.screencastFrame", self._keep)
        self._session.send("Page.startScreencast", {"format": "jpeg", "quality": 80, "everyNthFrame": 1})

    def _keep(self, told: dict[str, Any]) -> None:
        self.pictures.append(base64.b64decode(told["data"]))
        self._session.send("Page.screencastFrameAck", {"sessionId": told["sessionId"]})

    def lightest_within(self, box: dict[str, float]) -> list[int]:
        """Of each picture, the lightest point inside the box, 0 to 255."""
        self._session.send("Page.stopScreencast")
        sides = (box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"])
        return [Image.open(io.BytesIO(one)).convert("L").crop(sides).getextrema()[1] for one in self.pictures]


@pytest.fixture
def taken(studio: Studio, film: Film) -> Film:
    """A film of two shots with a take each, the first one circled; a third shot has none."""
    for shot_id in film.shots:
        studio.told("POST", f"/v1/shots/{shot_id}/takes", {"count": 1})
    takes = [studio.wait_for_takes(shot_id) for shot_id in film.shots]
    assert all(take["state"] == "SUCCEEDED" for (take,) in takes)
    studio.told("PUT", f"/v1/shots/{film.shots[0]}/circled", {"take_id": takes[0][0]["id"]})
    film.shots.append(studio.told("POST", f"/v1/scenes/{film.scene_id}/shots", {"prompt": "@Eileen waves"})["id"])
    return film


def _film_page(page: Page, film: Film) -> None:
    page.get_by_role("link", name="Play film").click()
    expect(page).to_have_url(re.compile(f"{film.path}/play"))


def test_a_film_plays_from_shot_to_shot_with_no_picture_missing_between(open_page: OpenPage, taken: Film) -> None:
    page = open_page(f"{taken.path}/play")
    expect(page.locator("figcaption")).to_contain_text("1A · T1")
    page.get_by_role("button", name="Loop").click()  # round and round, so that the film is cut twice
    page.wait_for_function("() => document.querySelector('figure video[data-seen]').readyState >= 2")
    box = page.locator("figure video[data-seen]").bounding_box()
    assert box is not None
    middle = {
        "x": box["x"] + box["width"] / 3,
        "y": box["y"] + 40,
        "width": box["width"] / 3,
        "height": box["height"] - 50,
    }
    page.wait_for_timeout(200)
    cast = Screencast(page)
    page.evaluate(WATCH)
    page.wait_for_function(CAME_ROUND)
    page.wait_for_timeout(100)
    seen: list[dict[str, Any]] = page.evaluate("() => window.seen")
    assert {one["fronts"] for one in seen} == {1}, "one picture is in front, always"
    assert min(one["ready"] for one in seen) >= 2, "and it holds a frame"
    lights = cast.lightest_within(middle)
    assert len(lights) >= 3
    assert min(lights) > BLACK, "nothing black was painted between two shots"
    expect(page.get_by_text("1 shot is missing")).to_be_visible()
    expect(page.get_by_role("link", name="1C")).to_be_visible()


def test_it_plays_from_any_shot_by_keyboard(open_page: OpenPage, taken: Film) -> None:
    page = open_page(taken.shot_path(1))
    page.locator(f'[data-shot="{taken.shots[1]}"]').focus()
    page.keyboard.press("p")
    expect(page).to_have_url(re.compile(f"play\\?from={taken.shots[1]}"))
    label = page.locator("figcaption")
    expect(label).to_contain_text("1B")
    expect(label).to_contain_text("none is circled")
    page.keyboard.press("k")
    page.keyboard.press("Home")
    expect(label).to_contain_text("1A")
    expect(page.get_by_text("Frame 1 of 24")).to_be_attached()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_text("Frame 3 of 24")).to_be_attached()
    page.keyboard.press("End")
    expect(page.get_by_text("Frame 24 of 24")).to_be_attached()
    page.keyboard.press("j")
    expect(label).to_contain_text("1A")
    page.get_by_role("button", name="Play from 1B").click()
    expect(label).to_contain_text("1B")
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(f"{taken.path}$"))


def test_a_film_is_saved_as_one_file_and_stands_in_the_renders(
    open_page: OpenPage, studio: Studio, taken: Film, tmp_path: Path
) -> None:
    page = open_page(taken.path)
    _film_page(page, taken)
    with page.expect_download(timeout=60_000) as saved:
        page.get_by_role("button", name="Download film").click()
    assert saved.value.suggested_filename == "Short.mp4"
    path = tmp_path / "film.mp4"
    saved.value.save_as(path)
    with av.open(str(path)) as film:
        assert sum(1 for _ in film.decode(video=0)) == 48 + 12 + 12
    page.goto("/renders")
    take = page.get_by_role("link", name="Short · 1A · T1").first
    take.click()
    with page.expect_download() as clip:
        page.get_by_role("link", name="Download", exact=True).click()
    assert clip.value.suggested_filename == "Short_1A_take1.mp4"
    page.goto("/renders")
    row = page.get_by_role("region", name="Films").get_by_role("listitem").filter(has_text="Short").first
    expect(row).to_contain_text("72 frames at 24 fps")
    expect(row).to_contain_text("without 1 shot")
    expect(row.get_by_role("link", name="Download film")).to_be_visible()
    row.get_by_role("link", name="Short").click()
    expect(page.get_by_role("link", name="Download film")).to_be_visible()  # made once, for everybody
    cuts = studio.told("GET", f"/v1/cuts?project={taken.project_id}")["data"]
    assert [cut["state"] for cut in cuts] == ["SUCCEEDED"]


def test_a_narrow_screen_plays_it_too(open_page: OpenPage, taken: Film) -> None:
    page = open_page(f"{taken.path}/play", size=NARROW, language="zh")
    expect(page.locator("figcaption")).to_contain_text("1A")
    expect(page.get_by_role("button", name="下载影片")).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
