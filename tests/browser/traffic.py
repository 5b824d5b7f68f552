"""What a page asks for, and when it is still."""

from __future__ import annotations

from playwright.sync_api import Page, Request, Response, expect

_IDLE = "new Promise((tell) => requestAnimationFrame(() => requestIdleCallback(() => tell())))"
_STILL = 3  # frames, each drawn, after which the page had nothing to do and nothing was on its way
_STEP_MS = 20


class Traffic:
    """What a page has on its way, and what was refused to it."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._under_way: set[Request] = set()
        self.refused: list[str] = []
        page.on("request", self._begin)
        page.on("requestfinished", self._end)
        page.on("requestfailed", self._end)
        page.on("response", self._note)

    def visit(self, path: str) -> None:
        """Open the page and wait until it has all that it asks for, and has drawn it."""
        self._under_way.clear()
        self._page.goto(path)
        expect(self._page.get_by_role("heading", level=1).first).to_be_attached()
        expect(self._page.locator(".skeleton")).to_have_count(0)
        self.settle()

    def settle(self) -> None:
        """Wait until the page has drawn all that it was told, and asks for nothing more."""
        still = 0
        while still < _STILL:
            self._page.evaluate(_IDLE)
            still = 0 if self._under_way else still + 1
            if self._under_way:
                self._page.wait_for_timeout(_STEP_MS)

    def _begin(self, request: Request) -> None:
        if request.resource_type not in ("eventsource", "media"):  # they stay open for as long as the page likes
            self._under_way.add(request)

    def _end(self, request: Request) -> None:
        self._under_way.discard(request)

    def _note(self, response: Response) -> None:
        if response.status >= 400:
            self.refused.append(f"{response.status} {response.url} on {self._page.url}")
