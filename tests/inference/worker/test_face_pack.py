"""An operator's own face pack is judged by, and a broken one is named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from inference.engine.faces import FacePackChoice, load_chosen_faces
from inference.engine.failures import RenderFailed
from inference.registry.face_pack import require_face_pack
from inference.registry.packaged import default_cache_dir
from inference.worker.serve import parse_settings

FOLDERS = ["--cache", "c", "--signer", "s", "--scratch", "t", "--fd", "3"]


def test_another_pack_brings_its_name_and_threshold(tmp_path: Path) -> None:
    other = tmp_path / "studio-licensed"
    shutil.copytree(require_face_pack(default_cache_dir()), other)
    faces = load_chosen_faces(default_cache_dir(), FacePackChoice(other, 0.33))
    assert (faces.settings.name, faces.settings.threshold) == ("studio-licensed", 0.33)


def test_a_folder_without_models_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(RenderFailed) as refused:
        load_chosen_faces(default_cache_dir(), FacePackChoice(tmp_path, 0.33))
    assert refused.value.code == "model_unavailable"
    assert str(tmp_path) in refused.value.message


def test_a_pack_and_its_threshold_belong_together(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_settings([*FOLDERS, "--face-pack", "p"])
    assert "belong together" in capsys.readouterr().err
    assert parse_settings([*FOLDERS, "--face-pack", "p", "--face-threshold", "0.3"]).face_pack == FacePackChoice(
        Path("p"), 0.3
    )
