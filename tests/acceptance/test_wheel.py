"""The wheel as people install it: with the browser's pages in it, or not built at all."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import time
import venv
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]
READY_WITHIN_S = 90.0


def build_wheel(project: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=240)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel in it, which finds everything else where this one has it."""
    folder = tmp_path_factory.mktemp("wheel")
    built = build_wheel(ROOT, folder)
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check", "-q"]
    subprocess.run([*pip, "install", "--no-deps", "--no-index", str(wheel)], check=True, timeout=240)
    (packages,) = (folder / "venv" / "lib").glob("python*/site-packages")
    (packages / "beside.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "venv" / "bin"


@pytest.fixture(scope="module")
def served(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What the ready file of the installed `dramatis serve` says."""
    folder = tmp_path_factory.mktemp("elsewhere")
    ready = folder / "ready.json"
    command = [installed / "dramatis", "serve", "--data", folder / "data", "--port", "0", "--ready-file", ready]
    path = os.pathsep.join((sysconfig.get_path("scripts"), os.environ["PATH"]))  # where the store's program is
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env=os.environ | {"PATH": path}, stdout=log, stderr=log)
    until = time.monotonic() + READY_WITHIN_S
    while not ready.exists():
        assert process.poll() is None, (folder / "log").read_text()
        assert time.monotonic() < until, (folder / "log").read_text()
        time.sleep(0.1)
    yield json.loads(ready.read_text())
    process.terminate()
    process.wait(30)
    assert "pages_not_built" not in (folder / "log").read_text()


def test_what_is_installed_is_the_wheels(installed: Path) -> None:
    words = "import studio, storage, inference, studio.browser.files as files; print(studio.__file__, files.BUILT)"
    told = subprocess.run(
        [installed / "python", "-c", words], cwd=installed, capture_output=True, text=True, check=True
    ).stdout
    assert all(place.startswith(str(installed.parent)) for place in told.split())


def test_an_installed_wheel_serves_the_pages(served: dict[str, str]) -> None:
    with httpx.Client(base_url=served["url"]) as http:
        page = http.get("/sign-in")
        assert page.status_code == 200
        parts = re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text)
        assert any(part.endswith(".js") for part in parts)
        assert {http.get(part).status_code for part in parts} == {200}
        assert http.get("/readyz").status_code == 200
        signed_in = http.get(served["sign_in_url"], follow_redirects=True)
        assert (signed_in.status_code, signed_in.text) == (200, page.text)


def test_no_wheel_is_built_without_the_pages(tmp_path: Path) -> None:
    for name in ("pyproject.toml", "README.md", "LICENSE", "scripts/wheel_pages.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    refused = build_wheel(tmp_path, tmp_path / "dist")
    assert refused.returncode != 0
    assert "./scripts/studio-app" in refused.stderr
    assert not list(tmp_path.glob("dist/*"))
