"""Photographs every page of the studio, with a film in it that was really rendered: what `scripts/screenshots` runs."""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import httpx
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS, NARROW, WIDE, Studio, sign_in_url
from tests.faults.server import Server

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "runs" / "screenshots"
DOCS = ROOT / "docs" / "images"
IN_DOCS = {"board": "board.webp", "take": "take.webp"}
ACCOUNT = ("organisation", "members", "keys", "consent", "sessions", "password", "audit", "requests")
MOST_BYTES = 150_000
FRAMES_PROMPT = "She smiles, then slowly turns to the left while the camera moves in"
FRAME = (480, 270)
SIZES = {"wide": WIDE, "narrow": NARROW}
THEMES = ("dark", "light")
SETTLED_MS = 900
EXAMPLE_WITHIN_S = 30.0
SCREENPLAY = "INT. GREENHOUSE - DAY\n\nEileen looks at us.\n\nEXT. ROOF - NIGHT\n\nEileen nods.\n\nEileen looks up.\n"


@dataclass(frozen=True)
class Shown:
    """One picture to take: a page, and what is pressed on it first."""

    name: str
    path: str
    act: Callable[[Page], None] = lambda page: None
    signed_in: bool = True


def _press(keys: str) -> Callable[[Page], None]:
    return lambda page: page.keyboard.press(keys)


def _new_film(page: Page) -> None:
    page.get_by_role("button", name="New film").click()
    page.get_by_role("tab", name="From a screenplay").click()


