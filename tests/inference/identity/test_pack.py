"""The face pack: converted once, verified, loaded by insightface from a folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from inference.identity.embed import embed
from inference.identity.pack import FacePackUnusable, Faces, FaceSettings, default_settings, load_faces
from inference.registry.face_pack import (
    DETECTOR,
    EMBEDDER,
    ensure_face_pack,
    folder_of_pack,
    require_face_pack,
    verify_face_pack,
)
from inference.registry.packaged import FACES, PackagedModelUnavailable, default_cache_dir, folder_of
from tests.inference.identity.conftest import Sitter


@pytest.fixture
def source_only_cache(tmp_path: Path, pack_folder: Path) -> Path:
    """A cache that holds the downloaded weights and no converted pack."""
    shutil.copytree(folder_of(FACES, default_cache_dir()), folder_of(FACES, tmp_path))
    return tmp_path


def test_converting_twice_gives_the_recorded_bytes(source_only_cache: Path) -> None:
    folder = ensure_face_pack(source_only_cache)
    verify_face_pack(folder)
    before = (folder / EMBEDDER).stat().st_mtime_ns
    assert ensure_face_pack(source_only_cache) == folder
    assert (folder / EMBEDDER).stat().st_mtime_ns == before
    assert [path.name for path in source_only_cache.iterdir() if path.name.startswith(".")] == []


def test_a_missing_pack_names_the_command_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(PackagedModelUnavailable, match="dramatis models prepare"):
        require_face_pack(tmp_path)


def test_damaged_source_weights_leave_nothing_behind(source_only_cache: Path) -> None:
    source = folder_of(FACES, source_only_cache) / "yunet.onnx"
    content = bytearray(source.read_bytes())
    content[len(content) // 2] ^= 1
    source.write_bytes(content)
    with pytest.raises(PackagedModelUnavailable, match="SHA-256"):
        ensure_face_pack(source_only_cache)
    assert not folder_of_pack(source_only_cache).exists()


def test_verifying_notices_one_changed_byte(tmp_path: Path, pack_folder: Path) -> None:
    copy = tmp_path / "pack"
    shutil.copytree(pack_folder, copy)
    with (copy / DETECTOR).open("r+b") as file:
        file.seek(1000)
        byte = file.read(1)
        file.seek(1000)
        file.write(bytes([byte[0] ^ 1]))
    with pytest.raises(PackagedModelUnavailable, match=r"detector\.onnx"):
        verify_face_pack(copy)


def test_a_folder_without_models_is_refused_by_name(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "absent"):
        with pytest.raises(FacePackUnusable, match="a detector with five points"):
            load_faces(FaceSettings("other", folder, 0.3))


def test_a_pack_without_an_embedder_is_refused(tmp_path: Path, pack_folder: Path) -> None:
    shutil.copy(pack_folder / DETECTOR, tmp_path / "det.onnx")
    with pytest.raises(FacePackUnusable, match="an embedder"):
        load_faces(FaceSettings("half", tmp_path, 0.3))


def test_another_pack_is_a_folder_and_a_threshold(
    tmp_path: Path, pack_folder: Path, sitters: dict[str, Sitter]
) -> None:
    shutil.copy(pack_folder / DETECTOR, tmp_path / "1_anything.onnx")
    shutil.copy(pack_folder / EMBEDDER, tmp_path / "2_anything.onnx")
    other = load_faces(FaceSettings("mine", tmp_path, 0.31))
    sitter = sitters["person_b_1"]
    assert other.settings.threshold == 0.31
    np.testing.assert_array_equal(embed(other, sitter.rgb, sitter.face), sitter.embedding_unit)


def test_the_thread_count_does_not_change_who_it_is(pack_folder: Path, sitters: dict[str, Sitter]) -> None:
    two: Faces = load_faces(default_settings(pack_folder, threads=2))
    sitter = sitters["person_b_1"]
    assert float(embed(two, sitter.rgb, sitter.face) @ sitter.embedding_unit) > 0.9999
