"""The request's own noise: the same numbers on every device and at every world size."""

from __future__ import annotations

import torch


def draw_noise(shape: tuple[int, ...], seed: int) -> torch.Tensor:
    """Standard normal noise, float32 on the CPU, of the whole `shape`; slice and move it afterwards, never before.

    The generator belongs to this call alone, so nothing that ran earlier in the process can change the draw.
    `seed` in [0, 2**63).
    """
    generator = torch.Generator(device="cpu").manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float32, device="cpu")
