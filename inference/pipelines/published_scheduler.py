"""The scheduler of one render: of the kind that the model's authors use, shifted as they shift it or as was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from diffusers import SchedulerMixin

    from inference.recipes import Recipe


def choose_scheduler(loaded: SchedulerMixin, recipe: Recipe | None, shift: float | None) -> SchedulerMixin:
    """`loaded` came with the weights, whose repositories give every size the shift 3; a model without a recipe uses it.

    `shift`: None for the published one.
    """
    if recipe is None:
        return loaded
    from diffusers import (
        DPMSolverMultistepScheduler,
        FlowMatchEulerDiscreteScheduler,
        UniPCMultistepScheduler,
    )

    shift = shift or recipe.shift
    if recipe.scheduler == "euler":
        return FlowMatchEulerDiscreteScheduler(loaded.config.num_train_timesteps, shift=shift)
    flow = {"use_flow_sigmas": True, "prediction_type": "flow_prediction"}
    kind = DPMSolverMultistepScheduler if recipe.scheduler == "dpmsolver" else UniPCMultistepScheduler
    multistep: SchedulerMixin = kind.from_config(loaded.config, flow_shift=shift, **flow)
    return multistep
