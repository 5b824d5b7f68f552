"""Classifier-free guidance (Ho & Salimans 2022, arXiv:2207.12598) for one sample's two texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import torch

Text = TypeVar("Text")


@dataclass(frozen=True)
class Guided(Generic[Text]):
    """What to steer towards, what away from, and how hard. At scale 1 only `towards` is asked."""

    towards: Text
    away: Text
    scale: float


def guide(
    model: Callable[[torch.Tensor, torch.Tensor, Text], torch.Tensor],
    latents: torch.Tensor,
    t: torch.Tensor,
    conditioning: Guided[Text],
) -> torch.Tensor:
    """away + scale · (towards − away): two forwards of `model`, so that two ranks can take one each."""
    towards = model(latents, t, conditioning.towards)
    if conditioning.scale == 1.0:
        return towards
    away = model(latents, t, conditioning.away)
    return away + conditioning.scale * (towards - away)
