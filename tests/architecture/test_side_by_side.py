"""The whole suite's time rests on this: each process starts the servers of its own files alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FILE = """
import os, time
import pytest

@pytest.mark.parametrize("n", range(8))
def test_one(n):
    time.sleep(0.05)  # so that both processes are asked for the next
    with open("ran", "a") as told:
        print(os.environ["PYTEST_XDIST_WORKER"], __file__, file=told)
"""
WORDS = ("-q", "-n", "2", "--dist", "loadgroup", "--no-loadscope-reorder", "--reruns", "1", "-p", "tests.side_by_side")


def test_two_processes_share_no_file_nor_a_package_with_a_server(tmp_path: Path) -> None:
    shared = ("browser/test_a.py", "browser/test_b.py")
    for name in (*shared, "inference/test_c.py", "storage/test_d.py"):
        path = tmp_path / "tests" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(FILE)
        (path.parent / "__init__.py").touch()
    (tmp_path / "pytest.ini").touch()
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "pytest", *WORDS, "tests"]
    run = subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": str(root)}, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout
    ran = {tuple(line.split()) for line in (tmp_path / "ran").read_text().splitlines()}
    assert len(ran) == 4, "each file in one process"
    assert len({process for process, path in ran if path.endswith(shared)}) == 1
    assert len({process for process, _ in ran}) == 2
