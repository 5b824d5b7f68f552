"""What a take hands from its first half, on the device, to its second one, beside it."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from inference.engine.dialogue import Dialogue
from inference.engine.identity_scoring import Comparison
from inference.pipelines.contract import Prepared
from inference.protocol import UsedLook


@dataclass(frozen=True)
class DenoisedTake:
    """What a take has once its latents are done: all that decoding, scoring and delivering need."""

    prepared: Prepared
    latents: torch.Tensor
    notes: tuple[str, ...]
    comparison: Comparison
    looks: tuple[UsedLook, ...]
    dialogue: Dialogue | None = None
