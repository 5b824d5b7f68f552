"""Both texts in one forward: products of twice the rows. Changes rounding.

It fills twice the memory of a step and pays where one text alone leaves a device idle, so only clips of few tokens are
rendered so: at most as many as leave a step within what the model's usual clip fills, for which room is kept anyway (a
twentieth more at most: what does not grow with the tokens).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

import torch

from inference.catalogue import ModelCard
from inference.cost import count_tokens
from inference.memory import ROW_TILE
from inference.pipelines.guide import Guided, Model, ask_in_turn, guide_by
from inference.pipelines.policies.contract import Change, Policy, Running

Inputs = dict[str, torch.Tensor]


@dataclass(frozen=True)
class BatchedGuidance(Policy):
    """most_tokens: of one text, up to which two go together. Ranks that hold one text each have nothing to join."""

    most_tokens: int

    name: ClassVar[str] = "batched guidance"
    changes: ClassVar[Change] = "rounding"
    price: ClassVar[str] = "within the fast tier's bounds on a CPU; unmeasured elsewhere"

    def words(self) -> str:
        return f"guidance in one batch up to {self.most_tokens} tokens"

    @contextmanager
    def applied(self, running: Running) -> Iterator[None]:
        if running.ask is ask_in_turn and running.tokens <= self.most_tokens:
            running.ask, running.guide = ask_in_one_batch, guide_by(ask_in_one_batch)
        yield


def count_batch_tokens(card: ModelCard) -> int:
    """Half of what the model's usual clip has, in whole tiles; 0 of a model whose architecture is not known."""
    return 0 if card.shape is None else count_tokens(*card.default_job) // 2 // ROW_TILE * ROW_TILE


def ask_in_one_batch(
    model: Model[Inputs], latents: torch.Tensor, t: torch.Tensor, conditioning: Guided[Inputs]
) -> tuple[torch.Tensor, torch.Tensor]:
    """(towards, away) from one forward of two samples, whose latents are the same."""
    away = conditioning.away
    both = {name: torch.cat([tensor, away[name]]) for name, tensor in conditioning.towards.items()}
    towards_said, away_said = model(torch.cat([latents, latents]), t, both).chunk(2)
    return towards_said, away_said
