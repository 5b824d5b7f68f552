"""Prices beside the buttons that cost something: what it will cost, why, and what stands in the way of paying."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import Film, OpenPage, Studio
from tests.browser.prices import priced
from tests.browser.test_pages import AXE

__all__ = ["priced"]
UP_TO = re.compile(r"^up to [\d.]+ credits$")


def _open_sum(page: Page) -> dict[str, str]:
    """The sum behind the price, opened by the keyboard: value by words."""
    page.get_by_role("button", name=UP_TO).press("Enter")
    table = page.get_by_role("table", name="What it costs")
    expect(table).to_be_visible()
    rows = table.get_by_role("row").all()
    return {row.get_by_role("rowheader").inner_text(): row.get_by_role("cell").inner_text() for row in rows}


def _no_complaint_of_axe(page: Page) -> None:
    page.evaluate(AXE.read_text())
    found: list[dict[str, Any]] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    assert [(one["id"], one["nodes"][0]["target"]) for one in found] == []


def test_a_shot_tells_what_its_render_costs_and_of_what(open_page: OpenPage, priced: Studio, film: Film) -> None:
    page = open_page(film.shot_path())
    estimate = priced.told("POST", f"/v1/shots/{film.shots[0]}/estimate", {})
    rows = _open_sum(page)
    price, payment = estimate["price"], estimate["payment"]
    assert float(rows["Credits at most"]) == price["credits"]
    assert float(rows["Seconds of a device, predicted"]) == price["device_seconds"]
    assert rows["Clip"] == f"{price['seconds']} s, {price['frames']} frames"
    assert float(rows["Granted, does not expire"]) == price["credits"]
    assert float(rows["4 variations"]) == round(4 * price["credits"], 6)
    assert float(rows["Left after it"]) == payment["left"]
    _no_complaint_of_axe(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("table")).to_be_hidden()


def test_a_cap_in_the_way_is_named_before_anything_is_rendered(open_page: OpenPage, priced: Studio, film: Film) -> None:
    cap = {"scope": "project", "subject_id": film.project_id, "period": "lifetime", "limit": 0.000001}
    cap_id = priced.told("POST", "/v1/billing/caps", cap)["id"]
    page = open_page(film.shot_path(), size=(390, 844))
    told = page.get_by_role("alert").filter(has_text="cap is 0.000001 credits in all: 0 are spent or held.")
    expect(told).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Render"))).to_be_disabled()
    expect(told.get_by_role("link", name="See the caps")).to_have_attribute("href", "/account/caps")
    _no_complaint_of_axe(page)
    priced.told("DELETE", f"/v1/billing/caps/{cap_id}")


def test_a_scene_is_priced_before_it_is_rendered(open_page: OpenPage, priced: Studio, film: Film) -> None:
    page = open_page(film.path)
    page.get_by_role("button", name="Scene 1: more").click()
    page.get_by_role("menuitem", name="What rendering it costs…").click()
    dialog = page.get_by_role("dialog", name="Scene 1")
    whole = priced.told("POST", f"/v1/scenes/{film.scene_id}/estimate")
    expect(dialog.get_by_role("row", name=f"Credits at most {whole['credits']}")).to_be_visible()
    expect(dialog.get_by_role("row", name="Takes 2")).to_be_visible()
    dialog.get_by_role("button", name="Render the scene").click()
    expect(dialog).to_be_hidden()
    for shot_id in film.shots:
        priced.wait_until(f"/v1/shots/{shot_id}/takes", lambda told: told["data"])
        (take,) = priced.wait_for_takes(shot_id)
        assert take["usage"]["credits"] > 0


def test_a_character_and_a_first_film_are_priced_before_anybody_is_cast(
    open_page: OpenPage, priced: Studio, example: dict[str, Any]
) -> None:
    page = open_page("/first-film")
    rows = _open_sum(page)
    assert (rows["Takes"], rows["Enrolling the character"]) == ("5", "0.5")
    assert float(rows["Credits at most"]) > 0.5
    _no_complaint_of_axe(page)


def test_who_has_too_few_credits_is_told_how_many_are_missing(open_page: OpenPage, priced: Studio) -> None:
    page = open_page("/first-film", language="zh")
    told = {"code": "insufficient_credits", "field": "credits", "message": "…", "nearest": []}

    def poor(route: Any) -> None:  # noqa: ANN401
        reply = route.fetch()
        body = reply.json() | {"problems": [told | {"members": {"missing": 1.5, "available": 20, "cost": 21.5}}]}
        route.fulfill(response=reply, json=body)

    page.route("**/v1/estimates", poor)
    page.reload()
    expect(page.get_by_role("alert").filter(has_text="还差 1.5 点")).to_be_visible()
    expect(page.get_by_role("link", name="添加点数")).to_have_attribute("href", "/account/credits")


def test_caps_are_set_changed_and_removed(open_page: OpenPage, priced: Studio, film: Film) -> None:
    page = open_page("/account/caps")
    page.get_by_role("combobox", name="Whose spending").click()
    page.get_by_role("option", name="One film").click()
    page.get_by_role("combobox", name="Which film").click()
    page.get_by_role("option", name="Short").first.click()
    page.get_by_role("textbox", name="Credits at most", exact=True).fill("2.5")
    page.get_by_role("button", name="Set the cap").press("Enter")
    row = page.get_by_role("listitem").filter(has_text="Short · a month")
    expect(row.get_by_text("0 of 2.5 credits spent or held, 2.5 left")).to_be_visible()
    row.get_by_role("textbox", name="Credits at most: Short · a month").fill("4")
    row.get_by_role("button", name="Change").click()
    expect(row.get_by_text("0 of 4 credits spent or held, 4 left")).to_be_visible()
    row.get_by_role("button", name="Remove the cap").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(row).to_be_hidden()


def test_spending_is_told_by_day_and_by_film(open_page: OpenPage, priced: Studio, film: Film) -> None:
    priced.told("POST", f"/v1/shots/{film.shots[0]}/takes", {"count": 1})
    (take,) = priced.wait_for_takes(film.shots[0])
    page = open_page("/account/spending", size=(390, 844))
    page.get_by_text("As a table").click()
    expect(page.get_by_role("figure").get_by_role("row")).not_to_have_count(1)
    by_model = priced.told("GET", "/v1/usage?by=model")["data"]
    page.get_by_role("combobox", name="Told apart by").click()
    page.get_by_role("option", name="Model").click()
    (line,) = [one for one in by_model if one["model"] == take["model"]]
    told = page.get_by_role("table", name="Model").get_by_role("row", name=re.compile("^previs"))
    expect(told).to_contain_text(f"{line['credits']:g}")


def test_statements_are_saved_and_add_up(open_page: OpenPage, priced: Studio, tmp_path: Path) -> None:
    page = open_page("/account/statements")
    statement = priced.told("GET", "/v1/billing/statements")["data"][0]
    with page.expect_download() as saved:
        page.get_by_role("link", name=f"Save the entries of {statement['month']} as CSV").click()
    saved.value.save_as(tmp_path / "month.csv")
    accounts: Counter[str] = Counter()
    for entry in csv.DictReader((tmp_path / "month.csv").open()):
        accounts[entry["debit"]] -= int(entry["micro_credits"])
        accounts[entry["credit"]] += int(entry["micro_credits"])
    assert accounts["spent"] == round(statement["charged"] * 1e6) > 0
    assert accounts["available"] + accounts["held"] == round((statement["closing"] - statement["opening"]) * 1e6)
    with page.expect_download() as saved:
        page.get_by_role("link", name=f"Save the statement of {statement['month']} as JSON").click()
    assert saved.value.suggested_filename == f"dramatis-{statement['month']}.json"
    expect(
        page.get_by_role("table", name="Credits in the order in which they pay").get_by_role("row")
    ).not_to_have_count(0)
    expect(page.get_by_role("link", name="Ten lines of Python")).to_have_attribute(
        "href", re.compile("^/docs/billing#")
    )
