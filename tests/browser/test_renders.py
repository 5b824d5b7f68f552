"""The page of every render: filtered, reloaded, and a take without a shot opened."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage, Studio
from tests.browser.test_pages import AXE


@pytest.fixture
def cancelled(studio: Studio, example: dict[str, Any]) -> str:
    """The words of a take that was cancelled while it waited or rendered."""
    (entry,) = example["scenes"][0]["shots"][0]["characters"]
    body = {"prompt": "Never to be seen", "characters": [entry], "seconds": 8, "size": "768x432"}
    take_id = studio.told("POST", "/v1/takes", body)["id"]
    studio.told("POST", f"/v1/takes/{take_id}/cancel")
    studio.wait_for("CANCELLED", take_id)
    return str(body["prompt"])


def test_renders_are_filtered_by_state_and_a_reload_keeps_it(
    open_page: OpenPage, loose_take: str, cancelled: str
) -> None:
    page = open_page("/renders")
    rows = page.get_by_role("main").get_by_role("listitem")
    choices = page.get_by_role("radiogroup", name="Which takes")
    choices.get_by_text("Cancelled").click()
    expect(page).to_have_url(re.compile(r"/renders\?state=cancelled$"))
    expect(rows.filter(has_text=cancelled)).to_have_count(1)
    expect(rows.filter(has_text="She waves")).to_have_count(0)
    expect(rows.filter(has_not_text="Cancelled")).to_have_count(0)  # other tests may have cancelled takes too
    page.reload()
    expect(choices.get_by_role("radio", name="Cancelled")).to_be_checked()
    expect(rows.filter(has_text=cancelled)).to_have_count(1)
    expect(rows.filter(has_not_text="Cancelled")).to_have_count(0)
    for words, state in (("No consent", "consent_blocked"), ("Set aside", "quarantined")):
        choices.get_by_text(words).click()
        expect(page).to_have_url(re.compile(f"state={state}$"))
        expect(page.get_by_role("heading", name="No such take now")).to_be_visible()
    choices.get_by_text("Done").click()
    page.get_by_role("listitem").filter(has_text="She waves").get_by_role("button", name="Open").click()
    expect(page).to_have_url(re.compile(f"/renders/{loose_take}$"))
    expect(page.get_by_role("heading", name="A take without a shot")).to_be_visible()
    expect(page.get_by_text("compared with the photo that was drawn")).to_be_visible()
    expect(page.locator("video")).to_be_visible()
    page.get_by_role("button", name="To the renders").click()
    expect(page.get_by_role("heading", name="Renders")).to_be_visible()


def test_the_queue_is_reordered_made_urgent_paused_and_let_go(
    studio: Studio, example: dict[str, Any], open_page: OpenPage
) -> None:
    (entry,) = example["scenes"][0]["shots"][0]["characters"]
    studio.told("POST", "/v1/queue/pause")
    words = ("Queue: she nods", "Queue: she smiles", "Queue: she waves")
    takes = [
        studio.told("POST", "/v1/takes", {"prompt": prompt, "characters": [entry], "seconds": 1, "priority": "batch"})
        for prompt in words
    ]
    try:
        page = open_page("/renders?state=queued")
        panel = page.get_by_role("region", name="Queue")
        rows = panel.get_by_role("listitem")
        expect(panel.get_by_text("Paused: 3 takes wait")).to_be_visible()
        expect(rows).to_have_text([re.compile(prompt) for prompt in words])
        expect(rows.first.get_by_text("done in")).to_have_count(0)  # while it is held nobody can say
        up = panel.get_by_role("button", name=f"Move up: {words[2]}")
        up.focus()
        page.keyboard.press("Enter")
        expect(rows).to_have_text([re.compile(words[place]) for place in (0, 2, 1)])
        panel.get_by_role("button", name=f"Move down: {words[0]}").click()
        expect(rows).to_have_text([re.compile(words[place]) for place in (2, 0, 1)])
        panel.get_by_role("combobox", name=f"Priority of {words[1]}").select_option("interactive")
        expect(rows).to_have_text([re.compile(words[place]) for place in (1, 2, 0)])
        page.evaluate(AXE.read_text())
        found = page.evaluate("axe.run('section', {resultTypes: ['violations']})")["violations"]
        assert [flaw["id"] for flaw in found] == []
        page.set_viewport_size({"width": 390, "height": 844})
        assert panel.evaluate("it => it.scrollWidth <= it.clientWidth")
        name = rows.first.get_by_text("Queue: she").bounding_box()
        assert name is not None
        assert name["width"] > 150
        panel.get_by_role("button", name="Resume").click()
        expect(panel.get_by_role("button", name="Pause").or_(page.get_by_text("No such take now"))).to_be_visible()
    finally:
        studio.told("POST", "/v1/queue/resume")
        for take in takes:
            studio.wait_for("SUCCEEDED", take["id"])
