"""Credits in a browser: what there is, how more are bought, and what was bought."""

from __future__ import annotations

import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, Studio
from tests.browser.test_accounts import sign_up
from tests.studio.payments.stripe_server import StripeServer


@pytest.fixture(scope="module")
def sold(studio: Studio) -> None:
    """A credit costs ten cents, by the operator's word."""
    words = ("billing", "prices", "credit", "0.1", "--currency", "USD", "--data", str(studio.server.data))
    subprocess.run([sys.executable, "-m", "studio.cli", *words], check=True, timeout=120)


@pytest.fixture
def credits_page(open_page: OpenPage, studio: Studio, sold: None) -> Page:
    """Of somebody who owns an organisation."""
    page = open_page("/sign-in", fresh=True)
    sign_up(page, studio, "Ada")
    page.goto("/account/credits")
    return page


def test_credits_are_bought_on_the_providers_page_and_are_there_on_return(
    credits_page: Page, stripe: StripeServer, studio: Studio
) -> None:
    page = credits_page
    expect(page.get_by_text("0 credits", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name="Nothing was bought yet")).to_be_visible()
    buy = page.get_by_role("region", name="Buy credits")
    buy.get_by_role("textbox", name="Credits").fill("250")
    expect(buy.get_by_role("status")).to_contain_text("$25.00")
    page.route("https://checkout.stripe.com/**", lambda route: route.fulfill(body="Stripe's page"))
    before = set(stripe.things)
    buy.get_by_role("button", name="Go and pay").click()
    page.wait_for_url("https://checkout.stripe.com/**")
    made = [each for id_, each in stripe.things.items() if id_ not in before]
    (session,) = (each for each in made if each["object"] == "checkout.session")
    stripe.pay(session["id"], tax=475)
    page.goto(session["success_url"])
    expect(page.get_by_text("250 credits", exact=True)).to_be_visible()
    orders = page.get_by_role("region", name="Orders")
    expect(orders.get_by_text("250 credits for $29.75")).to_be_visible()
    expect(orders.get_by_text("paid · Card (Stripe)")).to_be_visible()
    expect(orders.get_by_role("link", name="Receipt")).to_have_attribute("href", "https://invoice.stripe.com/i/1")


def test_an_automatic_top_up_is_agreed_to_and_ended(credits_page: Page) -> None:
    part = credits_page.get_by_role("region", name="Automatic top-up")
    part.get_by_role("button", name="Agree").click()
    expect(part.get_by_text("Whenever fewer than 20 are left, 100 are bought.")).to_be_visible()
    part.get_by_role("button", name="No longer").click()
    expect(part.get_by_text("Whenever fewer than 20")).to_be_hidden()