def _search(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Search").fill("eileen")


def _middle(page: Page) -> None:
    for _ in range(24):
        page.keyboard.press("ArrowRight")


def forget_the_example(studio: Studio) -> None:
    """What the first sign-in found goes, so that empty pages can be shown."""
    until = time.monotonic() + EXAMPLE_WITHIN_S
    while not (films := studio.told("GET", "/v1/projects")["data"]):
        assert time.monotonic() < until, "the example did not come in time"
        time.sleep(0.2)
    studio.told("DELETE", f"/v1/projects/{films[0]['id']}")
    for character in studio.told("GET", "/v1/characters")["data"]:
        studio.told("DELETE", f"/v1/characters/{character['id']}")


def make_film(studio: Studio) -> dict[str, Any]:
    """The example film, each shot rendered, the first one twice; a take is circled, and a note pinned to it."""
    board = studio.told("POST", "/v1/projects/example")
    shots = [shot for scene in board["scenes"] for shot in scene["shots"]]
    for scene in board["scenes"]:
        studio.told("POST", f"/v1/scenes/{scene['id']}/takes")
    studio.told("POST", f"/v1/shots/{shots[0]['id']}/takes", {"count": 1})
    taken = [studio.wait_for_takes(shot["id"]) for shot in shots]
    for shot, takes in zip(shots[:3], taken[:3], strict=True):
        studio.told("PUT", f"/v1/shots/{shot['id']}/circled", {"take_id": takes[0]["id"]})
    studio.told("POST", f"/v1/takes/{taken[0][0]['id']}/notes", {"frame": 24, "text": "Hold this look a little longer"})
    invitation = studio.told("POST", "/v1/invitations", {"email": "grace@example.com", "role": "editor"})
    alone = {"prompt": "She waves", "characters": shots[0]["characters"], "seconds": 2}
    loose = studio.told("POST", "/v1/takes", alone)["id"]
    studio.wait_for("SUCCEEDED", loose)
    studio.told("POST", "/v1/projects/import", {"fountain": SCREENPLAY, "name": "Greenhouse"})
    return {
        "board": board,
        "shots": shots,
        "takes": taken,
        "loose": loose,
        "join": invitation["url"].removeprefix(studio.url),
    }


def pages_of(made: dict[str, Any]) -> list[Shown]:
    """Every page, as it looks with a film in the studio."""
    film = f"/films/{made['board']['project']['id']}"
    shot = f"{film}/shots/{made['shots'][0]['id']}"
    newest, older = (take["id"] for take in made["takes"][0])
    character = made["shots"][0]["characters"][0]["character_id"]
    return [
        Shown("projects", "/"),
        Shown("new-film", "/", _new_film),
        Shown("film", film),
        Shown("board", shot),
        Shown("take", f"{shot}/takes/{newest}", _middle),
        Shown("compare", f"{shot}/takes/{newest}?with={older}", _middle),
        Shown("cast", "/cast"),
        Shown("new-character", "/cast/new"),
        Shown("character", f"/cast/{character}"),
        Shown("renders", "/renders"),
        Shown("loose-take", f"/renders/{made['loose']}", _middle),
        *(Shown(f"account-{part}", f"/account/{part}") for part in ACCOUNT),
        Shown("search", film, _search),
        Shown("shortcuts", shot, _press("?")),
        Shown("lost", "/films/none/such"),
        Shown("first-film", "/first-film"),
        Shown("sign-in", "/sign-in", signed_in=False),
        Shown("sign-up", "/sign-up", signed_in=False),
        Shown("join", made["join"], signed_in=False),
    ]


class Camera:
    """Takes pictures of a studio's pages into a folder."""

    def __init__(self, studio: Studio, browser: Browser, folder: Path) -> None:
        self._studio, self._browser, self._folder = studio, browser, folder
        context = browser.new_context()
        context.new_page().goto(sign_in_url(studio.server))
        self._signed_in = context.storage_state()
        context.close()

    def shoot(self, shown: Shown) -> None:
        for theme in THEMES:
            for width in SIZES:
                with self._page(theme, width, shown.signed_in) as page:
                    page.goto(shown.path)
                    page.wait_for_timeout(SETTLED_MS)
                    shown.act(page)
                    page.wait_for_timeout(SETTLED_MS)
                    page.screenshot(path=self._folder / f"{shown.name}-{theme}-{width}.png")

    @contextmanager
    def _page(self, theme: str, width: str, signed_in: bool) -> Iterator[Page]:
        across, down = SIZES[width]
        context = self._browser.new_context(
            viewport={"width": across, "height": down},
            base_url=self._studio.url,
            storage_state=self._signed_in if signed_in else None,
            reduced_motion="reduce",
        )
        kept = json.dumps({"dramatis.language": "en", "dramatis.scheme": theme})
        context.add_init_script(f"for (const [k, v] of Object.entries({kept})) localStorage.setItem(k, v)")
        yield context.new_page()
        context.close()


def film_frames(studio: Studio, characters: list[dict[str, Any]]) -> Image.Image:
    """Six frames of a take, evenly spread over it: what the README opens with."""
    asked = {"prompt": FRAMES_PROMPT, "characters": characters, "seconds": 5, "size": "768x432", "seed": 7}
    take_id = studio.told("POST", "/v1/takes", asked)["id"]
    studio.wait_for("SUCCEEDED", take_id)
    with tempfile.NamedTemporaryFile(suffix=".mp4") as file:
        file.write(studio.http.get(f"/v1/takes/{take_id}/content", follow_redirects=True).raise_for_status().content)
        file.flush()
        clip = cv2.VideoCapture(file.name)
        frames = [frame for _ in range(120) for seen, frame in [clip.read()] if seen]
        clip.release()
    width, height = FRAME
    sheet = Image.new("RGB", (3 * width, 2 * height))
    for place in range(6):
        frame = Image.fromarray(frames[place * (len(frames) - 1) // 5][:, :, ::-1])
        sheet.paste(frame.resize(FRAME, Image.Resampling.LANCZOS), (place % 3 * width, place // 3 * height))
    return sheet


def write_docs(folder: Path, frames: Image.Image) -> None:
    """The few pictures that the README and the docs show, small."""
    frames.save(DOCS / "frames.jpg", quality=85, optimize=True)
    for name, target in IN_DOCS.items():
        with Image.open(folder / f"{name}-dark-wide.png") as picture:
            picture.convert("RGB").save(DOCS / target, quality=82, method=6)
        size = (DOCS / target).stat().st_size
        assert size <= MOST_BYTES, f"docs/images/{target} has {size} bytes"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    parser.add_argument("--docs", action="store_true", help="write docs/images anew, too")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        server = Server(Path(data) / "data")
        server.start()
        headers = {"Authorization": f"Bearer {server.api_key}"}
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            with httpx.Client(base_url=server.url, headers=headers, timeout=60) as http:
                studio = Studio(server, http)
                camera = Camera(studio, browser, asked.folder)
                forget_the_example(studio)
                camera.shoot(Shown("projects-empty", "/"))
                camera.shoot(Shown("cast-empty", "/cast"))
                made = make_film(studio)
                for shown in pages_of(made):
                    camera.shoot(shown)
                if asked.docs:
                    write_docs(asked.folder, film_frames(studio, made["shots"][0]["characters"]))
        finally:
            browser.close()
            server.stop()
    print(f"wrote {len(list(asked.folder.glob('*.png')))} pictures to {asked.folder}")


if __name__ == "__main__":
    main()
