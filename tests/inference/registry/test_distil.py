"""Giving a model's draft an adapter, by the command line: what is taken, what is refused, and what it changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from inference.catalogue import PULLED, known_models
from inference.distilled import WEIGHTS, Distilled, DistilledUnreadable, folder_of_distilled
from inference.registry.__main__ import main
from inference.registry.lock import Lock, hash_sha256, write_lock
from inference.registry.specs import SPECS

NAME = "wan-vace-14b"
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """Locks of two models, without a byte of them."""
    for name in (NAME, "wan2.2-vace"):
        folder = tmp_path / "models" / "pulled" / name
        folder.mkdir(parents=True)
        write_lock(folder, Lock(name, SPECS[name].repository, None, {}))
    return tmp_path / "models"


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    path = tmp_path / "four steps.safetensors"
    half = np.ones((4, 8), np.float32)
    save_file({"blocks.0.attn1.to_q.lora_A.weight": half, "blocks.0.attn1.to_q.lora_B.weight": half.T.copy()}, path)
    return path


@pytest.fixture
def run(models: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*words: object) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["registry", "--cache", str(models), *map(str, words)])
        status = main()
        told = capsys.readouterr()
        return status, told.out + told.err

    return run


def test_a_draft_takes_the_adapters_steps_and_the_others_their_own(models: Path, adapter: Path, run: Run) -> None:
    status, words = run("distil", NAME, "--from", adapter, "--steps", 4, "--sha256", hash_sha256(adapter).upper())
    assert status == 0, words
    assert "its draft tier takes 4 steps at shift 5 without guidance" in words
    card, before = known_models(models)[NAME], PULLED[NAME]
    assert card.distilled == Distilled(hash_sha256(adapter), 4, 5.0)
    assert (card.steps_in("draft"), card.guidance_in("draft"), card.shift_in("draft")) == (4, 1.0, 5.0)
    assert all(
        (card.steps_in(tier), card.guidance_in(tier), card.shift_in(tier)) == (50, 5.0, 16.0)
        for tier in ("exact", "fast")
    )
    assert known_models(models)["wan2.2-vace"].distilled is None
    assert run("verify", NAME)[0] == 0
    assert run("distil", NAME, "--from", adapter, "--steps", 8, "--shift", 3)[0] == 0
    assert known_models(models)[NAME].distilled == Distilled(hash_sha256(adapter), 8, 3.0)
    assert run("distil", NAME, "--remove")[0] == 0
    assert known_models(models)[NAME] == before


@pytest.mark.parametrize(("words", "told"), [
    (("--steps", 4, "--sha256", "0" * 64), "is not what was announced"),
    (("--steps", 0), "--steps goes from 1 to 16"),
    (("--steps", 4, "--shift", 0), "--shift goes from 0.1"),
    ((), "distil wants --from FILE.safetensors and --steps N"),
])  # fmt: skip
def test_what_is_refused_leaves_what_was_there(
    models: Path, adapter: Path, run: Run, words: tuple[object, ...], told: str
) -> None:
    assert run("distil", NAME, "--from", adapter, "--steps", 4)[0] == 0
    before = known_models(models)[NAME].distilled
    status, said = run("distil", NAME, "--from", adapter, *words)
    assert (status, told in said) == (1, True), said
    assert known_models(models)[NAME].distilled == before
    assert run("verify", NAME)[0] == 0


def test_only_a_lora_of_a_model_that_takes_one_is_taken(models: Path, adapter: Path, run: Run, tmp_path: Path) -> None:
    pickled, other = tmp_path / "adapter.pt", tmp_path / "other.safetensors"
    pickled.write_bytes(b"a pickle")
    save_file({"weight": np.ones(3, np.float32)}, other)
    for name, path, words in (
        (NAME, pickled, "is not a safetensors file"), (NAME, other, "holds no LoRA"),
        (NAME, tmp_path / "nowhere", "is not a safetensors file that can be read"),
        ("wan2.2-vace", adapter, "takes no adapters"), ("wan-animate", adapter, "dramatis models pull wan-animate"),
    ):  # fmt: skip
        status, said = run("distil", name, "--from", path, "--steps", 4)
        assert (status, words in said) == (1, True), said
    assert not (models / "distilled").exists()


def test_bytes_that_change_afterwards_are_noticed(models: Path, adapter: Path, run: Run) -> None:
    run("distil", NAME, "--from", adapter, "--steps", 4)
    folder = folder_of_distilled(models, NAME)
    (folder / WEIGHTS).write_bytes(b"others")
    status, said = run("verify", NAME)
    assert (status, "missing or damaged" in said) == (1, True), said
    (folder / "distilled.json").write_text("{}")
    with pytest.raises(DistilledUnreadable, match=f"dramatis models distil {NAME} writes it again"):
        known_models(models)
    assert run("remove", NAME)[0] == 0
    assert not folder.exists()
