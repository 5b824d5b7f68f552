"""The documentation as it is served: every page, every code, every link between them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from fastapi import FastAPI

from studio.app import create_app
from studio.browser.docs_pages import DOCS, list_pages
from studio.config import Settings
from studio.examples import example_path
from studio.http.errors import StudioError

# What a client that repeats by itself may repeat, of the statuses with more than one meaning; all others are final.
WAITING_HELPS = {
    409: {"idempotency_in_progress"},
    429: {"rate_limit_exceeded", "queue_limit_reached", "too_many_tries"},
}


@pytest.fixture(scope="module")
async def http(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    app: FastAPI = create_app(Settings(data_dir=tmp_path_factory.mktemp("data")))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://studio") as client:
        yield client


def every_error(below: type[StudioError] = StudioError) -> Iterator[type[StudioError]]:
    for each in below.__subclasses__():
        if each.__module__.startswith("studio."):
            yield each
            yield from every_error(each)


async def test_every_page_is_served_to_read_and_as_it_was_written(http: httpx.AsyncClient) -> None:
    for page in list_pages():
        written, shown = await http.get(f"/docs/{page.name}.md"), await http.get(f"/docs/{page.name}")
        assert written.headers["content-type"].startswith("text/markdown"), page.name
        assert written.text.startswith("# ")
        assert shown.headers["content-type"].startswith("text/html")
        assert "<script" not in shown.text
        assert "script-src" not in shown.headers["content-security-policy"]


async def test_llms_txt_lists_every_page_and_its_links_lead_there(http: httpx.AsyncClient) -> None:
    told = (await http.get("/llms.txt")).text
    assert told.startswith("# Dramatis\n\n> ")
    links = re.findall(r"\]\(http://studio(/[^)]+)\)", told)
    assert {f"/docs/{page.name}.md" for page in list_pages()} < set(links)
    for link in links:
        assert (await http.get(link)).status_code == 200, link


async def test_links_between_pages_lead_to_pages_and_headings(http: httpx.AsyncClient) -> None:
    names = [*(page.name for page in list_pages()), "errors"]
    shown = {name: (await http.get(f"/docs/{name}")).text for name in names}
    for name, page in shown.items():
        for link in re.findall(r'href="([^"]+)"', page):
            target = httpx.URL(f"http://studio/docs/{name}").join(link)
            if target.host != "studio" or target.path.endswith((".md", "/llms.txt", "/openapi.json")):
                continue
            wanted = target.path.removeprefix("/docs/")
            if target.fragment and wanted in shown:
                assert f'id="{target.fragment}"' in shown[wanted], f"{name}: {link}"
            elif (
                target.path.startswith("/docs/") and not (DOCS / wanted).is_dir()
            ):  # folders are for who has the source
                assert (await http.get(target.path)).status_code == 200, f"{name}: {link}"


async def test_every_code_has_its_place_on_the_page_that_errors_lead_to(http: httpx.AsyncClient) -> None:
    refused = (await http.get("/docs/no-such-page")).json()
    page = (await http.get(refused["docs_url"])).text
    for error in every_error():
        assert f'id="{error.code}"' in page, error


async def test_nothing_beside_the_pages_is_served(http: httpx.AsyncClient) -> None:
    for name in ("../pyproject", "..%2Fpyproject", "decisions/..%2F..%2FREADME", "../README.md", "images/../../x.png"):
        assert (await http.get(f"/docs/{name}")).status_code == 404, name


def test_the_meanings_of_409_and_429_are_told_apart_by_code() -> None:
    for status, helps in WAITING_HELPS.items():
        told = {error.code: error.waiting_helps for error in every_error() if error.status == status}
        assert {code for code, waits in told.items() if waits} == helps
        assert len(told) > len(helps)
    assert not [error for error in every_error() if error.status == 504], "a proxy's alone"


async def test_the_quickstarts_photo_is_served(http: httpx.AsyncClient) -> None:
    photo = await http.get("/docs/eileen.png")
    assert photo.headers["content-type"] == "image/png"
    assert photo.content == example_path().read_bytes()
