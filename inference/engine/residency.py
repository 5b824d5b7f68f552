"""What of an engine's models is where, and what this machine can render of them: told to whoever hands out the work."""

from __future__ import annotations

from collections.abc import Mapping

from inference.pipelines.contract import HoldsWeights, Pipeline
from inference.protocol import ModelResidency

Plans = Mapping[str, tuple[bool, str]]  # by model: whether it fits, and in words how


def describe_residency(pipelines: Mapping[str, Pipeline], plans: Plans) -> tuple[ModelResidency, ...]:
    """Of every model. One whose weights never move is always where it computes."""
    return tuple(_describe(name, one, *plans.get(name, (True, ""))) for name, one in pipelines.items())


def _describe(name: str, pipeline: Pipeline, fits: bool, plan: str) -> ModelResidency:
    if not isinstance(pipeline, HoldsWeights):
        return ModelResidency(name=name, on_device=True, fits=fits, plan=plan)
    adapters = pipeline.loaded_adapters
    return ModelResidency(name=name, on_device=pipeline.on_device, adapters=adapters, fits=fits, plan=plan)
