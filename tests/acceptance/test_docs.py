"""The how-to pages, run as they are written: every block of a page in one program."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from studio.examples import example_path
from tests.conftest import skip_or_fail
from tests.faults.server import Server

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
TYPESCRIPT = Path(__file__).with_name("typescript")
READY_NODE = '. scripts/environment.sh && ready_node >&2 && printf %s "$PATH"'
STRICT = (
    "--strict",
    "--noEmitOnError",
    "--target",
    "es2022",
    "--module",
    "nodenext",
    "--types",
    "node",
    "--skipLibCheck",
)


def program_of(page: str, language: str) -> str:
    """The page's blocks in this language, one after another."""
    blocks = re.findall(rf"```{language}\n(.*?)```", (DOCS / page).read_text(), re.DOTALL)
    assert blocks
    return "\n".join(blocks)


def run(command: list[str], folder: Path, more: dict[str, str]) -> str:
    """What the command prints."""
    ran = subprocess.run(command, cwd=folder, env=os.environ | more, capture_output=True, text=True, timeout=200)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def address_of(live: Server) -> dict[str, str]:
    return {"OPENAI_BASE_URL": f"{live.url}/v1", "OPENAI_API_KEY": live.api_key}


def run_page(page: str, live: Server, folder: Path) -> str:
    """What the page's Python prints."""
    shutil.copy(example_path(), folder / "photo.png")
    return run([sys.executable, "-W", "ignore", "-c", program_of(page, "python")], folder, address_of(live))


@pytest.fixture(scope="module")
def node_path() -> str:
    """A PATH with the `node` that the browser studio is built with, and the packages of the page beside it."""
    found = subprocess.run(["bash", "-c", READY_NODE], cwd=ROOT, capture_output=True, text=True, check=False)
    if found.returncode != 0:
        skip_or_fail("there is no Node, and none could be fetched")
    lock = hashlib.sha256((TYPESCRIPT / "package-lock.json").read_bytes()).hexdigest()[:16]
    stamp = TYPESCRIPT / "node_modules" / f".made-from-{lock}"
    if not stamp.exists():
        run(["npm", "ci", "--silent"], TYPESCRIPT, {"PATH": found.stdout})
        stamp.touch()
    return found.stdout


def test_the_python_page_runs_as_written(live: Server, tmp_path: Path) -> None:
    told = run_page("api-python.md", live, tmp_path)
    assert told.startswith("completed None")
    assert "consent_required" in told
    assert (tmp_path / "clip.mp4").read_bytes()[4:8] == b"ftyp"


def test_the_page_on_moving_runs_as_written(live: Server, tmp_path: Path) -> None:
    assert "there are: previs" in run_page("migrating.md", live, tmp_path)


def run_typescript(page: str, live: Server, folder: Path, node_path: str) -> str:
    """What the page's TypeScript prints, once its types hold."""
    shutil.copy(example_path(), folder / "photo.png")
    shutil.copy(TYPESCRIPT / "package.json", folder)
    (folder / "node_modules").symlink_to(TYPESCRIPT / "node_modules")
    (folder / "page.ts").write_text(program_of(page, "typescript"))
    path = {"PATH": node_path}
    run(["node", "node_modules/typescript/bin/tsc", *STRICT, "page.ts"], folder, path)
    return run(["node", "page.js"], folder, path | address_of(live))


def test_the_typescript_page_runs_as_written(live: Server, tmp_path: Path, node_path: str) -> None:
    told = run_typescript("api-typescript.md", live, tmp_path, node_path)
    assert told.startswith("completed null")
    for words in ("Person 1 pass", "consent_required", "one video", "idempotency_key_reused"):
        assert words in told
    assert (tmp_path / "clip.mp4").read_bytes()[4:8] == b"ftyp"


def test_the_typescript_on_moving_runs_as_written(live: Server, tmp_path: Path, node_path: str) -> None:
    assert "there are: previs" in run_typescript("migrating.md", live, tmp_path, node_path)
