"""`scripts/images`: build the images `studio` and `node`, check each, and write its lists of packages beside it.

The machine's own package configuration (a mirror, a certificate, a folder of wheels) is mounted while podman builds; no
image holds any of it.
"""

from __future__ import annotations

import argparse
import configparser
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from deploy.images.check import ImageRefused, check_image

ROOT = Path(__file__).resolve().parents[2]
TARGETS = ("studio", "node")
_CERTIFICATES = "/run/build-certificates.pem"


class NoEngine(Exception):
    """Neither podman nor docker is here."""


@dataclass(frozen=True)
class Choice:
    """What is built, from what, and under which name."""

    targets: tuple[str, ...]
    base: str
    torch: str
    prefix: str
    tag: str
    out: Path


def find_engine() -> str:
    """podman, or else docker with a daemon that answers. Raises NoEngine."""
    for name in ("podman", "docker"):
        if shutil.which(name) and subprocess.run([name, "info"], capture_output=True, check=False).returncode == 0:
            return name
    raise NoEngine("there is no container engine here: apt-get install podman runc, or start docker")


def main() -> int:
    """Parse, build, check."""
    choice = _parse()
    try:
        engine = find_engine()
        with tempfile.TemporaryDirectory(prefix="dramatis-images-") as folder:
            context = _make_context(Path(folder))
            for target in choice.targets:
                name = f"{choice.prefix}{target}:{choice.tag}"
                _build(engine, context, target, name, choice)
                sys.stdout.write(check_image(engine, name, target, choice.out).words() + "\n")
    except (NoEngine, ImageRefused) as error:
        sys.stderr.write(f"images: {error}\n")
        return 1
    except subprocess.CalledProcessError as error:
        sys.stderr.write(
            f"images: {' '.join(error.cmd[:3])} … ended with {error.returncode}; the lines above say why\n"
        )
        return 1
    return 0


def _parse() -> Choice:
    parser = argparse.ArgumentParser(prog="scripts/images", description=__doc__)
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], help="studio, node; both when none is named")
    parser.add_argument("--base", default="docker.io/library/debian:12-slim", help="a Debian 12, by digest if you can")
    parser.add_argument("--torch", default="2.13.0+cpu", help="a node's torch; 2.13.0 brings CUDA")
    parser.add_argument("--prefix", default="localhost/dramatis/", help="what goes before the names")
    parser.add_argument("--tag", default=version("dramatis"))
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "images", help="where the lists of packages go")
    said = parser.parse_args()
    return Choice(tuple(said.targets or TARGETS), said.base, said.torch, said.prefix, said.tag, said.out)


def _make_context(folder: Path) -> Path:
    """All that a build sees: the wheel, the locks, the recipe."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", str(folder / "dist"), str(ROOT)], check=True)
    shutil.copytree(ROOT / "requirements", folder / "requirements")
    (folder / "deploy").mkdir()
    shutil.copytree(ROOT / "deploy" / "images", folder / "deploy" / "images")
    return folder


def _build(engine: str, context: Path, target: str, name: str, choice: Choice) -> None:
    arguments = {"BASE": choice.base, "TORCH": choice.torch, "VERSION": choice.tag, "REVISION": _revision()}
    command = [engine, "build", "--target", target, "--tag", name, "--file", "deploy/images/Containerfile"]
    command += [f"--build-arg={key}={value}" for key, value in arguments.items()]
    with tempfile.TemporaryDirectory(prefix="dramatis-pip-") as folder:
        if engine == "podman":  # its own format keeps no health check
            command += ["--format", "docker", "--network", "host", *_mounted_configuration(Path(folder))]
        subprocess.run([*command, "."], cwd=context, check=True)


def _mounted_configuration(folder: Path) -> list[str]:
    """Volumes with this machine's pip configuration, its certificates and folders of wheels, for the build alone."""
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    pairs = [line.partition("=") for line in listed.stdout.splitlines()]
    options = {key.rpartition(".")[2]: value.strip("'\"") for key, _, value in pairs}
    volumes = []
    certificates = options.pop("cert", None)
    if certificates is not None:
        volumes.append(f"{os.path.realpath(certificates)}:{_CERTIFICATES}:ro")
    wheels = [Path(each) for each in options.get("find-links", "").split() if Path(each).is_dir()]
    volumes += [f"{each}:{each}:ro" for each in wheels]
    kept = {key: options[key] for key in ("index-url", "extra-index-url", "timeout") if key in options}
    kept["find-links"] = " ".join(map(str, wheels))
    if certificates is not None:
        kept["cert"] = _CERTIFICATES
    written = configparser.ConfigParser(interpolation=None)
    written["global"] = {key: value for key, value in kept.items() if value}
    with (folder / "pip.conf").open("w") as file:
        written.write(file)
    volumes.append(f"{folder / 'pip.conf'}:/etc/pip.conf:ro")
    return [word for volume in volumes for word in ("--volume", volume)]


def _revision() -> str:
    found = subprocess.run(["git", "-C", str(ROOT), "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
