"""Photos that will not do, in a browser: each is refused in words, names what would help, and spoils no other."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage, Studio
from tests.photos import RGB, astronaut, photo

JUDGED_MS = 30_000
MIB = 2**20


def _save(rgb: RGB, path: Path) -> Path:
    Image.fromarray(rgb).save(path, compress_level=1)
    return path


def _side_by_side(left: RGB, right: RGB) -> RGB:
    height = min(len(left), len(right))
    return np.hstack([cv2.resize(one, (one.shape[1] * height // len(one), height)) for one in (left, right)])


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """Where somebody is cast, with their consent given."""
    opened = open_page("/cast/new?name=Bea")
    opened.get_by_role("radio", name="Somebody else's, who agreed").check()
    opened.get_by_label("Their name").fill("Bea")
    opened.get_by_label("Evidence").fill("a public photo, for a test")
    return opened


def _card(page: Page, name: str) -> Locator:
    return page.get_by_role("listitem").filter(has=page.get_by_role("button", name=f"Take away {name}"))


def _drop(page: Page, *paths: Path) -> None:
    page.locator("input[type=file]").last.set_input_files(list(paths))


def test_what_is_no_good_photo_is_refused_in_words(page: Page, tmp_path: Path, complaints: list[str]) -> None:
    small = cv2.resize(astronaut(), (150, 150), interpolation=cv2.INTER_AREA)
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8 not a picture")
    (tmp_path / "heavy.jpg").write_bytes(bytes(25 * MIB + 1))
    (tmp_path / "letter.pdf").write_bytes(b"%PDF-1.7")
    Image.new("1", (9000, 9000)).save(tmp_path / "vast.png")
    expected = {
        _save(small, tmp_path / "small.png"): "the face is too small",
        _save(cv2.GaussianBlur(astronaut(), (0, 0), 5), tmp_path / "blurred.png"): "too blurred",
        tmp_path / "broken.jpg": "cannot be read as a picture",
        tmp_path / "vast.png": "too large: at most 25 MB and 40 megapixels",
        tmp_path / "heavy.jpg": "too large: at most 25 MB and 40 megapixels",
        tmp_path / "letter.pdf": "use JPEG, PNG, WebP or HEIC",
    }
    good = _save(astronaut(), tmp_path / "good.png")
    _drop(page, good, *expected)
    for path, words in expected.items():
        expect(_card(page, path.name)).to_contain_text(words, timeout=JUDGED_MS)
    expect(page.get_by_text("Mend or take away the photos marked above")).to_be_visible()
    for path in expected:
        expect(page.get_by_role("button", name="Cast Bea")).to_be_disabled()
        page.get_by_role("button", name=f"Take away {path.name}").click()
    expect(page.get_by_role("button", name="Cast Bea")).to_be_enabled(timeout=JUDGED_MS)
    complaints[:] = [one for one in complaints if "422" not in one]


def test_the_face_is_picked_and_a_stranger_is_left_out(
    page: Page, studio: Studio, tmp_path: Path, complaints: list[str]
) -> None:
    pair = _side_by_side(photo("impostor_1"), photo("person_b_1"))
    _drop(
        page,
        _save(pair, tmp_path / "pair.png"),
        _save(photo("person_b_2"), tmp_path / "her.png"),
        _save(photo("person_b_1"), tmp_path / "older.png"),
        _save(photo("person_a_1"), tmp_path / "stranger.png"),
    )
    together = _card(page, "pair.png")
    expect(together).to_contain_text("several faces: pick one", timeout=JUDGED_MS)
    faces = together.get_by_role("button", name="Face")
    expect(faces).to_have_count(2)
    at = [box["x"] for face in faces.all() if (box := face.bounding_box()) is not None]
    cast = page.get_by_role("button", name="Cast Bea")
    expect(cast).to_be_disabled()
    faces.nth(int(np.argmax(at))).click()
    expect(together).to_contain_text("this face was picked")
    expect(_card(page, "stranger.png")).to_contain_text("not the same person as in the others", timeout=JUDGED_MS)
    expect(cast).to_be_disabled()
    page.get_by_role("button", name="Take away stranger.png").click()
    expect(cast).to_be_enabled(timeout=JUDGED_MS)
    cast.click()
    expect(page.get_by_role("heading", name="Bea", exact=True)).to_be_attached(timeout=JUDGED_MS)
    character = studio.told("GET", f"/v1/characters/{page.url.rsplit('/', 1)[1]}")
    picked = next(one for one in character["references"] if one["width"] > one["height"])
    assert picked["face"]["x"] > picked["width"] / 2
    assert len(character["references"]) == 3
    complaints[:] = [one for one in complaints if "422" not in one]


def test_a_photo_that_lies_on_its_side_is_stood_up_and_is_her(page: Page, studio: Studio, tmp_path: Path) -> None:
    tagged = tmp_path / "tagged.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6  # as a phone writes it that was held upright
    Image.fromarray(np.ascontiguousarray(np.rot90(photo("person_b_1"), 1))).save(tagged, exif=exif, quality=95)
    lying = _save(np.ascontiguousarray(np.rot90(photo("person_b_2"), 1)), tmp_path / "lying.png")
    upside_down = _save(np.ascontiguousarray(np.rot90(photo("person_b_1"), 2)), tmp_path / "upside.png")
    page.get_by_role("textbox", name="Name", exact=True).fill("Cleo")
    _drop(page, tagged, lying, upside_down)
    for name in ("tagged.jpg", "lying.png", "upside.png"):
        card = _card(page, name)
        expect(card).to_contain_text("front", timeout=JUDGED_MS)
        shape = card.locator("img").evaluate("picture => [picture.naturalWidth, picture.naturalHeight]")
        assert shape[0] < shape[1], name
    cast = page.get_by_role("button", name="Cast Cleo")
    expect(cast).to_be_enabled(timeout=JUDGED_MS)
    cast.click()
    expect(page.get_by_role("heading", name="Cleo", exact=True)).to_be_attached(timeout=JUDGED_MS)
    character = studio.told("GET", f"/v1/characters/{page.url.rsplit('/', 1)[1]}")
    assert [one["width"] < one["height"] for one in character["references"]] == [True] * 3
