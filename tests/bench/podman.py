"""podman 5 or newer, as a bench uses it. DRAMATIS_PODMAN names the program where `podman` itself is older."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OLDEST = 5  # 4.3 plays neither Jobs nor variables out of Secrets
_WITHIN_S = 600


class PodmanMissing(RuntimeError):
    """There is no podman here that plays what a chart renders."""


@dataclass(frozen=True)
class Podman:
    """One podman. Raises RuntimeError with its words when it refuses."""

    command: list[str]
    version: str

    def run(self, *words: str) -> str:
        done = subprocess.run([*self.command, *words], capture_output=True, text=True, timeout=_WITHIN_S)
        if done.returncode != 0:
            raise RuntimeError(f"podman {' '.join(words[:3])}: {done.stderr[-3000:]}")
        return done.stdout.strip()

    def play(self, file: Path, network: str) -> None:
        """Start what the file describes."""
        self.run("kube", "play", "--network", network, str(file))

    def inspect(self, container: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.run("container", "inspect", container))[0]
        return found

    def logs(self, container: str) -> str:
        """Of both streams."""
        done = subprocess.run([*self.command, "logs", container], capture_output=True, text=True, timeout=_WITHIN_S)
        return done.stdout + done.stderr


def find_podman() -> Podman:
    """Raises PodmanMissing."""
    command = shlex.split(os.environ.get("DRAMATIS_PODMAN", "podman"))
    try:
        done = subprocess.run([*command, "version", "--format", "{{.Client.Version}}"], capture_output=True, text=True)
    except OSError as error:
        raise PodmanMissing(f"{command[0]} does not run: {error.strerror}") from error
    version = done.stdout.strip()
    if done.returncode != 0 or int(version.partition(".")[0]) < OLDEST:
        raise PodmanMissing(
            f"podman {OLDEST} or newer is wanted (DRAMATIS_PODMAN), not {version or done.stderr[-300:]}"
        )
    return Podman(command, version)
