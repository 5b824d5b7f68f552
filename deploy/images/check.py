"""What is asked of an image before anybody runs it."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

MOST_BYTES = {"studio": 1_200_000_000}
TORCHLESS = frozenset({"studio"})
COMPILERS = ("cc", "gcc", "g++", "c++", "clang", "ld", "as", "make", "rustc", "go", "pip", "pip3")
_LOOK = (
    "id -u; "
    f"for word in {' '.join(COMPILERS)}; do command -v $word; done; echo --; "
    "python -c 'import studio.app' && echo loads"
)
_SHUT_IN = ("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--network=none", "--tmpfs=/tmp")


class ImageRefused(Exception):
    """An image is not what it should be; the message says how."""


@dataclass(frozen=True)
class CheckedImage:
    """What was found."""

    name: str
    size_bytes: int
    user: str
    python_packages: int
    debian_packages: int

    def words(self) -> str:
        """In a line."""
        packages = f"{self.python_packages} Python and {self.debian_packages} Debian packages listed"
        return f"{self.name}: {self.size_bytes / 1e6:.0f} MB, user {self.user}, no compiler, {packages}"


def check_image(engine: str, name: str, target: str, out: Path) -> CheckedImage:
    """Look at an image and run it, shut in, for a moment; its lists of packages go to `out`. Raises ImageRefused."""
    facts = json.loads(_asked([engine, "image", "inspect", name]))[0]
    size, user = int(facts["Size"]), str(facts["Config"].get("User", ""))
    if size > MOST_BYTES.get(target, size):
        raise ImageRefused(f"{name} has {size / 1e6:.0f} MB, of {MOST_BYTES[target] / 1e6:.0f} at most")
    labels = facts["Config"].get("Labels") or {}
    if not labels.get("org.opencontainers.image.revision"):
        raise ImageRefused(f"{name} does not say from which revision it was made")
    if not (facts["Config"].get("Healthcheck") or facts.get("HealthCheck") or facts.get("Healthcheck")):
        raise ImageRefused(f"{name} has no health check")
    _look_inside(engine, name)
    out.mkdir(parents=True, exist_ok=True)
    python = _read(engine, name, "python.cdx.json")
    debian = _read(engine, name, "debian.txt")
    (out / f"{target}.python.cdx.json").write_text(python)
    (out / f"{target}.debian.txt").write_text(debian)
    components = {each["name"].lower() for each in json.loads(python)["components"]}
    if target in TORCHLESS and "torch" in components:
        raise ImageRefused(f"{name} holds torch")
    if "dramatis" not in components:
        raise ImageRefused(f"{name}: its list of packages does not name dramatis")
    return CheckedImage(name, size, user, len(components), len(debian.splitlines()))


def _look_inside(engine: str, name: str) -> None:
    """Whose process it is, what it could compile with, and whether it loads where it may write nothing."""
    said = _asked([engine, "run", "--rm", *_SHUT_IN, "--entrypoint", "sh", name, "-c", _LOOK])
    before, _, after = said.partition("--\n")
    user, *compilers = before.split()
    if user == "0":
        raise ImageRefused(f"{name} runs as root")
    if compilers:
        raise ImageRefused(f"{name} holds {', '.join(compilers)}")
    if after.strip() != "loads":
        raise ImageRefused(f"{name} does not load with a root that cannot be written")


def _read(engine: str, name: str, file: str) -> str:
    return _asked([engine, "run", "--rm", "--network=none", "--entrypoint", "cat", name, f"/opt/dramatis/sbom/{file}"])


def _asked(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ImageRefused(f"{' '.join(command[:3])} … failed: {done.stderr.strip()[-500:]}")
    return done.stdout
