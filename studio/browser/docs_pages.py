"""The documentation as the studio serves it: each page as it was written, and as a page to read."""

from __future__ import annotations

import html
import itertools
import re
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

_INSTALLED = Path(__file__).resolve().parent / "docs"  # in a wheel
DOCS = _INSTALLED if _INSTALLED.is_dir() else Path(__file__).resolve().parents[2] / "docs"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*(?:/[a-z0-9][a-z0-9-]*)?")
_LEADS_TO_PAGE = re.compile(r'href="((?!https?:|/|#)[^"#]*?)\.md(#[^"]*)?"')
_STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.6 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1.25rem}
pre{overflow:auto;padding:.75rem 1rem;background:#8881;border-radius:6px}
code{font-family:ui-monospace,monospace;font-size:.9em;overflow-wrap:anywhere}
table{border-collapse:collapse;display:block;overflow:auto}
td,th{border:1px solid #8886;padding:.3rem .6rem;text-align:left}
img{max-width:100%}a{color:light-dark(#8a4a00,#f0a84b)}
"""


@dataclass(frozen=True)
class DocsPage:
    """One page: `how-to/first-film`, its heading, and what stands below it first."""

    name: str
    title: str
    summary: str


def page_path(name: str) -> Path | None:
    """Where the page is; None where there is none of this name."""
    path = DOCS / f"{name}.md"
    return path if _NAME.fullmatch(name) and path.is_file() else None


def list_pages() -> list[DocsPage]:
    """Every page but the decisions, by name."""
    paths = sorted([*DOCS.glob("*.md"), *DOCS.glob("how-to/*.md")])
    return [_describe(path) for path in paths]


def show_page(name: str, text: str) -> str:
    """The page in HTML. What is written in it as HTML is shown, not obeyed."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(text)
    for opened, inline in itertools.pairwise(tokens):
        if opened.type == "heading_open":
            opened.attrSet("id", anchor_of(inline.content))
    body = _LEADS_TO_PAGE.sub(r'href="\1\2"', markdown.renderer.render(tokens, markdown.options, {}))
    title = html.escape(title_of(text))
    source = name.rpartition("/")[2] + ".md"
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>'
    written = f'<p><a href="{source}">This page as Markdown</a> · <a href="/llms.txt">All pages</a></p>'
    shown = f"<head>{head}<style>{_STYLE}</style></head><body><main>{body}</main>{written}</body>"
    return f'<!doctype html><html lang="en">{shown}</html>'


def title_of(text: str) -> str:
    """The page's own heading."""
    found = re.search(r"^# (.+)$", text, re.MULTILINE)
    return found[1] if found else "Documentation"


def anchor_of(heading: str) -> str:
    """As GitHub makes it of a heading, so that links between pages lead to the same place."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _describe(path: Path) -> DocsPage:
    text = path.read_text()
    below = text.partition("\n\n")[2].lstrip()
    sentence = re.split(r"(?<=[.])\s", " ".join(below.partition("\n\n")[0].split()), maxsplit=1)[0]
    is_prose = not below.startswith(("|", "#", "```", "!", "-"))
    return DocsPage(str(path.relative_to(DOCS).with_suffix("")), title_of(text), sentence if is_prose else "")
