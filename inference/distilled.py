"""A step-distilled adapter: with it a model's draft takes a handful of steps, and needs no guidance.

Its operator gives it, as safetensors with the settings that it was made for; nothing is fetched. It lies beside the
pulled weights and outlives a new pull of them. Torch-free: estimates and defaults are read here too.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

WEIGHTS, _SETTINGS = "adapter.safetensors", "distilled.json"
MOST_STEPS = 16  # what takes more was not distilled
GUIDANCE_SCALE = 1.0  # it was distilled too: such an adapter steers by itself


class DistilledUnreadable(ValueError):
    """What lies there is no adapter's settings; the message says how to write them anew."""


@dataclass(frozen=True)
class Distilled:
    """sha256: of the file. shift: of the noise schedule that it was trained on."""

    sha256: str
    steps: int
    shift: float


def folder_of_distilled(models_dir: Path, name: str) -> Path:
    """Where the adapter of model `name` lies."""
    return models_dir / "distilled" / name


def read_distilled(models_dir: Path, name: str) -> Distilled | None:
    """None where nobody gave one. Raises DistilledUnreadable."""
    path = folder_of_distilled(models_dir, name) / _SETTINGS
    try:
        words = json.loads(path.read_text())
        return Distilled(str(words["sha256"]), int(words["steps"]), float(words["shift"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise DistilledUnreadable(f"{path} cannot be read: dramatis models distil {name} writes it again") from error


def write_distilled(folder: Path, distilled: Distilled) -> None:
    """Last of all, and in one go: without it there is no adapter."""
    unfinished = folder / f".{_SETTINGS}"
    unfinished.write_text(json.dumps(asdict(distilled), sort_keys=True) + "\n")
    unfinished.replace(folder / _SETTINGS)
