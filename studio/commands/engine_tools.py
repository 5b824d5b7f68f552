"""Commands that the engine answers itself, run as a child: the product imports none of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Literal

from studio.config import Settings


def run_registry(
    action: Literal["prepare", "verify", "doctor", "pull", "distil", "remove"], words: Sequence[str] = ()
) -> int:
    """Run an action of the models' registry on the cache folder of the settings; returns its exit status."""
    return run_engine_tool("registry", ["--cache", str(Settings().models_dir), action, *words])


def ask_memory_plans() -> dict[str, list[str]]:
    """Model → what it would do with this machine's memory, in words; empty where the engine's side cannot say."""
    command = [sys.executable, "-m", "inference.registry", "plan", "--json"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return dict(json.loads(done.stdout)["plans"]) if done.returncode == 0 else {}


def calibrate_faces(words: Sequence[str]) -> int:
    """Measure the threshold of the face pack of the settings; returns the exit status."""
    settings = Settings()
    pack = settings.chosen_face_pack
    chosen = [] if pack is None else ["--pack", str(pack[0]), "--threshold", str(pack[1])]
    return run_engine_tool("identity", ["calibrate", *words, "--cache", str(settings.models_dir), *chosen])


def run_engine_tool(module: str, words: Sequence[str]) -> int:
    """Run `python -m inference.<module> …`, its output straight through; returns its exit status."""
    return subprocess.run([sys.executable, "-m", f"inference.{module}", *words], check=False).returncode
