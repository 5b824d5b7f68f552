"""report.json keeps to its committed schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from inference.protocol import (
    CharacterIdentity,
    CharacterInput,
    Finished,
    Receipt,
    Reference,
    RenderRequest,
    Source,
    UsedReference,
)
from studio.commands.report import WrongClip, hash_file, render_report, take_report

SCHEMA: dict[str, Any] = json.loads((Path(__file__).parents[3] / "docs" / "report.schema.json").read_text())
SHA = "ab" * 32


def request() -> RenderRequest:
    who = CharacterInput(id="c1", name="Ada", references=(Reference(source=Source(url="asset:1", sha256=SHA)),))
    return RenderRequest(
        model="previs", prompt="She nods", characters=(who,), seconds=1, fps=24, width=256, height=256, seed=3,
        steps=20, guidance_scale=2.5, tier="draft",
    )  # fmt: skip


def finished(score: float | None) -> Finished:
    identity = CharacterIdentity(
        character_id="c1", character_name="Ada", score=score, worst_decile=score, presence=1.0 if score else 0.0,
        drift=-0.01 if score else None, yaw_range_deg=(-12.0, 3.0) if score else None, threshold=0.4,
        compared_with="same_photo", expected="always", verdict="pass" if score else "unscored", series=(score,) * 24,
    )  # fmt: skip
    receipt = Receipt(
        model="previs", model_sha256=SHA, weights={"motion": SHA}, tier="draft", seed=3, steps=20, guidance_scale=2.5,
        prompt_sha256=SHA, width=256, height=256, fps=24, frames=24, device="cpu", threads=2, versions={"torch": "2"},
        references=(UsedReference(character_id="c1", sha256=SHA, used_for=("picture", "identity")),), notes=(),
        latents_sha256=SHA, media_sha256=SHA,
    )  # fmt: skip
    return Finished(id="r", artifacts=(), identity=(identity,), receipt=receipt, receipt_sha256=SHA, render_s=1.2)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"a clip")
    return path


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("score", [0.8, None])
def test_a_report_without_a_server_keeps_to_the_schema(clip: Path, score: float | None) -> None:
    report = render_report(request(), finished(score), clip, queue_s=0.5, total_s=2)
    jsonschema.validate(report, SCHEMA)
    assert report["sha256"] == hash_file(clip)
    assert report["clip"] == "clip.mp4"


def test_a_downloaded_clip_must_be_the_one_promised(clip: Path) -> None:
    take = {"files": {"video": {"sha256": "0" * 64}}}
    with pytest.raises(WrongClip):
        take_report(take, clip)
