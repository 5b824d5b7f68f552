"""The real worker with a small pulled model, on a machine whose accelerator is the second device."""

from __future__ import annotations

import os
import runpy
from pathlib import Path

from tests.inference.second_device.twin import register

LIBRARY = "TWIN_LIBRARY"

if __name__ == "__main__":
    register(Path(os.environ[LIBRARY]))
    runpy.run_module("tests.inference.small_pulled", run_name="__main__")
