"""What an engine process is among others."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

LOADS_TORCH = "from inference.worker.child_process import let_waiting_threads_sleep as sleep; sleep(); import torch"


@pytest.mark.parametrize(("given", "found"), [({}, "PASSIVE"), ({"OMP_WAIT_POLICY": "active"}, "ACTIVE")])
def test_threads_that_wait_leave_their_core_to_others_unless_told_otherwise(given: dict[str, str], found: str) -> None:
    others = {name: word for name, word in os.environ.items() if name != "OMP_WAIT_POLICY"}
    environment = others | {"OMP_DISPLAY_ENV": "true"} | given  # the library says which policy it has read
    told = subprocess.run([sys.executable, "-c", LOADS_TORCH], env=environment, capture_output=True, text=True)
    assert f"OMP_WAIT_POLICY = '{found}'" in told.stderr
