"""The pages of the browser studio: served at their addresses, under a policy without inline script."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fastapi import FastAPI

from storage.address import StoreAddress
from studio.app import ROUTERS, create_app
from studio.browser import files, routes
from studio.config import Settings
from studio.embedded.store_proxy import StoreProxy
from tests.studio.conftest import add_person, open_client, open_tenant, sign_in_as

ROOT = Path(__file__).resolve().parents[3]
INDEX = '<!doctype html><script type="module" src="/static/app/main-abc.js"></script>'


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A built app of two files."""
    folder = tmp_path / "built"
    (folder / "static" / "app").mkdir(parents=True)
    (folder / "index.html").write_text(INDEX)
    (folder / "static" / "app" / "main-abc.js").write_text("start()")
    (folder / "static" / "app" / "main-abc.js.gz").write_bytes(b"packed")
    (folder / "static" / "icon.svg").write_text("<svg/>")
    monkeypatch.setattr(routes, "read_index", lambda: files.read_index(folder))
    monkeypatch.setattr(routes, "find_static", lambda name, *, gzip: files.find_static(name, gzip=gzip, built=folder))
    return folder


@pytest.mark.parametrize("path", ["/", "/films/prj_1/shots/sht_1", "/cast", "/cast/new", "/account/keys", "/sign-in"])
async def test_a_page_is_the_app_under_a_strict_policy(app: FastAPI, built: Path, path: str) -> None:
    person = await add_person(app.state.database, (await open_tenant(app)).org_id, "owner")
    async with await sign_in_as(app, person) as browser:
        reply = await browser.get(path)
    assert reply.status_code == 200
    assert reply.text == INDEX
    assert reply.headers["cache-control"] == "no-cache"
    policy = dict(part.split(" ", 1) for part in reply.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    store = app.state.objects.public_origin
    assert all(store in policy[name] for name in ("img-src", "media-src", "connect-src"))


@pytest.mark.parametrize(
    ("path", "way"),
    [
        ("/", "/sign-in"),
        ("/cast?q=a&b=c", "/sign-in?next=%2Fcast%3Fq%3Da%26b%3Dc"),
        ("/films/prj_1", "/sign-in?next=%2Ffilms%2Fprj_1"),
    ],
)
async def test_who_is_not_signed_in_is_shown_where_to(app: FastAPI, built: Path, path: str, way: str) -> None:
    async with open_client(app, "") as http:
        reply = await http.get(path)
        assert (reply.status_code, reply.headers["location"]) == (303, way)
        assert (await http.get(way)).text == INDEX
        http.cookies.set("dramatis_80", "no session's token")
        assert (await http.get(path)).status_code == 303


async def test_pages_know_of_no_other_origin_where_the_studio_serves_the_store(app: FastAPI, built: Path) -> None:
    app.state.store_proxy = StoreProxy(StoreAddress("http://127.0.0.1:9", "a", "b"))
    async with open_client(app, "") as http:
        policy = (await http.get("/sign-in")).headers["content-security-policy"]
    assert "//" not in policy
    await app.state.store_proxy.close()


async def test_files_with_a_hash_in_their_name_are_kept_for_ever_and_others_for_a_day(
    app: FastAPI, built: Path
) -> None:
    async with open_client(app, "") as http:
        script = await http.get("/static/app/main-abc.js", headers={"Accept-Encoding": "identity"})
        icon = await http.get("/static/icon.svg")
    assert script.text == "start()"
    assert "immutable" in script.headers["cache-control"]
    assert script.headers["content-type"].startswith("text/javascript")
    assert "immutable" not in icon.headers["cache-control"]


async def test_the_packed_form_goes_to_those_who_take_it(built: Path) -> None:
    packed = files.find_static("app/main-abc.js", gzip=True, built=built)
    assert packed is not None
    assert packed.path.read_bytes() == b"packed"
    assert packed.headers["Content-Encoding"] == "gzip"


@pytest.mark.parametrize("name", ["../index.html", "app/../../index.html", "app", "nothing.js", "/etc/passwd"])
async def test_nothing_else_is_a_file(app: FastAPI, built: Path, name: str) -> None:
    assert files.find_static(name, gzip=False, built=built) is None
    async with open_client(app, "") as http:
        assert (await http.get(f"/static/{name}")).status_code == 404


async def test_without_a_build_the_page_says_how_to_make_one(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "read_index", lambda: None)
    async with open_client(app, "") as http:
        reply = await http.get("/sign-in")
    assert reply.status_code == 503
    assert "./scripts/studio-app" in reply.text


def test_no_page_of_the_app_hides_a_path_of_the_api() -> None:
    api = {getattr(route, "path", "") for router in ROUTERS for route in router.routes}
    assert not api & {*routes.ENTRY, *routes.PAGES}
    hidden = [path for path in api for prefix in routes.PREFIXES if path == prefix or path.startswith(prefix + "/")]
    assert hidden == []


def test_the_committed_description_of_the_api_is_current(tmp_path: Path) -> None:
    """The client of the browser studio is typed from it; `scripts/openapi` writes it."""
    current = create_app(Settings(data_dir=tmp_path)).openapi()
    assert json.loads((ROOT / "openapi.json").read_text()) == json.loads(json.dumps(current))
