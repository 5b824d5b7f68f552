"""The pages of the studio. None of them says anything about anyone: what they show comes from the API."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from sqlalchemy.exc import OperationalError

from storage.unit import Database
from studio.auth.caller import find_signed_in
from studio.browser.files import find_static, read_index
from studio.browser.policy import page_policy
from studio.http.dependencies import DatabaseOf, ObjectsOf
from studio.http.errors import NotFound

router = APIRouter(include_in_schema=False)

# The app's own addresses (frontend/studio/src/app/routes.tsx); no path of the API begins like one of them.
ENTRY = ("/sign-in", "/sign-up", "/join", "/forgotten", "/new-password")
PAGES = ("/", "/first-film")
PREFIXES = ("/films", "/cast", "/renders", "/account", "/operator")
NOT_BUILT = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Dramatis</title>
<style>body{font:16px/1.6 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1.5rem;background:#161616;
color:#e8e6e3}code{background:#2a2a2a;padding:.1em .4em;border-radius:4px}a{color:#f0a84b}</style>
<h1>The studio's pages are not built</h1>
<p>The API works. To have the pages too, build them once:</p>
<p><code>./scripts/studio-app</code></p>
<p>then reload. <code>./scripts/run</code> does it by itself. Meanwhile:
<a href="/docs">the API's documentation</a>.</p>
</html>
"""


async def get_entry_page(objects: ObjectsOf) -> HTMLResponse:
    """The page that starts the app. Which page it then shows, the app reads from the address."""
    index = read_index()
    store_origin = None if objects.is_passed_through else objects.public_origin
    headers = {"Content-Security-Policy": page_policy(store_origin), "Cache-Control": "no-cache"}
    return HTMLResponse(index if index is not None else NOT_BUILT, 200 if index is not None else 503, headers=headers)


async def get_page(request: Request, objects: ObjectsOf, database: DatabaseOf) -> Response:
    """The same for whoever is signed in; others are shown where one signs in, and come back."""
    if not await _somebody_is_signed_in(request, database):
        wanted = request.url.path + ("?" + request.url.query if request.url.query else "")
        way_back = "" if wanted == "/" else "?next=" + quote(wanted, safe="")
        return RedirectResponse("/sign-in" + way_back, 303, headers={"Cache-Control": "no-store"})
    return await get_entry_page(objects)


async def _somebody_is_signed_in(request: Request, database: Database) -> bool:
    try:
        return await find_signed_in(request, database) is not None
    except OperationalError:  # the app itself says that the studio cannot work just now
        return True


for page in ENTRY:
    router.add_api_route(page, get_entry_page, methods=["GET"])
for page in PAGES:
    router.add_api_route(page, get_page, methods=["GET"])
for prefix in PREFIXES:
    router.add_api_route(prefix, get_page, methods=["GET"])
    router.add_api_route(prefix + "/{rest:path}", get_page, methods=["GET"])


@router.get("/static/{name:path}")
def get_static(name: str, request: Request) -> Response:
    """A built file. Those with a hash in their name never change."""
    gzip = "gzip" in request.headers.get("accept-encoding", "")
    found = find_static(name, gzip=gzip)
    if found is None:
        raise NotFound(f"there is no file /static/{name}")
    return FileResponse(found.path, headers=found.headers, media_type=found.media_type)
