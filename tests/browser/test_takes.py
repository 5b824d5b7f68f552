"""From a shot to a circled take, as a filmmaker does it: typed, rendered, watched frame by frame, compared, chosen."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import NARROW, Film, OpenPage, Studio

RENDERED_MS = 60_000
PLATE = Path(__file__).parents[2] / "frontend/studio/public/static/backdrops/street.webp"


def _rendered(studio: Studio, film: Film, count: int = 1) -> list[str]:
    """Ids of finished takes of the film's first shot, the newest first."""
    studio.told("POST", f"/v1/shots/{film.shots[0]}/takes", {"count": count})
    return [take["id"] for take in studio.wait_for_takes(film.shots[0])]


def _inspector(page: Page) -> Page:
    expect(page.get_by_role("region", name=re.compile("Shot 1A"))).to_be_visible()
    return page


def test_a_shot_is_typed_rendered_watched_and_circled(open_page: OpenPage, studio: Studio, film: Film) -> None:
    page = _inspector(open_page(film.shot_path()))
    prompt = page.get_by_label("What happens")
    prompt.press("End")
    prompt.press_sequentially(". Then @Ei")
    page.get_by_role("option", name="Eileen").wait_for()
    prompt.press("Enter")
    prompt.press_sequentially("turns to the left")
    expect(prompt).to_have_value("@Eileen smiles. Then @Eileen turns to the left")
    page.get_by_role("button", name=re.compile(r"Render · \d")).click()
    strip = page.get_by_role("region", name="Takes of this shot")
    take = strip.get_by_role("article", name="Take T1")
    expect(take.get_by_role("button", name="Circle take T1")).to_be_visible(timeout=RENDERED_MS)
    take.get_by_role("button", name="Circle take T1").click()
    expect(take.get_by_role("button", name="Circle take T1")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name=re.compile(r"\bShot 1A\b"))).to_contain_text("A take is circled")
    kept = studio.told("GET", f"/v1/shots/{film.shots[0]}")
    assert (kept["prompt"], kept["circled_take_id"] is not None) == (
        "@Eileen smiles. Then @Eileen turns to the left",
        True,
    )


def test_what_is_typed_survives_a_reload(open_page: OpenPage, studio: Studio, film: Film) -> None:
    page = _inspector(open_page(film.shot_path()))
    page.route("**/shots/*", lambda route: route.abort() if route.request.method == "PATCH" else route.continue_())
    page.get_by_label("What happens").fill("@Eileen frowns at the rain")
    page.reload()
    expect(page.get_by_label("What happens")).to_have_value("@Eileen frowns at the rain")
    assert studio.told("GET", f"/v1/shots/{film.shots[0]}")["prompt"] == "@Eileen smiles"


def test_a_length_that_the_model_cannot_do_is_mended_with_one_click(open_page: OpenPage, film: Film) -> None:
    page = _inspector(open_page(film.shot_path()))
    page.get_by_label("Length").fill("99")
    page.get_by_role("button", name=re.compile("^Use 10")).click()
    expect(page.get_by_label("Length")).to_have_value("10 s")
    expect(page.get_by_role("button", name=re.compile(r"Render · \d"))).to_be_enabled()


def test_the_button_says_between_when_and_when_a_take_is_there(open_page: OpenPage, studio: Studio, film: Film) -> None:
    studio.told("PATCH", f"/v1/shots/{film.shots[0]}", {"seconds": 10, "size": "1280x720"})
    page = _inspector(open_page(film.shot_path()))
    render = page.get_by_role("button", name=re.compile(r"Render · \d+\D+\d+ (s|min)"))
    expect(render).to_be_enabled()
    told = studio.told("POST", f"/v1/shots/{film.shots[0]}/estimate", {})
    assert told["seconds_low"] < told["seconds"] < told["seconds_high"]


def test_a_plate_a_framing_and_a_place_are_chosen_by_keyboard(open_page: OpenPage, studio: Studio, film: Film) -> None:
    page = _inspector(open_page(film.shot_path()))
    page.get_by_role("radio", name="Wide shot").press("Space")
    page.get_by_role("radio", name="Forest").press("Space")
    page.get_by_role("button", name="Eileen in this shot").press("Enter")
    page.get_by_role("menuitemradio", name="right").press("Enter")
    expect(page.get_by_text("Saved as you type")).to_be_visible()
    path = f"/v1/shots/{film.shots[0]}"
    studio.wait_until(path, lambda shot: shot["characters"][0]["placement"] == "right")  # the last that was chosen
    kept = studio.told("GET", path)
    assert kept["framing"] == "ws"
    assert (kept["plate"]["kind"], kept["plate"]["name"]) == ("backdrop", "forest")
    assert kept["characters"][0]["placement"] == "right"


