"""The how-to pages and examples, run as they are written, twice in a row: every block of a page in one program."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import httpx
import pytest

from studio.examples import example_path
from tests.acceptance.lost_answer import first_answer_lost
from tests.conftest import skip_or_fail
from tests.faults.server import Server

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
AI_SDK, LITELLM = (DOCS / "examples" / name for name in ("ai-sdk", "litellm"))
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


def run_twice(command: list[str], folder: Path, more: dict[str, str]) -> str:
    """What the command prints at the second time: a page that is tried once more finds what it left."""
    run(command, folder, more)
    return run(command, folder, more)


def address_of(live: Server) -> dict[str, str]:
    """Under both names: our own, and those that OpenAI's client reads."""
    names = ("DRAMATIS", "OPENAI")
    return {f"{name}_BASE_URL": f"{live.url}/v1" for name in names} | {
        f"{name}_API_KEY": live.api_key for name in names
    }


def run_page(page: str, live: Server, folder: Path) -> str:
    """What the page's Python prints, every warning an error."""
    shutil.copy(example_path(), folder / "photo.png")
    return run_twice([sys.executable, "-W", "error", "-c", program_of(page, "python")], folder, address_of(live))


@pytest.fixture(scope="module")
def node_path() -> str:
    """A PATH with the `node` that the browser studio is built with."""
    found = subprocess.run(["bash", "-c", READY_NODE], cwd=ROOT, capture_output=True, text=True, check=False)
    if found.returncode != 0:
        skip_or_fail("there is no Node, and none could be fetched")
    return found.stdout


def ready_packages(folder: Path, node_path: str) -> None:
    """Have what the folder's lock names in its `node_modules`."""
    lock = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()[:16]
    stamp = folder / "node_modules" / f".made-from-{lock}"
    if not stamp.exists():
        run(["npm", "ci", "--silent"], folder, {"PATH": node_path})
        stamp.touch()


def test_the_python_page_runs_as_written(live: Server, tmp_path: Path) -> None:
    told = run_page("api-python.md", live, tmp_path)
    assert told.startswith("SUCCEEDED None\nEileen pass")
    for words in ("completed None", "Person 1 pass", "cancelled [", "consent_required"):
        assert words in told
    for clip in ("take.mp4", "clip.mp4"):
        assert (tmp_path / clip).read_bytes()[4:8] == b"ftyp"


def test_the_page_on_moving_runs_as_written(live: Server, tmp_path: Path) -> None:
    assert "there are: previs" in run_page("migrating.md", live, tmp_path)


def test_the_page_on_unsafe_images_runs_as_written(live: Server, tmp_path: Path) -> None:
    run_page("unsafe-images.md", live, tmp_path)


def run_typescript(program: Path, packages: Path, live: Server, node_path: str) -> str:
    """What a program prints beside a photo, once its types hold; `packages`: the folder whose lock it needs."""
    ready_packages(packages, node_path)
    shutil.copy(example_path(), program.parent / "photo.png")
    shutil.copy(packages / "package.json", program.parent)
    (program.parent / "node_modules").symlink_to(packages / "node_modules")
    path = {"PATH": node_path}
    run(["node", "node_modules/typescript/bin/tsc", *STRICT, program.name], program.parent, path)
    return run_twice(["node", program.with_suffix(".js").name], program.parent, path | address_of(live))


def run_typescript_page(page: str, live: Server, folder: Path, node_path: str) -> str:
    (folder / "page.ts").write_text(program_of(page, "typescript"))
    return run_typescript(folder / "page.ts", TYPESCRIPT, live, node_path)


def test_the_typescript_page_runs_as_written(live: Server, tmp_path: Path, node_path: str) -> None:
    told = run_typescript_page("api-typescript.md", live, tmp_path, node_path)
    assert told.startswith("SUCCEEDED\nEileen pass")
    for words in ("completed null", "Person 1 pass", "consent_required", "one video", "idempotency_key_reused"):
        assert words in told
    for clip in ("take.mp4", "clip.mp4"):
        assert (tmp_path / clip).read_bytes()[4:8] == b"ftyp"


def test_the_typescript_on_moving_runs_as_written(live: Server, tmp_path: Path, node_path: str) -> None:
    assert "there are: previs" in run_typescript_page("migrating.md", live, tmp_path, node_path)


def test_the_ai_sdk_makes_a_video_by_our_provider(live: Server, tmp_path: Path, node_path: str) -> None:
    for name in ("dramatis.ts", "make_video.ts"):
        shutil.copy(AI_SDK / name, tmp_path)
    told = run_typescript(tmp_path / "make_video.ts", AI_SDK, live, node_path).splitlines()
    assert told[0].startswith("video/mp4 [")
    assert "generateAudio" in told[0]
    (video,) = json.loads(told[1])["videos"]
    assert (video["seed"], video["identity"][0]["verdict"]) == (7, "pass")
    assert told[2].startswith("403 say who consents")
    assert (tmp_path / "clip.mp4").read_bytes()[4:8] == b"ftyp"
    before = videos_of(live)
    with first_answer_lost("POST", "/v1/videos", live.url) as proxy:
        path = {"PATH": node_path, "DRAMATIS_BASE_URL": f"{proxy.url}/v1"}
        run(["node", "make_video.js"], tmp_path, address_of(live) | path)
    assert proxy.passed_on > 1, "the SDK asked again"
    assert len(videos_of(live) - before) == 1


def videos_of(live: Server) -> set[str]:
    """Ids of the newest videos."""
    headers = {"Authorization": f"Bearer {live.api_key}"}
    listed = httpx.get(f"{live.url}/v1/videos", params={"limit": 100}, headers=headers, timeout=60)
    return {video["id"] for video in listed.json()["data"]}


@pytest.fixture(scope="module")
def litellm_python() -> Path:
    """A Python of its own with the pinned LiteLLM, which brings a good deal that the studio has no use for."""
    pinned = (LITELLM / "requirements.txt").read_bytes()
    home = Path.home() / ".cache" / "dramatis" / f"litellm-{hashlib.sha256(pinned).hexdigest()[:16]}"
    python = home / "bin" / "python"
    if not (home / ".ready").exists():
        venv.create(home, with_pip=True, clear=True)
        installed = subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "-r", LITELLM / "requirements.txt"], capture_output=True
        )
        if installed.returncode != 0:
            skip_or_fail(f"LiteLLM could not be installed: {installed.stderr.decode()[-300:]}")
        (home / ".ready").touch()
    return python


def test_litellm_makes_a_video(live: Server, tmp_path: Path, litellm_python: Path) -> None:
    shutil.copy(example_path(), tmp_path / "photo.png")
    told = run_twice([str(litellm_python), str(LITELLM / "make_video.py")], tmp_path, address_of(live))
    assert told.startswith("completed None")
    assert "consent_required" in told
    assert (tmp_path / "clip.mp4").read_bytes()[4:8] == b"ftyp"
