"""A handful of steps without guidance, by an adapter that was distilled for it. Changes the picture.

Progressive or distribution-matching distillation (LightX2V's 4 and 8 steps, CausVid, arXiv:2412.07772) leaves a LoRA
whose walk is short. Steps, shift and guidance are defaults of the draft tier then (`inference/distilled.py`); a request
may name others. There is nothing left to reuse or to extrapolate, so this stands in place of those policies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from inference.pipelines.lora import Adapter, AdapterDoesNotFit, LoraSlots
from inference.pipelines.policies.contract import Change, Policy, PolicyUnavailable


@dataclass(frozen=True)
class DistilledSteps(Policy):
    """adapter: acts before those of the cast, in one of the slots."""

    adapter: Adapter

    name: ClassVar[str] = "distilled steps"
    changes: ClassVar[Change] = "picture"
    price: ClassVar[str] = "the adapter's own; unmeasured, with VACE's control too"

    def words(self) -> str:
        return f"few steps by the adapter {self.adapter.sha256}"

    @property
    def adapters(self) -> tuple[Adapter, ...]:
        return (self.adapter,)


def check_distilled(adapter: Adapter | None, slots: LoraSlots) -> None:
    """Raises PolicyUnavailable where it is no adapter of this model: the operator's fault, and no request's."""
    if adapter is None:
        return
    try:
        slots.check(adapter)
    except AdapterDoesNotFit as error:
        raise PolicyUnavailable(
            f"the draft tier's adapter: {error}. Give another one: dramatis models distil"
        ) from error
