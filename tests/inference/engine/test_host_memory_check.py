"""Pulled models wait in the host's memory: what it cannot hold is refused at the start, with what would fit."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from inference.engine import host_memory_check
from inference.engine.host_memory_check import HostTooSmall, check_host_memory, loaded_bytes
from inference.engine.pulled_models import load_pulled
from inference.host_memory import free_host_bytes
from inference.parallel.mesh import Layout
from inference.pipelines.device_placement import DevicePlacement
from inference.registry.lock import read_lock
from inference.registry.pull import pull_folder
from inference.registry.specs import SPECS
from inference.registry.tiny import build_tiny_wan_vace

NAMES = ["wan-vace-1.3b", "wan-vace-14b"]


@pytest.fixture(scope="module")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, saved = tmp_path_factory.mktemp("models"), tmp_path_factory.mktemp("saved")
    build_tiny_wan_vace().save_pretrained(saved)
    for name in NAMES:
        pull_folder(SPECS[name], folder, saved, lambda _: None)
    return folder


def test_what_is_foreseen_is_what_the_loaded_weights_fill(models_dir: Path) -> None:
    made, lock = build_tiny_wan_vace(), read_lock(models_dir, NAMES[0])
    parts = (made.transformer, made.text_encoder, made.vae)
    numbers = [sum(one.numel() for one in part.parameters()) for part in parts]
    assert loaded_bytes(lock, models_dir, torch.float32.itemsize) == 4 * sum(numbers)
    assert loaded_bytes(lock, models_dir, torch.bfloat16.itemsize) == 2 * sum(numbers[:2]) + 4 * numbers[2]


def test_models_that_the_host_cannot_hold_are_refused_before_one_is_loaded(
    models_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = loaded_bytes(read_lock(models_dir, NAMES[0]), models_dir, 4)
    monkeypatch.setattr(host_memory_check, "free_host_bytes", lambda: 3 * one)
    check_host_memory(NAMES, models_dir, 4, ranks=1)
    with pytest.raises(HostTooSmall, match=r"a copy for each of 2 ranks.* let fewer ranks share a render"):
        check_host_memory(NAMES, models_dir, 4, ranks=2)
    monkeypatch.setattr(host_memory_check, "free_host_bytes", lambda: one)
    monkeypatch.setattr("inference.engine.pulled_models.load_model", None)  # nothing gets as far as that
    with pytest.raises(HostTooSmall, match=r"take one away \(dramatis models remove wan-vace-"):
        load_pulled(models_dir, Layout(), tmp_path, DevicePlacement())


def test_a_container_has_no_more_than_its_groups_allow(tmp_path: Path) -> None:
    proc, cgroups = tmp_path / "proc", tmp_path / "cgroup"
    (proc / "self").mkdir(parents=True)
    (proc / "meminfo").write_text("MemTotal: 9000 kB\nMemAvailable: 8000 kB\n")
    (proc / "self" / "cgroup").write_text("1:cpu:/\n0::/pod/engine\n")
    assert free_host_bytes(proc, cgroups) == 8000 * 1024
    (cgroups / "pod" / "engine").mkdir(parents=True)
    for folder, limit, filled in (("pod", "5000000", 1_000_000), ("pod/engine", "max", 1_000_000)):
        (cgroups / folder / "memory.max").write_text(f"{limit}\n")
        (cgroups / folder / "memory.stat").write_text(f"anon {filled}\nfile 3000000\n")
    assert free_host_bytes(proc, cgroups) == 4_000_000
    assert free_host_bytes() > 0