def test_camera_size_seed_and_an_own_plate_are_kept_with_the_shot(
    open_page: OpenPage, studio: Studio, film: Film
) -> None:
    page = _inspector(open_page(film.shot_path()))
    for field, choice in (
        ("Camera", re.compile("Pan left")),
        ("Aspect", re.compile("4:3")),
        ("Quality", re.compile("Full HD.*1440 × 1080")),  # noqa: RUF001 (a times sign)
    ):
        page.get_by_label(field, exact=True).first.click()
        page.get_by_role("option", name=choice).click()
    page.get_by_role("switch", name="Lock the seed").check()
    page.get_by_label("Seed", exact=True).fill("77")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Your picture").click()
    chooser.value.set_files(PLATE)
    kept: dict[str, Any] = {}
    until = time.monotonic() + 15
    while (kept.get("plate") or {}).get("kind") != "image" or kept["seed"] != 77:
        assert time.monotonic() < until, kept
        page.wait_for_timeout(200)
        kept = studio.told("GET", f"/v1/shots/{film.shots[0]}")
    assert (kept["camera"]["move"], kept["size"]) == ("pan_left", "1440x1080")


def test_the_pictures_shape_and_quality_follow_film_and_model(open_page: OpenPage, studio: Studio, film: Film) -> None:
    studio.told("PATCH", f"/v1/shots/{film.shots[0]}", {"size": None})
    page = _inspector(open_page(film.shot_path()))
    aspect, quality = (page.get_by_role("combobox", name=name) for name in ("Aspect", "Quality"))
    expect(aspect).to_have_value("16:9 · the film's")
    expect(quality).to_have_value("Standard")
    expect(page.get_by_text("768 × 432", exact=True).first).to_be_visible()  # noqa: RUF001 (a times sign)
    aspect.click()
    offered = page.get_by_role("option")
    assert offered.all_inner_texts() == ["16:9 · the film's", "9:16", "1:1", "4:3", "2.39:1"]
    page.get_by_role("option", name="2.39:1").click()
    quality.click()
    page.get_by_role("option", name=re.compile("^High")).click()
    expect(page.get_by_text("1280 × 536", exact=True).first).to_be_visible()  # noqa: RUF001 (a times sign)
    path = f"/v1/shots/{film.shots[0]}"
    studio.wait_until(path, lambda shot: shot["size"] == "1280x536")
    aspect.click()
    page.get_by_role("option", name=re.compile("the film's")).click()
    quality.click()
    page.get_by_role("option", name=re.compile("^Standard")).click()
    studio.wait_until(path, lambda shot: shot["size"] is None)  # the film's own again


def test_a_take_is_watched_to_the_frame(open_page: OpenPage, studio: Studio, film: Film) -> None:
    (take_id,) = _rendered(studio, film)
    page = open_page(f"{film.shot_path()}/takes/{take_id}")
    transport = page.get_by_role("group", name="Player")
    expect(page.locator("video")).to_have_js_property("readyState", 4)
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.keyboard.press("k")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(transport).to_contain_text("00:00:00:02")
    page.keyboard.press("End")
    expect(transport).to_contain_text("00:00:00:11")
    dip = page.get_by_role("button", name=re.compile(r"^Eileen at ")).first
    place = re.search(r"at (\d+) s (\d+) f", dip.inner_text())
    assert place is not None
    dip.click()
    expect(transport).to_contain_text(f"00:00:{int(place[1]):02}:{int(place[2]):02}")
    expect(transport).to_contain_text("hh:mm:ss:ff")


