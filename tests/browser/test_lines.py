"""Lines in the studio: typed, heard, recorded with a microphone, placed on the ruler; voices chosen by ear."""

from __future__ import annotations

import io
import wave
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Film, OpenPage, Studio
from tests.browser.test_pages import AXE

SAID = "I have waited ten years for this moment."


def lines_of(page: Page) -> Locator:
    return page.get_by_role("group", name="Lines")


def until(page: Page, studio: Studio, film: Film, **wanted: object) -> dict[str, Any]:
    """The shot's first line, once it is as wanted."""
    line: dict[str, Any] = {}
    for _ in range(150):
        lines = studio.told("GET", f"/v1/shots/{film.shots[0]}")["dialogue"]
        line = lines[0] if lines else {}
        if line and all(line[name] == value for name, value in wanted.items()):
            return line
        page.wait_for_timeout(100)
    raise AssertionError((wanted, line))


def is_clean(page: Page, where: str) -> None:
    page.evaluate(AXE.read_text())
    found = page.evaluate(f"axe.run('{where}', {{resultTypes: ['violations']}})")["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []


def spoken(studio: Studio) -> bytes:
    """A voice that says the line, with silence around it."""
    told = studio.told("POST", "/v1/speech", {"text": SAID, "voice": "am_puck"})
    with wave.open(io.BytesIO(httpx.get(told["url"]).content)) as sound:
        return sound.readframes(sound.getnframes())


def put_before_microphone(microphone: Path, samples: bytes) -> None:
    with wave.open(str(microphone), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(samples + bytes(48_000))


def record(page: Page) -> None:
    field = lines_of(page)
    field.get_by_role("button", name="Record line 1").press("Enter")
    expect(field.get_by_role("status")).to_contain_text("Recording in")
    stop = field.get_by_role("button", name="press to stop")
    expect(stop).to_be_focused()
    page.wait_for_timeout(3500)  # while the line is said into the microphone
    stop.press("Enter")


def test_a_line_is_typed_heard_recorded_and_moved_by_keyboard(
    open_page: OpenPage, studio: Studio, film: Film, microphone: Path
) -> None:
    page = open_page(film.shot_path())
    field = lines_of(page)
    field.get_by_role("button", name="Add a line").press("Enter")
    with page.expect_response(
        lambda told: told.url.endswith("/speech/prepare") and SAID in (told.request.post_data or "")
    ) as ahead:
        field.get_by_role("textbox", name="Words").fill(SAID)
    assert ahead.value.status == 204, "whoever rests from typing has the line said ahead"
    until(page, studio, film, text=SAID, recording=None)
    field.get_by_role("button", name="Hear line 1").press("Enter")
    block = field.get_by_role("slider", name="Line 1")
    expect(block.locator("path")).to_have_count(1)  # its waveform
    block.press("ArrowRight")
    block.press("ArrowRight")
    until(page, studio, film, pause_before_s=0.2)
    block.press("PageUp")
    until(page, studio, film, pause_before_s=1.2)
    expect(block).to_be_focused()
    block.press("Home")
    until(page, studio, film, pause_before_s=0)
    field.get_by_role("switch", name="As long as its lines").press("Space")
    for _ in range(100):
        if studio.told("GET", f"/v1/shots/{film.shots[0]}")["seconds"] is None:
            break
        page.wait_for_timeout(100)
    assert studio.told("GET", f"/v1/shots/{film.shots[0]}")["seconds"] is None
    is_clean(page, "fieldset.bare")

    put_before_microphone(microphone, spoken(studio))
    field.get_by_role("button", name="Record line 1").press("Enter")
    expect(field.get_by_role("button", name="Not now")).to_be_focused()
    is_clean(page, "fieldset.bare")
    page.keyboard.press("Escape")
    expect(field.get_by_role("button", name="Record line 1")).to_be_focused()
    record(page)
    expect(field.get_by_role("button", name="Take the recording away")).to_be_visible()
    expect(field.get_by_role("button", name="Record line 1")).to_be_focused()
    is_clean(page, "fieldset.bare")
    shot = f"/v1/shots/{film.shots[0]}"
    studio.wait_until(shot, lambda told: told["dialogue"][0]["recording"] is not None)
    asset = studio.told("GET", shot)["dialogue"][0]["recording"]
    assert 0.5 < studio.told("GET", f"/v1/assets/{asset}")["seconds"] < 8
    field.get_by_role("button", name="Delete line 1").press("Enter")
    expect(field.get_by_role("textbox", name="Words")).to_have_count(0)


def test_a_recording_that_cannot_be_used_is_kept_and_said_so(
    open_page: OpenPage, studio: Studio, film: Film, microphone: Path, complaints: list[str]
) -> None:
    person = studio.told("GET", f"/v1/shots/{film.shots[0]}")["characters"][0]["character_id"]
    lines = [{"id": "one", "text": SAID, "character_id": person}]
    studio.told("PATCH", f"/v1/shots/{film.shots[0]}", {"dialogue": lines})
    put_before_microphone(microphone, bytes(192_000))
    page = open_page(film.shot_path())
    record(page)
    field = lines_of(page)
    expect(field.get_by_role("alert")).to_contain_text("check the microphone")
    page.reload()
    expect(field.get_by_role("button", name="Send it again")).to_be_visible()
    expect(field.get_by_role("textbox", name="Words")).to_have_value(SAID)
    field.get_by_role("button", name="Discard it").press("Enter")
    expect(field.get_by_role("button", name="Send it again")).to_have_count(0)
    field.get_by_role("textbox", name="Words").fill("x" * 1500 + ". " + "y" * 900)
    expect(field).to_contain_text("a line may have 1000")
    field.get_by_role("button", name="Split it").press("Enter")
    expect(field.get_by_role("textbox", name="Words")).to_have_count(3)
    complaints[:] = [one for one in complaints if "422" not in one]


def test_a_voice_is_chosen_by_ear_and_a_scene_is_heard(open_page: OpenPage, studio: Studio, film: Film) -> None:
    person = studio.told("GET", f"/v1/shots/{film.shots[0]}")["characters"][0]["character_id"]
    page = open_page(f"/cast/{person}")
    voice = page.get_by_role("region", name="Voice", exact=True)
    voice.get_by_text("British English", exact=True).first.click()
    voice.get_by_text("Male", exact=True).first.click()
    expect(voice.get_by_role("status")).to_have_text("4 voices")
    voice.get_by_role("button", name="Hear George").press("Enter")
    expect(voice.get_by_role("button", name="Stop")).to_be_visible()
    voice.get_by_role("button", name="Choose George").press("Enter")
    expect(voice.get_by_role("button", name="Chosen: George")).to_have_attribute("aria-pressed", "true")
    assert studio.told("GET", f"/v1/characters/{person}")["voice"]["voice"] == "bm_george"
    is_clean(page, "section[aria-label=Voice]")
    studio.told("PATCH", f"/v1/shots/{film.shots[0]}", {"dialogue": [{"text": "Yes.", "character_id": person}]})
    page = open_page(film.path)
    hear = page.get_by_role("button", name="Hear the scene")
    hear.press("Enter")
    expect(page.get_by_role("button", name="1 of 1")).to_be_visible()
    expect(hear).to_be_visible()  # again, once all was said
    studio.told("PATCH", f"/v1/shots/{film.shots[0]}", {"dialogue": [{"text": SAID, "character_id": person}]})
    page.reload()
    hear.press("Enter")
    expect(page.get_by_role("button", name="1 of 1")).to_be_focused()
    is_clean(page, "main")
    page.keyboard.press("Enter")  # stops it, or begins it again where it had ended
    expect(hear).to_be_focused()
    zh = open_page(film.shot_path(), language="zh")
    expect(zh.get_by_role("group", name="台词", exact=True)).to_be_visible()
    studio.told("PUT", f"/v1/characters/{person}/voice", {"voice": None})
