"""The operator's pages: nobody else finds them; what is done there is shown first, and reaches the organisation."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, Studio
from tests.browser.test_accounts import sign_up
from tests.studio.payments.stripe_server import StripeServer

# Something that was charged four credits, as a render's end leaves it; prices would be every other test's, too.
CHARGE = """
import asyncio, sys
from pathlib import Path
from studio.billing.holds import Spender, capture, hold
from studio.billing.prices import Quote
from studio.commands.local_database import local_database

async def charge():
    async with local_database(Path(sys.argv[1])) as (database, _), database.write(org_id=sys.argv[2]) as session:
        quote = Quote("previs", 400_000, 10_000, 4_000_000)
        held = await hold(session, org_id=sys.argv[2], subject="take", subject_id="take_broken", quote=quote,
                          spender=Spender())
        await capture(session, org_id=sys.argv[2], hold_id=held.id, used_ms=10_000)

asyncio.run(charge())
"""


def run_beside(studio: Studio, *words: str) -> None:
    """A command of `dramatis` on the studio's folder."""
    command = [sys.executable, "-m", "studio.cli", *words, "--data", str(studio.server.data)]
    subprocess.run(command, check=True, timeout=120)


@pytest.fixture
def olga(open_page: OpenPage, studio: Studio) -> Page:
    """An operator's page."""
    page = open_page("/sign-in", fresh=True)
    run_beside(studio, "people", "operator", sign_up(page, studio, "Olga"))
    page.goto("/operator/organisations")
    return page


@pytest.fixture
def ada(open_page: OpenPage, studio: Studio) -> tuple[Page, str, dict[str, Any]]:
    """A customer's page, her e-mail address, and who she is."""
    page = open_page("/sign-in", fresh=True)
    email = sign_up(page, studio, "Ada")
    page.goto("/account/credits")
    return page, email, dict(page.request.get("/v1/me").json())


def open_account(page: Page, email: str) -> None:
    page.get_by_role("searchbox", name="Search").fill(email)
    found = page.get_by_role("region", name="Organisations").get_by_role("table").get_by_role("link")
    expect(found).to_have_count(1)
    found.click()
    expect(page.get_by_role("heading", name="Ada's films", level=1)).to_be_visible()


def test_to_whoever_is_no_operator_the_page_is_not_there(
    ada: tuple[Page, str, dict[str, Any]], complaints: list[str]
) -> None:
    page, _, _ = ada
    expect(page.get_by_role("navigation", name="Main").get_by_role("link", name="Operator")).to_have_count(0)
    for path in ("/operator", "/operator/organisations", "/operator/organisations/org_any"):
        page.goto(path)
        expect(page.get_by_role("heading", name="There is no such page", level=2)).to_be_visible()
        expect(page.get_by_role("tab")).to_have_count(0)
    assert complaints == [], "and nothing is asked for that would be refused"


def test_credits_are_granted_with_a_reason_after_a_look_at_what_it_does(
    olga: Page, ada: tuple[Page, str, dict[str, Any]]
) -> None:
    hers, email, _ = ada
    expect(olga.get_by_role("navigation", name="Main").get_by_role("link", name="Operator")).to_be_visible()
    open_account(olga, email)
    olga.get_by_role("button", name="Grant credits").press("Enter")
    dialog = olga.get_by_role("dialog")
    dialog.get_by_label("Credits").fill("12.5")
    expect(dialog.get_by_role("button", name="Show what it does")).to_be_disabled()
    dialog.get_by_label("Reason").fill("to try it out")
    dialog.get_by_role("button", name="Show what it does").press("Enter")
    expect(dialog.get_by_role("status")).to_contain_text("Available: 0 → 12.5 credits")
    assert hers.request.get("/v1/billing/balance").json()["available"] == 0, "it was only shown"
    dialog.get_by_role("button", name="Grant", exact=True).press("Enter")
    expect(dialog).to_be_hidden()
    lots = olga.get_by_role("region", name="Credits as they came in")
    expect(lots.get_by_role("cell", name="to try it out")).to_be_visible()
    hers.reload()
    expect(hers.get_by_text("12.5 credits", exact=True)).to_be_visible()
    hers.goto("/account/audit")
    expect(hers.get_by_text("Granted 12.5 credits: to try it out")).to_be_visible()
    expect(hers.get_by_text("the operator of this studio")).to_be_visible()
    lots.get_by_role("button", name="Take back what is left of 12.5 credits").click()
    dialog.get_by_label("Credits").fill("2.5")
    dialog.get_by_label("Reason").fill("too many")
    dialog.get_by_role("button", name="Show what it does").click()
    expect(dialog.get_by_role("status")).to_contain_text("Available: 12.5 → 10 credits")
    dialog.get_by_role("button", name="Change it").click()
    dialog.get_by_label("Credits").fill("1.5")
    dialog.get_by_role("button", name="Show what it does").click()
    expect(dialog.get_by_role("status")).to_contain_text("Available: 12.5 → 11 credits")
    dialog.get_by_role("button", name="Take back", exact=True).click()
    expect(dialog).to_be_hidden()
    olga.goto("/operator/acts")
    expect(olga.get_by_role("cell", name="Took back 1.5 credits")).to_be_visible()
    expect(olga.get_by_role("cell", name="too many")).to_be_visible()


