"""Starts roles by forking a process that has imported all their code: most of what a start costs is imports, and a
campaign starts hundreds. What runs then is `dramatis ROLE`, in a process of its own.

Run as a module it is that process: requests come as JSON lines on a socket, answers go back on it.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LOOK_EVERY_S = 0.02
IMPORTED = ("studio.cli", "studio.app", "studio.commands.serve", "studio.commands.node", "studio.roles.api", "dbos")


class Nursery:
    """Ends, with all that it has started, when it is closed. Any thread may use it."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-m", "tests.fleet.nursery", "--fd", str(theirs.fileno())]
        self._process = subprocess.Popen(command, pass_fds=(theirs.fileno(),))
        theirs.close()
        self._socket, self._lines = ours, ours.makefile("r")
        self._asking = threading.Lock()

    def start(self, words: Sequence[str], environment: Mapping[str, str], log: Path) -> Nursling:
        """`dramatis WORDS`, with exactly this environment; what it prints is added to `log`."""
        answer = self.ask({"words": list(words), "environment": dict(environment), "log": str(log)})
        return Nursling(self, int(answer["pid"]))

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to one request."""
        with self._asking:
            self._socket.sendall(json.dumps(request).encode() + b"\n")
            answer: dict[str, Any] = json.loads(self._lines.readline())
        return answer

    def close(self) -> None:
        """End it, and whatever of its children still runs."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._process.wait()


@dataclass
class Nursling:
    """One process, with those methods of `subprocess.Popen` that tests use."""

    nursery: Nursery
    pid: int
    returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit status, None while it runs."""
        if self.returncode is None:
            self.returncode = self.nursery.ask({"pid": self.pid})["status"]
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Nothing is sent to one that has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Signal 9."""
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status, once it has ended. Raises TimeoutError."""
        until = None if timeout is None else time.monotonic() + timeout
        while (status := self.poll()) is None:
            if until is not None and time.monotonic() > until:
                raise TimeoutError(self.pid)
            time.sleep(LOOK_EVERY_S)
        return status


def _serve(requests: socket.socket) -> None:
    ended: dict[int, int] = {}
    running: set[int] = set()
    for line in requests.makefile("r"):
        request = json.loads(line)
        if "words" in request:
            answer: dict[str, int | None] = {"pid": (child := _fork(requests, request))}
            running.add(child)
            ended.pop(child, None)  # numbers of processes come again
        else:
            pid = request["pid"]
            if pid in running and (found := os.waitpid(pid, os.WNOHANG))[0]:
                running.discard(pid)
                ended[pid] = os.waitstatus_to_exitcode(found[1])
            answer = {"status": ended.get(pid)}
        requests.sendall(json.dumps(answer).encode() + b"\n")
    for pid in running:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _fork(requests: socket.socket, request: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        requests.close()
        log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.environ.clear()
        os.environ.update(request["environment"])
        sys.argv = ["dramatis", *request["words"]]
        importlib.import_module("studio.cli").app()
        status = 0
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException:  # a process of its own: there is nobody to raise it to
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--fd", type=int, required=True)
    given = parser.parse_args()
    for module in IMPORTED:
        importlib.import_module(module)
    _serve(socket.socket(fileno=given.fd))
