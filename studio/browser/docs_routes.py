"""The documentation over HTTP: `/docs/NAME`, the same as `.md`, and `/llms.txt`, which lists it for programs that read.

`/docs` itself is the reference that FastAPI makes of the document.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse, Response

from studio.browser.docs_pages import DOCS, POLICY, list_pages, page_path, show_page
from studio.browser.error_page import write_error_page
from studio.examples import example_path
from studio.http.errors import NotFound
from studio.http.origin import own_origin

router = APIRouter(include_in_schema=False)

MARKDOWN = "text/markdown"
ERRORS = "errors"
_PICTURES = {".png": "image/png", ".webp": "image/webp", ".jpg": "image/jpeg"}
_HEADERS = {"Cache-Control": "public, max-age=300", "Content-Security-Policy": POLICY}
_FIRST = ("quickstart", "api-python", "api-typescript", "api-clients", "test-mode", ERRORS)


@router.get("/llms.txt")
def get_llms_txt(request: Request) -> PlainTextResponse:
    """What there is to read, as https://llmstxt.org proposes."""
    origin = own_origin(request)
    told = {page.name: f"[{page.title}]({origin}/docs/{page.name}.md): {page.summary}" for page in list_pages()}
    told[ERRORS] = f"[Error codes]({origin}/docs/{ERRORS}.md): Every code, and whether waiting helps."
    names = [name for name in _FIRST if name in told]
    names += [name for name in told if name not in names]
    lines = ["# Dramatis", "", "> A video studio that keeps a character's face, through every shot of a film.", ""]
    lines += ["Speaks OpenAI's Videos API at /v1/videos and an API of its own beside it.", "", "## Docs", ""]
    lines += [f"- {told[name].removesuffix(': ')}" for name in names]
    lines += ["", "## API", "", f"- [OpenAPI document]({origin}/openapi.json): every operation with examples", ""]
    return PlainTextResponse("\n".join(lines), headers=_HEADERS)


@router.get("/docs/eileen.png")
def get_example_photo() -> FileResponse:
    """The photo that anyone may act with: what the quickstart begins with."""
    return FileResponse(example_path(), headers=_HEADERS, media_type="image/png")


@router.get("/docs/{name:path}")
def get_docs_page(name: str) -> Response:
    """A page to read, the same as Markdown, or a file that one of them shows or leads to."""
    if "." in name and not name.endswith(".md"):
        return _get_file(name)
    wanted, is_markdown = name.removesuffix(".md"), name.endswith(".md")
    text = _read(wanted)
    if is_markdown:
        return PlainTextResponse(text, headers=_HEADERS, media_type=MARKDOWN)
    return HTMLResponse(show_page(wanted, text), headers=_HEADERS)


def _read(name: str) -> str:
    if name == ERRORS:
        return write_error_page()
    path = page_path(name)
    if path is None:
        raise NotFound(f"there is no page /docs/{name}; /llms.txt lists all")
    return path.read_text()


def _get_file(name: str) -> FileResponse:
    path = (DOCS / name).resolve()
    if not path.is_relative_to(DOCS.resolve()) or not path.is_file():
        raise NotFound(f"there is no file /docs/{name}")
    picture = _PICTURES.get(path.suffix)
    return FileResponse(path, headers=_HEADERS, media_type=picture or "text/plain; charset=utf-8")
