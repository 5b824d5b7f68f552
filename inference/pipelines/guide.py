"""Classifier-free guidance (Ho & Salimans 2022, arXiv:2207.12598) for one sample's two texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import torch

from inference.parallel.mesh import Link

Text = TypeVar("Text")
Model = Callable[[torch.Tensor, torch.Tensor, Text], torch.Tensor]


@dataclass(frozen=True)
class Guided(Generic[Text]):
    """What to steer towards, what away from, and how hard. At scale 1 only `towards` is asked."""

    towards: Text
    away: Text
    scale: float


def guide(
    model: Model[Text],
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


def reusing_guidance(every: int) -> Callable[[Model[Text], torch.Tensor, torch.Tensor, Guided[Text]], torch.Tensor]:
    """`guide` that asks what to steer away from only at every `every`-th step, and reuses the difference meanwhile.

    Lossy. The difference changes slowly from step to step (cf. FasterCache, arXiv:2410.19355); the guide remembers it,
    so each render needs one of its own.
    """
    step = 0
    difference: torch.Tensor | None = None

    def guide_now_and_then(
        model: Model[Text], latents: torch.Tensor, t: torch.Tensor, conditioning: Guided[Text]
    ) -> torch.Tensor:
        nonlocal step, difference
        towards = model(latents, t, conditioning.towards)
        if conditioning.scale == 1.0:
            return towards
        if difference is None or step % every == 0:
            difference = towards - model(latents, t, conditioning.away)
        step += 1
        return towards + (conditioning.scale - 1) * difference

    return guide_now_and_then


def guide_over(link: Link) -> Callable[[Model[Text], torch.Tensor, torch.Tensor, Guided[Text]], torch.Tensor]:
    """`guide` with one text a rank: the same two forwards, and the same sum on both ranks."""
    if link.size == 1:
        return guide

    def guide_together(
        model: Model[Text], latents: torch.Tensor, t: torch.Tensor, conditioning: Guided[Text]
    ) -> torch.Tensor:
        if conditioning.scale == 1.0:
            return model(latents, t, conditioning.towards)
        mine = model(latents, t, (conditioning.towards, conditioning.away)[link.rank])
        towards, away = link.all_gather(mine)
        return away + conditioning.scale * (towards - away)

    return guide_together
