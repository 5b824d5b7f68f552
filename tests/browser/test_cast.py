"""Casting in a browser: consent before anything is looked at, photos judged one by one, nothing lost on a refusal."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, Request, expect

from studio.examples import example_path
from tests.browser.conftest import OpenPage, Studio

JUDGED_MS = 20_000


@pytest.fixture
def wall(tmp_path: Path) -> Path:
    """A picture without a face."""
    path = tmp_path / "wall.png"
    Image.linear_gradient("L").resize((320, 240)).save(path)
    return path


def _consent(page: Page) -> None:
    page.get_by_role("radio", name="It is my own face").check()
    page.get_by_label("Your name").fill("Eileen")


def test_somebody_is_cast_and_erased(open_page: OpenPage, studio: Studio, wall: Path) -> None:
    page = open_page("/cast/new?name=Ada")
    expect(page.get_by_role("button", name="Choose photos…")).to_have_count(0)
    _consent(page)
    page.locator("input[type=file]").set_input_files([example_path(), wall])
    expect(page.get_by_text("no face found")).to_be_visible(timeout=JUDGED_MS)
    expect(page.get_by_role("button", name="Face 1")).to_have_attribute("aria-pressed", "true")
    cast = page.get_by_role("button", name="Cast Ada")
    expect(cast).to_be_disabled()
    page.get_by_role("button", name="Take away wall.png").click()
    cast.click()
    expect(page.get_by_role("heading", name="Ada", exact=True)).to_be_attached(timeout=JUDGED_MS)
    character_id = page.url.rsplit("/", 1)[1]
    assert studio.told("GET", f"/v1/characters/{character_id}")["consent"]["by"] == "Eileen"

    page.get_by_label("Name of the look").fill("Rain")
    page.get_by_label("Wardrobe").fill("a yellow raincoat")
    page.get_by_role("button", name="Add the look").click()
    expect(page.get_by_text("a yellow raincoat")).to_be_visible()

    _change_the_look(page, studio, character_id, wall)

    page.get_by_role("button", name="Revoke the consent").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke the consent").click()
    expect(page.get_by_text("No active consent").first).to_be_visible()
    _renew_with_a_release(page, wall)

    page.get_by_role("button", name="Delete Ada").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("Ada was deleted")).to_be_visible()
    assert studio.http.get(f"/v1/characters/{character_id}").status_code == 404


def _renew_with_a_release(page: Page, release: Path) -> None:
    """A consent by somebody else, and the file that shows it, which whoever asks may save."""
    page.get_by_role("button", name="Record a new consent").click()
    page.get_by_role("radio", name="Somebody else's, who agreed").check()
    page.get_by_label("Their name").fill("Eileen")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="A signed release").click()
    chooser.value.set_files(release)
    expect(page.get_by_role("button", name="The release was uploaded")).to_be_visible()
    page.get_by_role("button", name="Record it").click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save the signed release").click()
    assert saved.value.path().read_bytes() == release.read_bytes()


def _change_the_look(page: Page, studio: Studio, character_id: str, picture: Path) -> None:
    """Words and picture, over a reload; what was saved is taken back, the erased picture too."""

    def look() -> dict[str, Any]:
        (kept,) = studio.told("GET", f"/v1/characters/{character_id}/looks")["data"]
        return dict(kept)

    page.get_by_role("button", name="Change the look Rain").click()
    form = page.get_by_role("form", name="Change the look Rain")
    form.get_by_label("Hair").fill("wet")
    with page.expect_file_chooser() as chooser:
        form.get_by_role("button", name="A picture of it…").click()
    chooser.value.set_files(picture)
    expect(form.get_by_role("img")).to_be_visible()
    page.reload()
    expect(form.get_by_label("Hair")).to_have_value("wet")
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_text("a yellow raincoat · wet")).to_be_visible()
    first = look()
    assert (first["hair"], first["picture_url"] is not None) == ("wet", True)

    page.get_by_role("button", name="Change the look Rain").click()
    form.get_by_label("Hair").fill("")
    form.get_by_role("button", name="No picture").click()
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_text("a yellow raincoat", exact=True)).to_be_visible()
    assert (look()["hair"], look()["picture_asset_id"]) == ("", None)
    page.get_by_role("button", name="Undo").last.click()
    expect(page.get_by_text("a yellow raincoat · wet")).to_be_visible()
    back = look()
    assert studio.told("GET", f"/v1/assets/{back['picture_asset_id']}")["width"] == 320


def test_what_was_typed_survives_a_reload(open_page: OpenPage) -> None:
    page = open_page("/cast/new")
    page.get_by_role("radio", name="Somebody else's, who agreed").check()
    page.get_by_label("Their name").fill("Grace")
    page.get_by_label("Evidence").fill("signed on paper")
    page.reload()
    expect(page.get_by_label("Their name")).to_have_value("Grace")
    expect(page.get_by_label("Evidence")).to_have_value("signed on paper")


def test_photos_survive_a_reload_in_the_middle_of_everything(
    open_page: OpenPage, studio: Studio, wall: Path, tmp_path: Path
) -> None:
    late = tmp_path / "late.png"
    late.write_bytes(example_path().read_bytes())
    page = open_page("/cast/new?name=Grace")
    _consent(page)
    chooser = page.locator("input[type=file]")
    chooser.set_input_files([example_path(), wall])
    expect(page.get_by_text("no face found")).to_be_visible(timeout=JUDGED_MS)
    expect(page.get_by_role("button", name="Face 1")).to_be_visible(timeout=JUDGED_MS)
    # This one is still on its way when the page goes: it alone is held, and never let go on.
    page.route("**/uploads/*/complete", lambda route: None, times=1)
    with page.expect_request("**/uploads/*/complete"):
        chooser.set_input_files([late])
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
    page.reload()
    expect(page.get_by_role("button", name="Face 1")).to_have_count(2, timeout=JUDGED_MS)
    expect(page.get_by_text("no face found")).to_be_visible()
    for picture in page.locator("section li img").all():
        expect(picture).to_have_js_property("complete", True)
        assert picture.evaluate("picture => picture.naturalWidth") > 0
    assert [request.url for request in sent if request.url.endswith("/v1/uploads")] == [f"{studio.url}/v1/uploads"]
    page.get_by_role("button", name="Take away wall.png").click()
    page.get_by_role("button", name="Cast Grace").click()
    expect(page.get_by_role("heading", name="Grace", exact=True)).to_be_attached(timeout=JUDGED_MS)
    page.goto("/cast/new")
    _consent(page)
    expect(page.get_by_role("button", name="Choose photos…")).to_be_visible()
    expect(page.locator("section li img")).to_have_count(0)


def test_two_organisations_do_not_see_each_other_and_each_begins_with_the_example(
    open_page: OpenPage, film: object, complaints: list[str]
) -> None:
    page = open_page("/sign-up", fresh=True)
    page.get_by_label("Your name").fill("Grace")
    page.get_by_label("Organisation").fill("Other studio")
    page.get_by_label("E-mail address").fill("grace@example.com")
    page.get_by_label("Password", exact=False).first.fill("a long enough sentence")
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("link", name="First contact")).to_have_count(1, timeout=JUDGED_MS)
    expect(page.get_by_role("link", name="Short")).to_have_count(0)
    page.get_by_role("link", name="First contact").click()
    expect(page.get_by_role("button", name=re.compile(r"\bShot \d[A-Z]\b"))).to_have_count(5)
    page.goto("/")
    page.get_by_role("button", name="First contact: more").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("No film yet")).to_be_visible()
    expect(page.get_by_text("1. Cast a face")).to_be_visible()
    page.goto(film.path)  # type: ignore[attr-defined]
    expect(page.get_by_text("This is not here")).to_be_visible()
    complaints[:] = [one for one in complaints if "404" not in one]


def test_a_taken_name_is_refused_with_the_way_to_whoever_has_it(
    open_page: OpenPage, studio: Studio, complaints: list[str]
) -> None:
    page = open_page("/cast/new?name=Hedy")
    _cast_by_photo(page, "Hedy")
    expect(page.get_by_role("heading", name="Hedy", exact=True)).to_be_attached(timeout=JUDGED_MS)
    hedy = page.url.rsplit("/", 1)[1]

    page.goto("/cast/new?name=hedy")
    _cast_by_photo(page, "hedy")
    notice = page.get_by_role("alert").filter(has_text="Another character has this name")
    notice.get_by_role("link", name="Open the character who has this name").press("Enter")
    expect(page).to_have_url(re.compile(f"/cast/{hedy}$"))

    page.goto("/cast/new")  # what was chosen for the refused one is kept
    page.get_by_role("textbox", name="Name", exact=True).fill("Joan")
    page.get_by_role("button", name="Cast Joan").click(timeout=JUDGED_MS)
    expect(page.get_by_role("heading", name="Joan", exact=True)).to_be_attached(timeout=JUDGED_MS)
    joan = page.url.rsplit("/", 1)[1]
    name = page.get_by_role("textbox", name="Name", exact=True)
    name.fill("HEDY")
    name.press("Enter")
    expect(page.get_by_role("link", name="Open the character who has this name")).to_be_visible()
    expect(name).to_have_value("Joan")
    for character_id in (hedy, joan):
        studio.told("DELETE", f"/v1/characters/{character_id}")
    complaints[:] = [one for one in complaints if "409" not in one]  # the refusals that this test asks for


def _cast_by_photo(page: Page, name: str) -> None:
    _consent(page)
    page.locator("input[type=file]").set_input_files(example_path())
    expect(page.get_by_role("button", name="Face 1")).to_be_visible(timeout=JUDGED_MS)
    page.get_by_role("button", name=f"Cast {name}").click()
