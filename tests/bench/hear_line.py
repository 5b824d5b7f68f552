"""Hearing a line that nobody heard before: from the press until it sounds, in the page, by the packaged voices.

Real Chromium, the real server with its object store and engines, and nothing of the lines in the cache. A line is heard
after somebody typed it key by key and came to the button a second later (the engine and its voices are loaded while it
is typed, and the line is said as soon as the typist rests), again and again, each time another one; without that
second, as who presses with the keyboard; and one that nobody typed, after a rest. Processor time is that of the
server's whole tree, and of the browser's, from the press on. It takes two minutes where lines sound within their two
seconds, and is given up after `PATIENCE_S` for a line that does not sound.
"""

from __future__ import annotations

import os
import signal
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from playwright.sync_api import BrowserContext, Page, TimeoutError, expect, sync_playwright

from inference.registry.packaged import default_cache_dir
from tests.bench.idle import processes, processor_s, seconds_of
from tests.bench.outcome import Outcome, Report
from tests.browser.conftest import CHROMIUM, FLAGS, WIDE, Studio, sign_in_url
from tests.faults.server import Server, is_alive

WITHIN_S = 2.0
PATIENCE_S = 30.0
KEY_MS = 100.0  # ten signs a second: sixty words a minute are half of that
TO_THE_BUTTON_S = 1.0
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
HURRIED = "She keeps the key under a stone."
RESTED = "The last train is never late."
WATCH = """
window.heard = 0;
const play = HTMLMediaElement.prototype.play;
HTMLMediaElement.prototype.play = function () {
  window.played = performance.now();
  this.addEventListener('playing', () => { window.heard = performance.now(); }, {once: true});
  return play.call(this);
};
document.addEventListener('click', () => { window.pressed = performance.now(); window.heard = 0; }, true);
"""
SPENT = """() => {
  const asked = performance.getEntriesByType('resource').filter(one => one.name.endsWith('/v1/speech')).at(-1);
  return [window.heard - window.pressed, asked.duration, window.heard - window.played].map(ms => ms / 1000);
}"""


@dataclass(frozen=True)
class Heard:
    """Seconds from the press until the line sounds. Of these: until the server answered the question; until what was
    given to the browser to play sounded. Processor time meanwhile, of the server's tree and of the browser's."""

    s: float
    asked_s: float
    playing_s: float
    server_cpu_s: float
    browser_cpu_s: float


def run(report: Report) -> Outcome:
    """`scripts/bench hear-line`."""
    outcome = Outcome()
    with tempfile.TemporaryDirectory() as folder, _served(Path(folder)) as studio, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page = _open(
            browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]}, base_url=studio.url, bypass_csp=True),
            studio,
        )
        try:
            _measure(page, studio, outcome, report)
        except TimeoutError:
            outcome.check("every_line_sounds", False, "==", True)
        browser.close()
    return outcome


def _measure(page: Page, studio: Studio, outcome: Outcome, report: Report) -> None:
    server = studio.server
    report("hear-line: a line that was just typed, the first of a fresh server")
    _type(page, LINES[0])
    outcome.check("typed_s", round(_hear(page, server).s, 2), "<=", WITHIN_S)
    report("hear-line: one line after another")
    heard = []
    for line in LINES[1:]:
        _type(page, line)
        heard.append(_hear(page, server))
    outcome.check("warm_s_median", round(statistics.median(one.s for one in heard), 2), "<=", WITHIN_S)
    outcome.note("warm_s_worst", round(max(one.s for one in heard), 2))
    for part in ("asked_s", "playing_s", "server_cpu_s", "browser_cpu_s"):
        outcome.note(f"warm_{part}_median", round(statistics.median(getattr(one, part) for one in heard), 2))
    _type(page, HURRIED, rest_s=0)
    _tell("at_once", _hear(page, server), outcome)
    _type(page, LONG)
    _tell("ten_seconds_of_speech", _hear(page, server), outcome)
    report("hear-line: after a rest")
    _write(page, studio, RESTED)
    _rest(server)
    _tell("after_a_rest", _hear(page, server), outcome)


def _tell(name: str, heard: Heard, outcome: Outcome) -> None:
    outcome.note(f"{name}_s", round(heard.s, 2))
    outcome.note(f"{name}_server_cpu_s", round(heard.server_cpu_s, 2))


def _type(page: Page, line: str, rest_s: float = TO_THE_BUTTON_S) -> None:
    """Somebody types the line, and is at the button so much later."""
    words = page.get_by_role("group", name="Lines").get_by_role("textbox", name="Words")
    words.fill("")
    words.press_sequentially(line, delay=KEY_MS)
    page.wait_for_timeout(rest_s * 1000)


def _write(page: Page, studio: Studio, line: str) -> None:
    """The line is in the shot, and nobody typed it."""
    shot_id = page.url.rsplit("/", 1)[-1]
    (dialogue,) = studio.told("GET", f"/v1/shots/{shot_id}")["dialogue"]
    studio.told("PATCH", f"/v1/shots/{shot_id}", {"dialogue": [dialogue | {"text": line}]})
    page.reload()
    expect(page.get_by_role("group", name="Lines").get_by_role("textbox", name="Words")).to_have_value(line)


def _hear(page: Page, server: Server) -> Heard:
    """Press, wait until it sounds, and press again."""
    began_s, browser_began_s = processor_s(server), _browser_s(server)
    page.get_by_role("button", name="Hear line 1").click()
    page.wait_for_function("window.heard > 0", timeout=PATIENCE_S * 1000)
    cpu_s, browser_cpu_s = processor_s(server) - began_s, _browser_s(server) - browser_began_s
    heard = Heard(*page.evaluate(SPENT), cpu_s, browser_cpu_s)
    page.get_by_role("button", name="Stop", exact=True).click()
    return heard


def _browser_s(server: Server) -> float:
    """Processor time of whatever this process started but the server."""
    return seconds_of(set(processes(os.getpid())) - set(processes(server.pids[0])) - {os.getpid()})


def _rest(server: Server) -> None:
    """What the speech process does after a minute without a line, at once: it ends."""
    speaking = [pid for pid in processes(server.pids[0]) if b"inference.speech.process" in _command(pid)]
    assert speaking, "lines were said, and no process said them"
    for pid in speaking:
        os.kill(pid, signal.SIGKILL)
    while any(map(is_alive, speaking)):
        time.sleep(0.05)


def _command(pid: int) -> list[bytes]:
    return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")


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
