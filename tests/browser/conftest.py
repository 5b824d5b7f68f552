"""The studio as people use it: one real server with its object store and its engine, and Debian's Chromium in front.

Everything here is synchronous, and Playwright stops with the package: its event loop and the other tests' never meet.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from inference.catalogue import LOCK_NAME, WAN_VACE_1_3B, folder_of_model
from inference.registry.packaged import default_cache_dir
from tests.faults.server import Server
from tests.studio.auth.identity_provider import CLIENT_ID, CLIENT_SECRET, IdentityProvider, running_provider
from tests.studio.payments.local_server import serving
from tests.studio.payments.stripe_server import KEY, SIGNING_SECRET, StripeServer

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--autoplay-policy=no-user-gesture-required",
    "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
)  # fmt: skip
WIDE, NARROW = (1280, 800), (390, 844)
PATIENCE_MS = 20_000
RENDERED_WITHIN_S = 90.0
ENDED = {"SUCCEEDED", "FAILED", "CANCELLED", "CONSENT_BLOCKED", "QUARANTINED"}


@dataclass
class Studio:
    """A running studio, and a client of the organisation that its browsers are signed in to."""

    server: Server
    http: httpx.Client

    @property
    def url(self) -> str:
        return self.server.url

    def told(self, method: str, path: str, body: Any = None) -> Any:  # noqa: ANN401 (JSON)
        """The body of a 2xx answer."""
        reply = self.http.request(method, path, json=body)
        assert reply.is_success, f"{method} {path}: {reply.status_code} {reply.text}"
        return reply.json() if reply.content else None

    def wait_until(self, path: str, told: Callable[[Any], bool]) -> None:
        """Until what is at the path is as it should be: the page has saved it."""
        self.wait_until_told("GET", path, None, told)

    def wait_until_told(self, method: str, path: str, body: Any, told: Callable[[Any], bool]) -> None:  # noqa: ANN401
        """Until what is answered is as it should be."""
        until = time.monotonic() + PATIENCE_MS / 1000
        while not told(found := self.told(method, path, body)):
            assert time.monotonic() < until, found
            time.sleep(0.05)

    def wait_for(self, state: str, take_id: str) -> None:
        """Until the take has this state."""
        until = time.monotonic() + RENDERED_WITHIN_S
        while self.told("GET", f"/v1/takes/{take_id}")["state"] != state:
            assert time.monotonic() < until, f"the take was never {state}"
            time.sleep(0.2)

    def wait_for_takes(self, shot_id: str) -> list[dict[str, Any]]:
        """Every take of the shot, once all have ended."""
        until = time.monotonic() + RENDERED_WITHIN_S
        while time.monotonic() < until:
            takes = self.told("GET", f"/v1/shots/{shot_id}/takes")["data"]
            if all(take["state"] in ENDED for take in takes):
                return list(takes)
            time.sleep(0.2)
        raise AssertionError("the takes did not end in time")

    def cancel_takes(self) -> None:
        """Nothing waits or renders any more, so that the next test's takes come at once."""
        for state in ("QUEUED", "RENDERING"):
            for take in self.told("GET", f"/v1/takes?state={state}&limit=100")["data"]:
                self.http.post(f"/v1/takes/{take['id']}/cancel")  # one that has just ended is none to cancel


@dataclass
class Film:
    """A film of two shots, small and short, so that its takes come in a second or two."""

    project_id: str
    scene_id: str
    shots: list[str] = field(default_factory=list)

    @property
    def path(self) -> str:
        return f"/films/{self.project_id}"

    def shot_path(self, place: int = 0) -> str:
        return f"{self.path}/shots/{self.shots[place]}"


@pytest.fixture(scope="package")
def provider() -> Iterator[IdentityProvider]:
    """An identity provider that people of the studio may sign in at."""
    with running_provider() as running:
        running.reset()
        yield running


@pytest.fixture(scope="package")
def stripe() -> StripeServer:
    """What answers in Stripe's place."""
    return StripeServer()


@pytest.fixture(scope="package")
def stripe_url(stripe: StripeServer) -> Iterator[str]:
    with serving(stripe.answer) as url:
        yield url


@pytest.fixture(scope="package")
def studio(tmp_path_factory: pytest.TempPathFactory, provider: IdentityProvider, stripe_url: str) -> Iterator[Studio]:
    """The embedded default, as `dramatis serve --host 0.0.0.0` starts it, with the shipped example in its cast."""
    at_provider = {
        "DRAMATIS_OIDC_ISSUER": provider.issuer,
        "DRAMATIS_OIDC_CLIENT_ID": CLIENT_ID,
        "DRAMATIS_OIDC_CLIENT_SECRET": CLIENT_SECRET,
        "DRAMATIS_OIDC_NAME": "Example ID",
    }
    folder = tmp_path_factory.mktemp("browser")
    cache = {"DRAMATIS_CACHE_DIR": str(_cache_of_its_own(folder / "cache"))}
    told = {"DRAMATIS_WEBHOOKS_TO_LOOPBACK": "true"}
    paid = {
        "DRAMATIS_STRIPE_SECRET_KEY": KEY,
        "DRAMATIS_STRIPE_WEBHOOK_SECRET": SIGNING_SECRET,
        "DRAMATIS_STRIPE_PLANS": json.dumps({"studio": {"price": "price_studio", "credits": 2000}}),
        "DRAMATIS_STRIPE_API_URL": stripe_url,
    }
    server = Server(folder / "data", DRAMATIS_HOST="0.0.0.0", **cache, **at_provider, **told, **paid)  # noqa: S104
    server.start()
    headers = {"Authorization": f"Bearer {server.api_key}"}
    with httpx.Client(base_url=server.url, headers=headers, timeout=60) as http:
        yield Studio(server, http)
    server.stop()


