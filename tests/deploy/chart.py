"""The chart as the real Helm renders it."""

from __future__ import annotations

import functools
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.conftest import skip_or_fail

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "helm" / "dramatis"
VALUES = sorted((Path(__file__).parent / "values").glob("*.yaml"))
Manifest = dict[str, Any]


def helm(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(ROOT / "scripts" / "helm"), *words], capture_output=True, text=True)


@functools.cache
def need_helm() -> None:
    found = helm("version")
    if found.returncode != 0:
        skip_or_fail(f"there is no Helm, and none could be fetched: {found.stderr.strip()}")


@functools.cache
def render(values: Path) -> tuple[Manifest, ...]:
    """Every manifest of a release called `films`."""
    need_helm()
    done = helm("template", "films", str(CHART), "--namespace", "studio", "--values", str(values))
    assert done.returncode == 0, done.stderr
    return tuple(one for one in yaml.safe_load_all(done.stdout) if one)


def of_kind(values: Path, *kinds: str) -> list[Manifest]:
    return [one for one in render(values) if one["kind"] in kinds]


def pods_of(values: Path) -> Iterator[tuple[str, Manifest]]:
    """The name of whatever makes pods, and the pod's template."""
    for one in of_kind(values, "Deployment", "StatefulSet", "Job"):
        yield one["metadata"]["name"], one["spec"]["template"]


def containers_of(template: Manifest) -> list[Manifest]:
    spec = template["spec"]
    return [*spec.get("initContainers", []), *spec["containers"]]


def variables_of(container: Manifest) -> dict[str, Any]:
    """By name: the value as it is written, or where it comes from."""
    return {one["name"]: one.get("value", one.get("valueFrom")) for one in container.get("env", [])}
