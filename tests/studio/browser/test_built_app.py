"""What `frontend/studio` is built into: small enough, without inline script, and its own tests hold."""

from __future__ import annotations

import json
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from studio.browser.files import BUILT
from tests.conftest import skip_or_fail

ROOT = Path(__file__).resolve().parents[3]
APP = ROOT / "frontend" / "studio"
MOST_SCRIPT_BYTES = 250_000  # gzip, of everything that a page cannot do without
# `import"./x.js"`, `from"./x.js"`: what a module needs before it runs. `import("./x.js")` waits until it is wanted.
NEEDED = re.compile(r"""(?:\bfrom|\bimport)\s*["']\./([\w.-]+\.js)["']""")


class Scripts(HTMLParser):
    """The scripts of a page: where each comes from, and what stands inside."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.sources: list[str] = []
        self.inline: list[str] = []
        self._inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self._inside = tag == "script"
        if tag == "script" and named.get("src"):
            self.sources.append(str(named["src"]))
        if tag == "link" and named.get("rel") == "modulepreload":
            self.sources.append(str(named["href"]))
        self.inline += [name for name in named if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        if self._inside and data.strip():
            self.inline.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._inside = False


@pytest.fixture(scope="module")
def page() -> Scripts:
    """The page that starts the app."""
    index = BUILT / "index.html"
    if not index.is_file():
        skip_or_fail("the browser studio is not built (scripts/studio-app)")
    return Scripts(index.read_text())


def needed_by(sources: list[str]) -> set[Path]:
    """The files behind these addresses, and every file that they import at once."""
    found: set[Path] = set()
    waiting = [BUILT / source.lstrip("/") for source in sources]
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.add(file)
            waiting += [file.parent / name for name in NEEDED.findall(file.read_text())]
    return found


def test_whichever_page_comes_first_loads_little_script(page: Scripts) -> None:
    pages = [f"/static/app/{path.name}" for path in (BUILT / "static" / "app").glob("*Page-*.js")]
    assert len(pages) > 8
    loaded = {first: needed_by([*page.sources, first]) for first in pages}
    sizes = {first: sum(file.with_suffix(".js.gz").stat().st_size for file in files) for first, files in loaded.items()}
    assert {first: size for first, size in sizes.items() if size > MOST_SCRIPT_BYTES} == {}


def test_no_script_stands_in_the_page_itself(page: Scripts) -> None:
    assert page.sources
    assert page.inline == []


def test_the_lock_names_no_registry() -> None:
    packages = json.loads((APP / "package-lock.json").read_text())["packages"]
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []


def test_what_the_client_decides_by_itself_holds() -> None:
    """The component tests of the app, by Vitest."""
    vitest = APP / "node_modules" / "vitest" / "vitest.mjs"
    packaged = ROOT / ".venv" / "node" / "node"
    if not vitest.is_file():
        skip_or_fail("the packages of the browser studio are not installed (scripts/studio-app)")
    node = str(packaged) if packaged.exists() else "node"
    ended = subprocess.run([node, str(vitest), "run"], cwd=APP, capture_output=True, text=True, timeout=240)
    assert ended.returncode == 0, ended.stdout + ended.stderr