def test_one_takes_charge_is_given_back_once(olga: Page, ada: tuple[Page, str, dict[str, Any]], studio: Studio) -> None:
    _, email, me = ada
    org_id = me["organisation"]["id"]
    run_beside(studio, "billing", "grant", "10", "--org", org_id, "--reason", "welcome", "--kind", "gift")
    subprocess.run([sys.executable, "-c", CHARGE, str(studio.server.data), org_id], check=True, timeout=120)
    open_account(olga, email)
    charges = olga.get_by_role("region", name="What was charged")
    charges.get_by_role("button", name="Give back 4 credits").click()
    dialog = olga.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("the clip was broken")
    dialog.get_by_role("button", name="Show what it does").click()
    shown = dialog.get_by_role("status")
    expect(shown).to_contain_text("4 to the credits of kind “gift”")
    expect(shown).to_contain_text("Available: 6 → 10 credits")
    dialog.get_by_role("button", name="Give back", exact=True).click()
    expect(dialog).to_be_hidden()
    expect(charges.get_by_role("cell", name="given back")).to_be_visible()
    expect(charges.get_by_role("button")).to_have_count(0)
    olga.goto("/operator")
    expect(olga.get_by_role("img", name="credits charged")).to_be_visible()
    work = olga.get_by_role("region", name="By day and model")
    expect(work.get_by_role("cell", name="previs").first).to_be_visible()
    with olga.expect_download() as saved:
        work.get_by_role("link", name="By day and model as CSV").click()
    assert saved.value.path().read_text().startswith("day,item,takes,succeeded,busy_seconds,device_seconds,charged")


def test_money_goes_back_by_the_operators_word(
    olga: Page, ada: tuple[Page, str, dict[str, Any]], studio: Studio, stripe: StripeServer
) -> None:
    hers, email, _ = ada
    run_beside(studio, "billing", "prices", "credit", "0.1", "--currency", "USD")
    asked = {"provider": "stripe", "credits": 100, "currency": "usd"}
    made = hers.request.post("/v1/payments/orders", data=asked, headers={"Origin": studio.url}).json()
    (session,) = (
        each
        for each in stripe.things.values()
        if each["object"] == "checkout.session" and each["metadata"].get("order_id") == made["id"]
    )
    stripe.pay(session["id"])
    hers.request.post(f"/v1/payments/orders/{made['id']}/check", headers={"Origin": studio.url})
    open_account(olga, email)
    orders = olga.get_by_role("region", name="Orders")
    orders.get_by_role("button", name="Send back money of $10.00").click()
    dialog = olga.get_by_role("dialog")
    dialog.get_by_label("USD (empty: all that is left)").fill("4")
    dialog.get_by_label("Reason").fill("she asked for it")
    dialog.get_by_role("button", name="Show what it does").click()
    expect(dialog.get_by_role("status")).to_contain_text("$4.00 go back to the payer.")
    expect(dialog.get_by_role("status")).to_contain_text("Available: 100 → 60 credits")
    dialog.get_by_role("button", name="Send back", exact=True).click()
    expect(dialog).to_be_hidden()
    expect(orders.get_by_role("cell", name="$4.00")).to_be_visible()
    assert stripe.charge_of(session["payment_intent"])["amount_refunded"] == 400


def test_a_price_is_set_from_now_on_and_its_history_stays(olga: Page) -> None:
    olga.goto("/operator/offer")
    for amount in ("0.5", "0"):  # and free again: other tests share this studio
        olga.get_by_role("button", name="Set a price").click()
        dialog = olga.get_by_role("dialog")
        dialog.get_by_label("What").fill("speech_preview")
        dialog.get_by_label("Price").fill(amount)
        dialog.get_by_label("Reason").fill("prices of the spring")
        dialog.get_by_role("button", name="Show what it does").click()
        expect(dialog.get_by_role("status")).to_contain_text(f"speech_preview costs {amount} credits from")
        dialog.get_by_role("button", name="Set the price", exact=True).click()
        expect(dialog).to_be_hidden()
    prices = olga.get_by_role("region", name="Prices, with their history")
    rows = prices.get_by_role("row").filter(has_text="speech_preview")
    expect(rows).to_have_count(2)
    expect(rows.filter(has_text="holds")).to_contain_text("0 credits")


def test_an_organisation_is_suspended_and_restored_and_told_so_on_every_page(
    olga: Page, ada: tuple[Page, str, dict[str, Any]]
) -> None:
    hers, email, _ = ada
    open_account(olga, email)
    olga.get_by_role("button", name="Suspend").press("Enter")
    dialog = olga.get_by_role("dialog")
    dialog.get_by_label("Whom to write to").fill("help@example.com")
    dialog.get_by_label("Reason").fill("the money was claimed back")
    dialog.get_by_role("button", name="Show what it does").press("Enter")
    expect(dialog.get_by_role("status")).to_contain_text("Nothing new is rendered, cast or bought")
    assert hers.request.get("/v1/me").json()["organisation"]["suspension"] is None, "it was only shown"
    dialog.get_by_role("button", name="Suspend", exact=True).press("Enter")
    expect(dialog).to_be_hidden()
    expect(olga.get_by_text("suspended", exact=False).first).to_be_visible()
    for path in ("/", "/account/credits"):
        hers.goto(path)
        expect(hers.get_by_role("status").filter(has_text="is suspended since")).to_contain_text("help@example.com")
    olga.get_by_role("button", name="Let it work again").click()
    dialog.get_by_label("Reason").fill("it was won")
    dialog.get_by_role("button", name="Show what it does").click()
    dialog.get_by_role("button", name="Let it work again", exact=True).click()
    expect(dialog).to_be_hidden()
    expect(olga.get_by_role("button", name="Suspend")).to_be_visible()
    hers.goto("/account/audit")
    expect(hers.get_by_text("Suspended the organisation: the money was claimed back")).to_be_visible()
    expect(hers.get_by_text("is suspended since")).to_have_count(0)
