"""`distil`: take a step-distilled adapter from a file, look at it, and put it where the model's draft finds it."""

from __future__ import annotations

import shutil
from pathlib import Path

from safetensors import SafetensorError, safe_open

from inference.catalogue import pullable_cards
from inference.distilled import (
    MOST_STEPS,
    WEIGHTS,
    Distilled,
    folder_of_distilled,
    read_distilled,
    write_distilled,
)
from inference.recipes import SHIFTS
from inference.registry.lock import NotPulled, hash_sha256, read_lock


class DistilRefused(ValueError):
    """The adapter cannot be taken; the message says why. What was there before is still there."""


def distil(models_dir: Path, name: str, source: Path, steps: int, shift: float, sha256: str | None) -> Distilled:
    """Copy `source` beside model `name`. sha256: what its makers announce. Raises DistilRefused, NotPulled."""
    read_lock(models_dir, name)
    if not pullable_cards(models_dir)[name].adapters:
        raise DistilRefused(f"{name} takes no adapters: see docs/models.md for the models that do")
    if not 1 <= steps <= MOST_STEPS:
        raise DistilRefused(f"--steps goes from 1 to {MOST_STEPS}, not {steps}: as the adapter's makers say")
    if not SHIFTS[0] <= shift <= SHIFTS[1]:
        raise DistilRefused(f"--shift goes from {SHIFTS[0]} to {SHIFTS[1]}, not {shift}: as the adapter's makers say")
    _look_at(source)
    found = hash_sha256(source)
    if sha256 is not None and sha256.lower() != found:
        raise DistilRefused(f"{source} is not what was announced: its SHA-256 is {found}, not {sha256}")
    folder = folder_of_distilled(models_dir, name)
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f".{WEIGHTS}"
    shutil.copyfile(source, unfinished)
    unfinished.replace(folder / WEIGHTS)
    distilled = Distilled(found, steps, shift)
    write_distilled(folder, distilled)
    return distilled


def verify_distilled(models_dir: Path, name: str) -> None:
    """Raises NotPulled where the adapter's bytes are not those that were given."""
    distilled = read_distilled(models_dir, name)
    path = folder_of_distilled(models_dir, name) / WEIGHTS
    if distilled is not None and (not path.is_file() or hash_sha256(path) != distilled.sha256):
        raise NotPulled(f"{path} is missing or damaged: dramatis models distil {name} --from FILE takes it again")


def remove_distilled(models_dir: Path, name: str) -> bool:
    """The draft is what it was before; says whether there was an adapter."""
    folder = folder_of_distilled(models_dir, name)
    there = folder.is_dir()
    shutil.rmtree(folder, ignore_errors=True)
    return there


def _look_at(source: Path) -> None:
    """By its names: whether its matrices fit this model is seen when it is loaded."""
    try:
        with safe_open(source, "np") as stored:
            names = list(stored.keys())
    except (SafetensorError, OSError) as error:
        raise DistilRefused(f"{source} is not a safetensors file that can be read: {error}") from error
    if not any(".lora_" in name for name in names):
        raise DistilRefused(f"{source} holds no LoRA: none of its {len(names)} names has .lora_ in it")
