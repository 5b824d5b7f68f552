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


Ask = Callable[[Model[Text], torch.Tensor, torch.Tensor, Guided[Text]], tuple[torch.Tensor, torch.Tensor]]
Guide = Callable[[Model[Text], torch.Tensor, torch.Tensor, Guided[Text]], torch.Tensor]


def ask_in_turn(
    model: Model[Text], latents: torch.Tensor, t: torch.Tensor, conditioning: Guided[Text]
) -> tuple[torch.Tensor, torch.Tensor]:
    """What `model` says of both texts, (towards, away): two forwards, so that two ranks can take one each."""
    return model(latents, t, conditioning.towards), model(latents, t, conditioning.away)


def ask_over(link: Link) -> Ask[Text]:
    """`ask_in_turn` with one text a rank: the same two forwards, and the same answers on both ranks."""
    if link.size == 1:
        return ask_in_turn

    def ask_together(
        model: Model[Text], latents: torch.Tensor, t: torch.Tensor, conditioning: Guided[Text]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        mine = model(latents, t, (conditioning.towards, conditioning.away)[link.rank])
        towards, away = link.all_gather(mine)
        return towards, away

    return ask_together


def guide_by(ask: Ask[Text]) -> Guide[Text]:
    """away + scale · (towards - away), of what `ask` brings."""

    def guide_so(
        model: Model[Text], latents: torch.Tensor, t: torch.Tensor, conditioning: Guided[Text]
    ) -> torch.Tensor:
        if conditioning.scale == 1.0:
            return model(latents, t, conditioning.towards)
        towards, away = ask(model, latents, t, conditioning)
        return away + conditioning.scale * (towards - away)

    return guide_so


def guide(model: Model[Text], latents: torch.Tensor, t: torch.Tensor, conditioning: Guided[Text]) -> torch.Tensor:
    """By two forwards, one after the other."""
    return guide_by(ask_in_turn)(model, latents, t, conditioning)


def guide_over(link: Link) -> Guide[Text]:
    """`guide` with one text a rank."""
    return guide_by(ask_over(link))
