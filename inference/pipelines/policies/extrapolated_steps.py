"""Steps whose prediction is extrapolated from the last two that were computed. Changes the picture.

TaylorSeer (arXiv:2503.06923) of first order over the model's output. It is the same result as diffusers' hook
`TaylorSeerCacheConfig(use_lite_mode=True)` gives with one text, bit for bit (a test says so), but nothing is hooked: an
extrapolated step does not call the transformer at all, so weights that wait elsewhere stay there, compiled blocks stay
compiled, and no other render can notice. `inference/step_plan.py` says which steps; docs/decisions/0033 why none of
diffusers' caches of block residuals serves these models.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import torch

from inference.pipelines.guide import Guide, Guided, Model, Text
from inference.pipelines.policies.contract import Change, Policy, Running
from inference.step_plan import EVERY, NEEDED, WARM, plan_steps

_BEFORE, _LAST = "extrapolated steps: before", "extrapolated steps: last"


@dataclass(frozen=True)
class ExtrapolatedSteps(Policy):
    """every: one step in so many is computed, once the first `warm` (a share of all) are done."""

    every: int = EVERY
    warm: float = WARM

    name: ClassVar[str] = "extrapolated steps"
    changes: ClassVar[Change] = "picture"
    price: ClassVar[str] = "on random weights: docs/benchmarks.md; on true ones unmeasured"

    def words(self) -> str:
        return f"steps computed one in {self.every} after the first {self.warm:.0%}, the others extrapolated (order 1)"

    @contextmanager
    def applied(self, running: Running) -> Iterator[None]:
        plan = plan_steps(running.steps, self.every, self.warm, running.turns)
        running.guide = _extrapolate(running, plan)
        yield


def _extrapolate(running: Running, plan: tuple[bool, ...]) -> Guide[Any]:
    inner, memory = running.guide, running.memory

    def guide_or_extrapolate(
        model: Model[Text], latents: torch.Tensor, t: torch.Tensor, conditioning: Guided[Text]
    ) -> torch.Tensor:
        step = running.step
        if plan[step]:
            made = inner(model, latents, t, conditioning)
            memory[_BEFORE], memory[_LAST] = memory.get(_LAST, made), made
            return made
        before, last = [k for k in range(step) if plan[k]][-NEEDED:]
        slope = (memory[_LAST].float() - memory[_BEFORE].float()) / (last - before)
        return (memory[_LAST].float() + slope * (step - last)).to(memory[_LAST].dtype)

    return guide_or_extrapolate
