"""Webhook endpoints and deliveries in a browser: made, seen, sent again, with the keyboard and on a phone."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect
from standardwebhooks.webhooks import Webhook

from tests.browser.conftest import NARROW, OpenPage, Studio
from tests.browser.test_accounts import sign_up
from tests.browser.test_pages import AXE
from tests.studio.webhooks.receiver import Say, open_receiver


def _complaints(page: Page) -> list[str]:
    page.evaluate(Path(AXE).read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found]


def test_an_endpoint_is_made_tested_given_another_secret_disabled_and_its_deliveries_are_read_and_sent_again(
    open_page: OpenPage, studio: Studio, complaints: list[str]
) -> None:
    page = open_page("/sign-in", fresh=True)
    sign_up(page, studio, "Ida")
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    page.goto("/account/webhooks")
    expect(page.get_by_role("heading", name="No webhook endpoint yet")).to_be_visible()
    with open_receiver() as receiver:
        page.get_by_role("textbox", name="Name of the endpoint").fill("app")
        page.get_by_role("textbox", name="URL").fill("http://10.0.0.1/hooks")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Webhooks are not sent to this address")).to_be_visible()
        page.get_by_role("textbox", name="URL").fill(receiver.url)
        page.keyboard.press("Enter")
        secret = page.locator("p.mono").inner_text()
        receiver.answers = [Say(201, {}, b"thanks")]
        page.get_by_role("button", name="Test app").click()
        expect(page.get_by_text("app answered 201.")).to_be_visible()
        assert Webhook(secret).verify(receiver.received[0].body, receiver.received[0].headers)
        page.get_by_role("button", name="Show the delivery of endpoint.test").press("Enter")
        expect(page.get_by_text("thanks")).to_be_visible()
        expect(page.get_by_text('"object": "event"')).to_be_visible()
        assert _complaints(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW[0]
        page.get_by_role("button", name="Send again: endpoint.test").click()
        expect(page.get_by_role("listitem").filter(has_text="201 in").last).to_be_visible()
        page.get_by_role("button", name="A new secret for app").click()
        page.get_by_role("dialog").get_by_role("button", name="New secret").click()
        expect(page.locator("p.mono").last).not_to_have_text(secret)
        page.get_by_role("button", name="Disable app").click()
        page.get_by_role("dialog").get_by_role("button", name="Disable").click()
        expect(page.get_by_role("button", name="Enable app")).to_be_visible()
        page.get_by_role("button", name="Delete app").click()
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        expect(page.get_by_role("heading", name="No webhook endpoint yet")).to_be_visible()
    complaints[:] = [each for each in complaints if "422" not in each]  # the browser's own, of what was refused


def test_the_page_speaks_chinese(open_page: OpenPage, studio: Studio) -> None:
    page = open_page("/sign-in", fresh=True, language="zh")
    sign_up(page, studio, "Mei")
    page.goto("/account/webhooks")
    expect(page.get_by_role("heading", name="还没有 Webhook 端点")).to_be_visible()
    expect(page.get_by_role("button", name="创建端点")).to_be_visible()
