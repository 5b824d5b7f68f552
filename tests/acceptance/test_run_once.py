"""The command that a stranger types: one clip through a real server, and nothing left running."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import av
import jsonschema
import pytest

from studio.commands.report import hash_file

SCHEMA: dict[str, Any] = json.loads((Path(__file__).parents[2] / "docs" / "report.schema.json").read_text())
PROMPT = "She smiles, then turns to the left"
SMALL = ("--size", "256x256", "--seconds", "1")


def dramatis(*words: str, expect: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([sys.executable, "-m", "studio.cli", *words], capture_output=True, text=True, timeout=240)
    assert done.returncode == expect, done.stderr
    return done


def run_once(out: Path, *words: str) -> dict[str, Any]:
    dramatis("run", "--once", "--out", str(out), *SMALL, *words)
    report: dict[str, Any] = json.loads((out / "report.json").read_text())
    return report


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    out = tmp_path_factory.mktemp("once")
    return out, run_once(out, "--seed", "7", "--prompt", PROMPT)


def test_a_clip_and_a_report_that_keeps_to_its_schema(made: tuple[Path, dict[str, Any]]) -> None:
    out, report = made
    jsonschema.validate(report, SCHEMA)
    assert (report["size"], report["fps"], report["frames"], report["seed"]) == ("256x256", 24, 24, 7)
    assert report["sha256"] == hash_file(out / report["clip"])
    assert report["receipt"]["references"][0]["used_for"] == ["picture", "identity"]
    assert report["identity"][0]["verdict"] == "pass"


def test_the_clip_is_h264_of_exactly_that_length_and_signed(made: tuple[Path, dict[str, Any]]) -> None:
    out, report = made
    with av.open(str(out / "clip.mp4")) as clip:
        stream = clip.streams.video[0]
        assert (stream.codec_context.name, stream.width, stream.height) == ("h264", 256, 256)
        assert sum(1 for _ in clip.decode(stream)) == report["frames"]
        assert not clip.streams.audio
    mark = json.loads(dramatis("verify", str(out / "clip.mp4"), "--json").stdout)
    assert mark["state"] == "valid"
    assert mark["media_sha256"] == report["receipt"]["media_sha256"]


def test_one_seed_gives_the_same_media_without_a_server_too_and_another_does_not(
    made: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    """The character has another id there: the acting must not hang on it."""
    _, report = made
    same, other = (generate(tmp_path / f"{seed}.mp4", seed) for seed in ("7", "8"))
    jsonschema.validate(same, SCHEMA)
    assert same["sha256"] == hash_file(tmp_path / "7.mp4")
    assert same["receipt"]["media_sha256"] == report["receipt"]["media_sha256"]
    assert other["receipt"]["media_sha256"] != report["receipt"]["media_sha256"]


def generate(clip: Path, seed: str) -> dict[str, Any]:
    done = dramatis("generate", *SMALL, "--seed", seed, "--prompt", PROMPT, "--json", "--out", str(clip))
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_a_photo_of_somebody_needs_a_consent(tmp_path: Path) -> None:
    photo = tmp_path / "me.jpg"
    photo.write_bytes(b"a photo")
    done = dramatis("run", "--once", "--out", str(tmp_path / "out"), "--reference", str(photo), expect=2)
    assert "--consent own|permission|guardian|invented" in done.stderr


def test_an_impossible_size_is_answered_with_the_nearest(tmp_path: Path) -> None:
    done = dramatis("generate", "--size", "770x430", "--out", str(tmp_path / "clip.mp4"), expect=2)
    assert "768x432" in done.stderr
