"""Hearing a line that nobody heard before: from the press until it sounds, in the page, by the packaged voices.

Real Chromium, the real server with its object store and engines, and nothing of the lines in the cache. Processor time
is that of the server's whole tree. A line is heard after a rest (its voices are loaded for the press), after somebody
typed it (they are loaded while it is typed), and again and again, each time another one.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from playwright.sync_api import BrowserContext, Page, sync_playwright

from inference.registry.packaged import default_cache_dir
from tests.bench.idle import processor_s
from tests.bench.outcome import Outcome, Report
from tests.browser.conftest import CHROMIUM, FLAGS, WIDE, Studio, sign_in_url
from tests.faults.server import Server

WITHIN_S = 2.0
TYPING_S = 4.0  # a line of forty signs
RESTED_S = 75.0  # the voices rest after a minute
LINES = (
    "The ferry had already left when we came down to the pier.",
    "Tell your sister that the orchard belongs to both of you.",
    "Nothing in this house was ever locked before last winter.",
    "I counted the stairs, and there was one more than yesterday.",
    "He sold the piano, but he kept the metronome.",
    "Whoever rang that bell knew exactly where to stand.",
)
LONG = (
    "We crossed the river at night. Nobody spoke, and nobody had a lamp. In the morning we counted the horses, "
    "and two of them had come back alone, still saddled, with snow on their backs."
)
WATCH = """
window.heard = 0;
const play = HTMLMediaElement.prototype.play;
HTMLMediaElement.prototype.play = function () {
  this.addEventListener('playing', () => { window.heard = performance.now(); }, {once: true});
  return play.call(this);
};
document.addEventListener('click', () => { window.pressed = performance.now(); window.heard = 0; }, true);
"""


def run(report: Report) -> Outcome:
    """`scripts/bench hear-line`."""
    outcome = Outcome()
    with tempfile.TemporaryDirectory() as folder, _served(Path(folder)) as studio, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page = _open(
            browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]}, base_url=studio.url, bypass_csp=True),
            studio,
        )
        _measure(page, studio.server, outcome, report)
        browser.close()
    return outcome


def _measure(page: Page, server: Server, outcome: Outcome, report: Report) -> None:
    words = page.get_by_role("group", name="Lines").get_by_role("textbox", name="Words")
    words.fill(LINES[0])
    page.wait_for_timeout(TYPING_S * 1000)
    report("hear-line: a line that was just typed")
    outcome.check("typed_s", round(_hear(page), 2), "<=", WITHIN_S)
    warm_s, warm_cpu_s = [], []
    for line in LINES[1:]:
        words.fill(line)
        page.wait_for_timeout(1000)  # saved, and nothing else is done any more
        began_s = processor_s(server)
        warm_s.append(_hear(page))
        warm_cpu_s.append(processor_s(server) - began_s)
    outcome.check("warm_s_median", round(statistics.median(warm_s), 2), "<=", WITHIN_S)
    outcome.note("warm_s_worst", round(max(warm_s), 2))
    outcome.note("warm_cpu_s_median", round(statistics.median(warm_cpu_s), 2))
    outcome.note("of_it_asking_s", round(_asked_s(page), 2))
    words.fill(LONG)
    page.wait_for_timeout(1000)
    outcome.note("ten_seconds_of_speech_s", round(_hear(page), 2))
    report("hear-line: after a rest")
    words.fill("The last train is never late.")
    page.reload()
    time.sleep(RESTED_S)
    began_s = processor_s(server)
    outcome.note("after_a_rest_s", round(_hear(page), 2))
    outcome.note("after_a_rest_cpu_s", round(processor_s(server) - began_s, 2))


def _hear(page: Page) -> float:
    """Seconds from the press until the line sounds."""
    page.get_by_role("button", name="Hear line 1").click()
    page.wait_for_function("window.heard > 0", timeout=60_000)
    seconds = page.evaluate("(window.heard - window.pressed) / 1000")
    page.get_by_role("button", name="Hear line 1").wait_for()  # it was heard to its end
    return float(seconds)


def _asked_s(page: Page) -> float:
    """Of the last line: from the question to the answer of `POST /v1/speech`."""
    asked = "performance.getEntriesByType('resource').filter(one => one.name.endsWith('/v1/speech')).at(-1).duration"
    return float(page.evaluate(asked)) / 1000


def _open(context: BrowserContext, studio: Studio) -> Page:
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(sign_in_url(studio.server))
    board = studio.told("POST", "/v1/projects/example")
    shot = board["scenes"][0]["shots"][0]
    person = shot["characters"][0]["character_id"]
    studio.told("PATCH", f"/v1/shots/{shot['id']}", {"dialogue": [{"id": "a", "text": "Hm.", "character_id": person}]})
    page.goto(f"/films/{board['project']['id']}/shots/{shot['id']}")
    return page


@contextmanager
def _served(folder: Path) -> Iterator[Studio]:
    """A studio with the packaged models and no line that was said before."""
    models = folder / "cache" / "models"
    models.mkdir(parents=True)
    for packaged in default_cache_dir().iterdir():
        if packaged.name not in ("said-lines", "pulled"):
            (models / packaged.name).symlink_to(packaged)
    server = Server(folder / "data", DRAMATIS_CACHE_DIR=str(folder / "cache"))
    server.start()
    try:
        headers = {"Authorization": f"Bearer {server.api_key}"}
        with httpx.Client(base_url=server.url, headers=headers, timeout=60) as http:
            yield Studio(server, http)
    finally:
        server.stop()