def test_a_moment_of_a_clip_names_its_units_in_both_languages(open_page: OpenPage, studio: Studio, film: Film) -> None:
    (take_id,) = _rendered(studio, film)
    for language, short, legend in (
        ("en", r"Eileen at \d+ s \d+ f: 0\.\d\d", "hh:mm:ss:ff"),
        ("zh", r"Eileen 在 \d+ 秒 \d+ 帧：0\.\d\d", "时 : 分 : 秒 : 帧"),  # noqa: RUF001 (full-width marks are meant)
    ):
        page = open_page(f"{film.shot_path()}/takes/{take_id}", language=language)
        expect(page.get_by_role("button", name=re.compile(short)).first).to_be_visible()
        expect(page.get_by_text(legend)).to_be_visible()
        assert page.get_by_role("slider").first.get_attribute("aria-valuetext") in ("0 s 0 f", "0 秒 0 帧")


def test_space_presses_the_button_that_has_the_focus(open_page: OpenPage, studio: Studio, film: Film) -> None:
    (take_id,) = _rendered(studio, film)
    page = open_page(f"{film.shot_path()}/takes/{take_id}")
    page.get_by_role("button", name="Circle this take").press("Space")
    expect(page.get_by_role("button", name=re.compile("Circled"))).to_be_visible()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_a_note_is_pinned_to_the_frame_and_leads_back_to_it(open_page: OpenPage, studio: Studio, film: Film) -> None:
    (take_id,) = _rendered(studio, film)
    page = open_page(f"{film.shot_path()}/takes/{take_id}")
    page.get_by_role("group", name="Player").wait_for()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("n")
    page.keyboard.type("hold this look")
    page.get_by_role("button", name="Pin").click()
    note = page.get_by_role("listitem").filter(has_text="hold this look")
    expect(note).to_contain_text("Owner of this machine")
    page.reload()
    page.get_by_role("button", name=re.compile("^00:00:00:05")).click()
    expect(page.get_by_role("group", name="Player")).to_contain_text("00:00:00:05")
    page.get_by_role("button", name=re.compile("Delete the note")).click()
    expect(note).to_have_count(0)


def test_two_takes_are_compared_on_one_clock(open_page: OpenPage, studio: Studio, film: Film) -> None:
    newest, older = _rendered(studio, film, 2)
    page = open_page(f"{film.shot_path()}/takes/{newest}?with={older}")
    expect(page.locator("video")).to_have_count(2)
    page.get_by_role("group", name="Player").wait_for()
    for _ in range(7):
        page.keyboard.press("ArrowRight")
    times = page.locator("video").evaluate_all("videos => videos.map(video => video.currentTime)")
    assert times[0] == times[1] > 0.25
    page.get_by_text("Wipe", exact=True).click()
    expect(page.get_by_role("slider", name="Where the picture changes")).to_be_visible()


def test_four_variations_are_compared_on_one_clock_and_the_best_face_is_suggested(
    open_page: OpenPage, studio: Studio, film: Film
) -> None:
    page = _inspector(open_page(film.shot_path()))
    page.get_by_role("button", name="4 variations").click()
    expect(page.get_by_role("article", name="Take T4")).to_be_visible()
    newest, *others = studio.wait_for_takes(film.shots[0])
    assert len({take["seed"] for take in (newest, *others)}) == 4
    expect(page.get_by_text("best face")).to_have_count(1)
    page.goto(f"{film.shot_path()}/takes/{newest['id']}?with={','.join(take['id'] for take in others)}")
    expect(page.locator("video")).to_have_count(4)
    page.get_by_role("group", name="Player").wait_for()
    page.keyboard.press("ArrowRight")
    times = page.locator("video").evaluate_all("videos => videos.map(video => video.currentTime)")
    assert len(set(times)) == 1


def test_the_receipt_says_what_was_really_used(open_page: OpenPage, studio: Studio, film: Film) -> None:
    (take_id,) = _rendered(studio, film)
    page = open_page(f"{film.shot_path()}/takes/{take_id}")
    page.get_by_role("button", name="Open the receipt").click()
    receipt = studio.told("GET", f"/v1/takes/{take_id}")["receipt"]
    panel = page.get_by_role("dialog")
    expect(panel).to_contain_text(receipt["media_sha256"])
    expect(panel).to_contain_text(receipt["references"][0]["sha256"])


