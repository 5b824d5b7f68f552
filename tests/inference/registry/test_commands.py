"""`python -m inference.registry`: what the product's `models` and `doctor` commands show."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from inference.registry.doctor import gather_facts
from inference.registry.installed_weights import list_installed_weights, prepare_weights
from inference.registry.packaged import default_cache_dir


def ask(*words: str) -> tuple[int, dict[str, Any]]:
    command = [sys.executable, "-m", "inference.registry", *words, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache of our own, filled from the user's."""
    prepare_weights(default_cache_dir(), report=lambda _: None)
    copy = tmp_path / "models"
    shutil.copytree(default_cache_dir(), copy, ignore=shutil.ignore_patterns(".*"))
    return copy


def test_the_models_and_their_licences_are_listed() -> None:
    status, answer = ask("list")
    assert status == 0
    assert answer["models"][0]["name"] == "previs"
    assert all(one["licence"] for one in (*answer["models"], *answer["weights"], *answer["to_pull"]))
    assert {one["name"] for one in (*answer["models"], *answer["to_pull"])} >= {
        "previs",
        "wan-vace-1.3b",
        "wan-animate",
    }


def test_a_prepared_cache_is_prepared_again_at_once_and_verifies(cache: Path) -> None:
    assert ask("prepare", "--cache", str(cache))[0] == 0
    status, answer = ask("verify", "--cache", str(cache))
    assert (status, answer["ok"]) == (0, True)


def test_damage_and_absence_are_told_apart(cache: Path) -> None:
    first, second, *_ = list_installed_weights(cache)
    path = first.folder / next(iter(first.files))
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    shutil.rmtree(second.folder)
    status, answer = ask("verify", "--cache", str(cache))
    states = {one["name"]: one["state"] for one in answer["weights"]}
    assert status == 1
    assert (states[first.name], states[second.name]) == ("damaged", "missing")


def test_the_doctor_names_a_remedy_for_all_that_is_missing(tmp_path: Path) -> None:
    facts = list(gather_facts(tmp_path / "empty"))
    missing = {fact.name for fact in facts if not fact.ok}
    assert {"weights: faces", "weights: face-mesh", "weights: text", "weights: face-pack"} <= missing
    assert not missing & {"python", "opencv", "litert", "onnxruntime", "encoder", "c2pa", "torch"}
    for fact in facts:
        assert bool(fact.remedy) is not fact.ok


def test_the_doctor_speaks_to_people_too(cache: Path) -> None:
    command = [sys.executable, "-m", "inference.registry", "doctor", "--cache", str(cache)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, "MISSING" in done.stdout) in ((0, False), (1, True))
    assert "weights: face-pack" in done.stdout


def test_why_nothing_could_be_prepared_is_said_on_stderr(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "inference.registry", "prepare", "--cache", str(tmp_path)]
    nowhere = {"PATH": "/usr/bin:/bin", "PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=nowhere)
    assert done.returncode == 1
    assert "check the network or the package index" in done.stderr
    assert done.stdout == ""
