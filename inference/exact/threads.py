"""How many threads compute. It is part of what makes two renders the same, so every process of an engine has it."""

from __future__ import annotations

import torch

THREADS = 2


def fix_threads() -> None:
    """For torch, in this process."""
    torch.set_num_threads(THREADS)
