"""Commands that the engine answers itself, run as a child: the product imports none of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence


def run_engine_tool(module: str, words: Sequence[str]) -> int:
    """Run `python -m inference.<module> …`, its output straight through; returns its exit status."""
    return subprocess.run([sys.executable, "-m", f"inference.{module}", *words], check=False).returncode
