"""Guidance computed now and then: between, the difference of the two texts is the last one. Changes the picture.

The difference changes slowly from step to step (cf. FasterCache, arXiv:2410.19355). A quarter of all forwards is saved
when it is computed at every other step.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import torch

from inference.pipelines.guide import Guide, Guided, Model, Text
from inference.pipelines.policies.contract import Change, Policy, Running
from inference.step_plan import GUIDANCE_EVERY

_DIFFERENCE, _CALLS, _ASKED = "reused guidance: difference", "reused guidance: calls", "reused guidance: asked at"


@dataclass(frozen=True)
class ReusedGuidance(Policy):
    """every: at how many steps that are computed the second text is asked once, and with each new expert.

    At guidance 1 it changes nothing.
    """

    every: int = GUIDANCE_EVERY

    name: ClassVar[str] = "reused guidance"
    changes: ClassVar[Change] = "picture"
    price: ClassVar[str] = "on random weights: docs/benchmarks.md; on true ones unmeasured"

    def words(self) -> str:
        return f"guidance computed every {self.every} steps"

    @contextmanager
    def applied(self, running: Running) -> Iterator[None]:
        running.guide = _reuse(running, self.every)
        yield


def _reuse(running: Running, every: int) -> Guide[Any]:
    ask, memory = running.ask, running.memory

    def guide_now_and_then(
        model: Model[Text], latents: torch.Tensor, t: torch.Tensor, conditioning: Guided[Text]
    ) -> torch.Tensor:
        if conditioning.scale == 1.0:
            return model(latents, t, conditioning.towards)
        calls, asked = (int(memory.get(name, torch.tensor(-1))) for name in (_CALLS, _ASKED))
        memory[_CALLS] = torch.tensor(calls + 1)
        if (calls + 1) % every and not any(asked < turn <= running.step for turn in running.turns):
            towards = model(latents, t, conditioning.towards)
        else:
            towards, away = ask(model, latents, t, conditioning)
            memory[_DIFFERENCE], memory[_ASKED] = towards - away, torch.tensor(running.step)
        return towards + (conditioning.scale - 1) * memory[_DIFFERENCE]

    return guide_now_and_then
