"""The how-to pages, run as they are written: every block of a page in one program."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from studio.examples import example_path
from tests.faults.server import Server

DOCS = Path(__file__).parents[2] / "docs"


def run_page(page: str, live: Server, folder: Path) -> str:
    """What the page's blocks print."""
    blocks = re.findall(r"```python\n(.*?)```", (DOCS / page).read_text(), re.DOTALL)
    assert blocks
    shutil.copy(example_path(), folder / "photo.png")
    environment = os.environ | {"OPENAI_BASE_URL": f"{live.url}/v1", "OPENAI_API_KEY": live.api_key}
    command = [sys.executable, "-W", "ignore", "-c", "\n".join(blocks)]
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=200)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_the_python_page_runs_as_written(live: Server, tmp_path: Path) -> None:
    told = run_page("api-python.md", live, tmp_path)
    assert told.startswith("completed None")
    assert "consent_required" in told
    assert (tmp_path / "clip.mp4").read_bytes()[4:8] == b"ftyp"


def test_the_page_on_moving_runs_as_written(live: Server, tmp_path: Path) -> None:
    assert "there are: previs" in run_page("migrating.md", live, tmp_path)
