"""`scripts/dev`: the server and the pages of a working tree in one command, and the server anew when Python changes."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
WITHIN_S = 150.0


def free_ports() -> tuple[int, int]:
    """Different ones: held together until both are found."""
    with socket.socket() as one, socket.socket() as other:
        for probe in (one, other):
            probe.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1]), int(other.getsockname()[1])


def until(true: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not true():
        assert time.monotonic() < deadline, log.read_text()[-3000:]
        time.sleep(0.2)


def test_server_and_pages_come_up_together_and_the_server_follows_the_code(tmp_path: Path) -> None:
    log, (port, pages) = tmp_path / "log", free_ports()
    places = {"DRAMATIS_DEV_PORT": str(port), "DRAMATIS_DEV_PAGES_PORT": str(pages)}
    settings = os.environ | places | {"DRAMATIS_DEV_DATA": str(tmp_path / "data")}
    with log.open("wb") as stream:
        running = subprocess.Popen(
            ["scripts/dev"], cwd=ROOT, env=settings, stdout=stream, stderr=stream, start_new_session=True
        )
    try:
        until(lambda: status(f"http://127.0.0.1:{pages}/") == 200, log)
        sources = httpx.get(f"http://127.0.0.1:{pages}/", timeout=60).text
        assert "/src/main.tsx" in sources, "not what was built of them"
        until(lambda: status(f"http://127.0.0.1:{pages}/v1/me") == 200, log)
        me = httpx.get(f"http://127.0.0.1:{pages}/v1/me", timeout=60).json()
        assert me["organisation"]["name"] == "Local studio"
        os.utime(ROOT / "studio" / "logs.py")
        until(lambda: log.read_text().count('"event": "studio_started"') == 2, log)
        until(lambda: status(f"http://127.0.0.1:{pages}/v1/me") == 200, log)
    finally:
        os.killpg(running.pid, signal.SIGINT)  # what Ctrl-C does
        running.wait(60)
    until(lambda: status(f"http://127.0.0.1:{port}/healthz") is None, log)


def status(url: str) -> int | None:
    """None where nobody answers."""
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(url, timeout=5).status_code
    return None
