"""Calibration: the distributions, the rates with their intervals, and the command."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inference.identity.calibrate import calibrate, rate
from inference.identity.pack import Faces
from tests.inference.identity.conftest import Sitter

PEOPLE = {"a": ("person_a_1", "person_a_2"), "b": ("person_b_1", "person_b_2"), "c": ("impostor_1",)}


def test_both_distributions_and_the_threshold_between_them(faces: Faces, sitters: dict[str, Sitter]) -> None:
    people = {person: [(name, sitters[name].rgb) for name in names] for person, names in PEOPLE.items()}
    people["nobody"] = [("wall", np.full((200, 200, 3), 120, np.uint8))]
    calibration = calibrate(faces, people)
    assert calibration.same is not None
    assert calibration.different is not None
    assert calibration.suggested is not None
    assert (calibration.people, calibration.photos) == (3, 5)
    assert (calibration.same.pairs, calibration.different.pairs) == (2, 8)
    assert calibration.different.highest < calibration.suggested.threshold < calibration.same.lowest
    assert [one.photo for one in calibration.unused] == ["wall"]
    assert any("few pairs" in note for note in calibration.notes)


def test_one_person_alone_suggests_nothing(faces: Faces, sitters: dict[str, Sitter]) -> None:
    calibration = calibrate(faces, {"a": [(name, sitters[name].rgb) for name in PEOPLE["a"]]})
    assert calibration.same is not None
    assert (calibration.different, calibration.in_use, calibration.suggested) == (None, None, None)


@pytest.mark.parametrize(
    ("errors", "pairs", "low", "high"),
    [(0, 58, 0.0, 0.0616), (0, 8, 0.0, 0.3694), (1, 10, 0.0025, 0.4450), (10, 10, 0.6915, 1.0)],
)
def test_intervals_are_clopper_and_pearsons(errors: int, pairs: int, low: float, high: float) -> None:
    found = rate(errors, pairs)
    assert (found.low, found.high) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "inference.identity", "calibrate", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_reads_a_folder_a_person(tmp_path: Path, pack_folder: Path, sitters: dict[str, Sitter]) -> None:
    for person, names in PEOPLE.items():
        (tmp_path / person).mkdir()
        for name in names:
            Image.fromarray(sitters[name].rgb).save(tmp_path / person / f"{name}.webp", quality=90)
    measured = command(str(tmp_path), "--json", "--cache", str(pack_folder.parent))
    assert measured.returncode == 0, measured.stderr
    answer = json.loads(measured.stdout)
    assert answer["pack"] == "yunet-sface"
    assert answer["in_use"]["threshold"] == 0.4
    assert answer["in_use"]["false_match"]["pairs"] == 8


def test_an_empty_folder_and_a_broken_photo_are_named(tmp_path: Path, pack_folder: Path) -> None:
    empty = command(str(tmp_path))
    assert empty.returncode == 1
    assert "one folder a person" in empty.stderr
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / "1.jpg").write_bytes(b"not a picture")
    broken = command(str(tmp_path), "--cache", str(pack_folder.parent))
    assert broken.returncode == 1
    assert "1.jpg cannot be read" in broken.stderr