def _cache_of_its_own(folder: Path) -> Path:
    """The packaged models as they lie here, and none that somebody pulled."""
    (folder / "models").mkdir(parents=True)
    for packaged in default_cache_dir().iterdir():
        if packaged.name != "pulled":
            (folder / "models" / packaged.name).symlink_to(packaged)
    return folder


@pytest.fixture
def pulled_model(studio: Studio, loose_take: str) -> Iterator[str]:
    """A model that takes keyframes can be chosen: its lock lies as after a pull, its weights nowhere.

    An engine that runs looks at what was pulled when it starts, so that one which has rendered does not mind.
    """
    folder = folder_of_model(studio.server.data.parent / "cache" / "models", WAN_VACE_1_3B.name)
    folder.mkdir(parents=True)
    (folder / LOCK_NAME).write_text("{}")
    yield WAN_VACE_1_3B.name
    shutil.rmtree(folder)


@pytest.fixture(scope="package")
def microphone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the browsers' microphone hears: whatever WAV lies there when a page listens."""
    return tmp_path_factory.mktemp("microphone") / "heard.wav"


@pytest.fixture(scope="package")
def chromium(microphone: Path) -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        words = "Chromium is not installed: sudo apt-get install chromium"
        pytest.fail(words) if os.environ.get("DRAMATIS_REQUIRE_ALL") == "1" else pytest.skip(words)
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        heard = f"--use-file-for-fake-audio-capture={microphone}"
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, heard])
        yield browser
        browser.close()


OpenPage = Callable[..., Page]


@pytest.fixture(scope="package")
def signed_in(studio: Studio, chromium: Browser) -> dict[str, Any]:
    """The cookies of a browser that followed the one-time link."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(sign_in_url(studio.server))
    state = context.storage_state()
    context.close()
    return dict(state)


@pytest.fixture
def complaints() -> list[str]:
    """What pages wrote to their console as an error; a test that expects one takes it out."""
    return []


@pytest.fixture
def open_page(
    studio: Studio, chromium: Browser, signed_in: dict[str, Any], complaints: list[str]
) -> Iterator[OpenPage]:
    """Opens pages of a signed-in browser. An error on a console fails the test when it ends."""
    contexts: list[BrowserContext] = []

    def opened(
        path: str = "/",
        *,
        size: tuple[int, int] = WIDE,
        theme: str = "dark",
        language: str = "en",
        fresh: bool = False,
        locale: str | None = None,
    ) -> Page:
        width, height = size
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            base_url=studio.url,
            storage_state=None if fresh else signed_in,  # type: ignore[arg-type]
            reduced_motion="reduce",
            locale=locale,
        )
        contexts.append(context)
        kept = {"dramatis.language": language, "dramatis.scheme": theme}
        context.add_init_script(f"for (const [k, v] of Object.entries({json.dumps(kept)})) localStorage.setItem(k, v)")
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("console", lambda message: _note(complaints, message))
        page.on("pageerror", lambda error: complaints.append(f"page error: {error}"))
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        for page in context.pages:
            page.unroute_all(behavior="ignoreErrors")  # an answer that is still being made has nobody to go to
        context.close()
    assert complaints == []


@pytest.fixture(scope="package")
def example(studio: Studio) -> dict[str, Any]:
    """The board of the example film; its character is in the cast from now on."""
    return dict(studio.told("POST", "/v1/projects/example"))


@pytest.fixture(scope="package")
def loose_take(studio: Studio, example: dict[str, Any]) -> str:
    """A take that the API made without a shot."""
    (entry,) = example["scenes"][0]["shots"][0]["characters"]
    body = {"prompt": "She waves", "characters": [entry], "seconds": 0.5, "size": "256x256"}
    take_id = str(studio.told("POST", "/v1/takes", body)["id"])
    studio.wait_for("SUCCEEDED", take_id)
    return take_id


@pytest.fixture
def film(studio: Studio, example: dict[str, Any]) -> Film:
    """A fresh film of the example's character."""
    (entry,) = example["scenes"][0]["shots"][0]["characters"]
    project_id = studio.told("POST", "/v1/projects", {"name": "Short"})["id"]
    scene_id = studio.told("POST", f"/v1/projects/{project_id}/scenes", {"heading": "INT. LAB - DAY"})["id"]
    made = Film(project_id, scene_id)
    for words in ("@Eileen smiles", "@Eileen nods"):
        body = {"prompt": words, "characters": [entry], "seconds": 0.5, "size": "256x256"}
        made.shots.append(studio.told("POST", f"/v1/scenes/{scene_id}/shots", body)["id"])
    return made


def _note(complaints: list[str], message: ConsoleMessage) -> None:
    if message.type == "error":
        complaints.append(f"{message.text} ({message.location['url']})")


def sign_in_url(server: Server) -> str:
    """The one-time link that the server told when it was ready."""
    return str(json.loads((server.data / "ready.json").read_text())["sign_in_url"])
