"""What a policy is: one thing that a render may do otherwise than the exact tier.

A policy is a frozen value whose fields are its parameters. It says what it changes, what it needs, and is applied to
one denoise loop at a time, after which nothing of it is left: no switch, no hook, no memory. What it has to remember
between two steps lies in `Running.memory`, which checkpoints keep, so that a render that goes on has the bits of one
that was never stopped. It decides by what every rank knows alike, never by numbers that two could round otherwise.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import torch

from inference.pipelines.guide import Ask, Guide, Guided, Model, Text, ask_in_turn, guide

if TYPE_CHECKING:
    from inference.parallel.sequence import Transformer
    from inference.pipelines.lora import Adapter

Change = Literal["nothing", "rounding", "picture"]
Memory = dict[str, torch.Tensor]


class PolicyUnavailable(ValueError):
    """This machine cannot do what it was told to; the message says what is missing and what to try."""


@dataclass
class Running:
    """One denoise loop while it is set up. A policy may replace `ask` and `guide`, and switch the experts' kernels.

    experts: the transformers of this loop. tokens: of one forward. steps: of the whole walk, those done before too;
    step: the one that is under way, from 0; turns: those with which another expert begins, the first one among them.
    adapted: whether a LoRA acts. stays: whether the weights do, where they are, and no other rank is waited for.
    compiled: whether a compiler looks into the blocks. ask: brings both texts' predictions.
    """

    experts: tuple[Transformer, ...]
    tokens: int = 0
    steps: int = 1
    step: int = 0
    turns: tuple[int, ...] = (0,)
    adapted: bool = False
    stays: bool = False
    memory: Memory = field(default_factory=dict)
    ask: Ask[Any] = ask_in_turn
    guide: Guide[Any] = guide
    compiled: bool = False

    def guide_step(
        self, model: Model[Text], latents: torch.Tensor, t: torch.Tensor, conditioning: Guided[Text]
    ) -> torch.Tensor:
        """The loop's own guide: `guide` as the policies made it, counting steps."""
        made: torch.Tensor = self.guide(model, latents, t, conditioning)
        self.step += 1
        return made


@dataclass(frozen=True)
class Policy(ABC):
    """Does nothing by itself. changes: how products are rounded, or what is seen. price: of the picture, in words.

    tf32, repeatable: of all products and convolutions of the render, switches of the process (`exact.product_flags`):
    whether they may be rounded to TF32, and whether what they are told alone decides how they are computed.
    """

    name: ClassVar[str]
    changes: ClassVar[Change]
    price: ClassVar[str]
    tf32: ClassVar[bool] = False
    repeatable: ClassVar[bool] = False

    @property
    def adapters(self) -> tuple[Adapter, ...]:
        """What acts in every render, before the adapters of its cast."""
        return ()

    @abstractmethod
    def words(self) -> str:
        """What is on, with its parameters: for receipts, and part of the digest."""

    def kernels(self) -> dict[str, str]:
        """The kinds of kernels that it chooses, of attention, products, shapes and blocks, by version: see receipts."""
        return {}

    def check(self, device: torch.device) -> None:
        """Raises PolicyUnavailable where `device`, or what is installed here, cannot do it."""
        return

    def fills(self, expert: Transformer) -> int:
        """Bytes on the device beside what a step of this transformer fills anyway."""
        return 0

    def applied(self, running: Running) -> AbstractContextManager[None]:
        """While it lasts, the loop runs so; afterwards all is as it was."""
        return nullcontext()


@contextmanager
def apply_policies(policies: tuple[Policy, ...], running: Running) -> Iterator[None]:
    """All of them, in this order; undone in the other one."""
    with ExitStack() as stack:
        for policy in policies:
            stack.enter_context(policy.applied(running))
        yield