def test_the_receipt_says_in_words_what_is_promised_of_the_bits(
    open_page: OpenPage, studio: Studio, film: Film
) -> None:
    """The previs promises nothing of them; what a receipt of a large model would say is put into its own."""
    (take_id,) = _rendered(studio, film)
    for language, button, promise, words in (
        ("en", "Open the receipt", "exact", "exact: the same on any number of devices, proven for this kind"),
        ("zh", "打开生成凭证", "same_mathematics", "数学等价：换用其他设备或改变设备数量时，末位可能不同"),  # noqa: RUF001 (full-width marks are meant)
    ):
        page = open_page(f"{film.shot_path()}/takes/{take_id}", language=language)
        page.route(re.compile(rf"/v1/takes/{take_id}$"), _promising(promise))
        page.reload()
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("dialog")).to_contain_text(words)


def _promising(promise: str) -> Callable[[Route], None]:
    def answer(route: Route) -> None:
        answered = route.fetch()
        take = answered.json()
        assert take["receipt"]["promise"] is None
        take["receipt"]["promise"] = promise
        route.fulfill(response=answered, json=take)

    return answer


def test_a_take_is_cancelled_where_it_renders(open_page: OpenPage, studio: Studio, film: Film) -> None:
    studio.told("PATCH", f"/v1/shots/{film.shots[0]}", {"seconds": 10, "size": "1280x720"})
    page = _inspector(open_page(film.shot_path()))
    page.get_by_role("button", name=re.compile("^Render")).click()
    page.get_by_role("button", name="Cancel take T1").click()
    expect(page.get_by_role("article", name="Take T1")).to_contain_text("Cancelled")
    expect(page.get_by_role("button", name="Render again")).to_be_visible()


def test_a_lost_connection_in_the_middle_loses_nothing(
    open_page: OpenPage, studio: Studio, film: Film, complaints: list[str]
) -> None:
    page = _inspector(open_page(film.shot_path()))
    page.context.set_offline(True)
    studio.told("POST", f"/v1/shots/{film.shots[0]}/takes", {"count": 1})
    studio.wait_for_takes(film.shots[0])
    page.context.set_offline(False)
    expect(page.get_by_role("button", name="Circle take T1")).to_be_visible(timeout=RENDERED_MS)
    complaints.clear()


def test_a_reload_while_it_renders_shows_it_again(open_page: OpenPage, studio: Studio, film: Film) -> None:
    page = _inspector(open_page(film.shot_path()))
    page.get_by_role("button", name="4 variations").click()
    page.get_by_role("article", name="Take T4").wait_for()
    page.reload()
    expect(page.get_by_role("article", name=re.compile("^Take T"))).to_have_count(4)
    takes = studio.wait_for_takes(film.shots[0])
    assert len({take["seed"] for take in takes}) == 4
    expect(page.get_by_role("button", name=re.compile("Circle take"))).to_have_count(4, timeout=RENDERED_MS)


def test_a_take_fits_a_phone(open_page: OpenPage, studio: Studio, film: Film) -> None:
    (take_id,) = _rendered(studio, film)
    page = open_page(f"{film.shot_path()}/takes/{take_id}", size=NARROW)
    expect(page.get_by_role("group", name="Player")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW[0]


def test_what_the_prompt_asks_in_vain_is_told_while_it_is_typed_in_the_words_of_the_take(
    open_page: OpenPage, studio: Studio, film: Film
) -> None:
    page = _inspector(open_page(film.shot_path()))
    page.get_by_label("What happens").fill("@Eileen smiles, then walks to the door")
    told = page.get_by_role("status").filter(has_text="Left aside")
    expect(told).to_contain_text(re.compile("“.*walks to the door.*”"))
    expect(told).to_contain_text("What works: turn, nod")
    expect(page.get_by_role("button", name=re.compile("^Render"))).to_be_enabled()
    before = told.locator("p").first.inner_text()
    page.get_by_role("button", name=re.compile("^Render")).click()
    page.get_by_role("article", name="Take T1").wait_for()
    (take,) = studio.wait_for_takes(film.shots[0])
    asked = {"prompt": "@Eileen smiles, then walks to the door"}
    foretold = studio.told("POST", f"/v1/shots/{film.shots[0]}/estimate", asked)["notes"]
    assert foretold == [note for note in take["notes"] if note["code"] == "prompt_partially_followed"] != []
    page.goto(f"{film.shot_path()}/takes/{take['id']}")
    expect(page.get_by_text(before, exact=True)).to_be_visible()
    page.goto(film.shot_path())
    page.get_by_label("What happens").fill("@Eileen smiles")
    expect(told).to_have_count(0)
