"""CONTRIBUTING.md's worked examples, followed to the letter in a copy of the tree: a route with its test, a page."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "CONTRIBUTING.md"
NODE_MODULES = Path("frontend/studio/node_modules")
STEP = re.compile(r"^```(?P<kind>python|tsx|ts|diff) (?P<path>\S+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


def follow(tree: Path, page: str) -> list[str]:
    """Do every step in `tree`: a block that names a path is a new file, a diff changes one. Returns the paths."""
    paths = []
    for step in STEP.finditer(page):
        target = tree / step["path"]
        if step["kind"] == "diff":
            change(target, step["body"])
        else:
            assert not target.exists(), f"{step['path']} is there already"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(step["body"])
        paths.append(step["path"])
    return paths


def change(target: Path, diff: str) -> None:
    lines = [(line[0], line[1:]) for line in diff.splitlines()]
    old = "\n".join(text for mark, text in lines if mark in " -")
    new = "\n".join(text for mark, text in lines if mark in " +")
    text = target.read_text()
    assert text.count(old) == 1, f"{target}: {old!r} stands there {text.count(old)} times"
    target.unlink()  # it may be a hard link
    target.write_text(text.replace(old, new))


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the tree with every step done."""
    copy = tmp_path_factory.mktemp("clone") / "dramatis"
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    (copy / NODE_MODULES).symlink_to(ROOT / NODE_MODULES)
    assert len(follow(copy, PAGE.read_text())) >= 12
    return copy


def run(tree: Path, *command: str, folder: str = ".", path: str = "") -> None:
    search = os.pathsep.join(filter(None, [str(Path(sys.executable).parent), path, os.environ["PATH"]]))
    done = subprocess.run(command, cwd=tree / folder, env=os.environ | {"PATH": search}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def test_the_route_answers_and_every_walk_over_the_routes_takes_it_in(tree: Path) -> None:
    run(tree, sys.executable, "-m", "pytest", "-q", "tests/studio/generation/test_take_counts.py")
    run(
        tree,
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "tests/studio/test_every_route.py",
        "-k",
        "take-counts or without_a_key",
    )
    run(tree, "ruff", "check", "storage", "studio", "tests/studio/generation")


def test_the_page_compiles_and_is_clean(tree: Path, node_path: str) -> None:
    run(tree, sys.executable, "scripts/openapi")
    for script in ("api", "types", "lint"):
        run(tree, "npm", "run", "--silent", script, folder="frontend/studio", path=node_path)


def test_every_script_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"(?<![\w/])\.?/?(scripts/[a-z-]+)", PAGE.read_text()))
    assert {name for name in named if not (ROOT / name).is_file()} == set()
    unnamed = {f"scripts/{path.name}" for path in (ROOT / "scripts").iterdir() if path.is_file()} - named
    assert unnamed <= {"scripts/environment.sh", "scripts/triton", "scripts/backdrops", "scripts/wheel_pages.py"}
