"""Policies around a bare transformer, as a render has them on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

import torch

from inference.pipelines.guide import Guided
from inference.pipelines.policies.attention import Attention
from inference.pipelines.policies.batched_guidance import BatchedGuidance
from inference.pipelines.policies.contract import Policy, PolicyUnavailable, Running, apply_policies
from inference.pipelines.policies.float8_products import Float8Products
from inference.pipelines.policies.graphed_forwards import GraphedForwards
from inference.pipelines.tiers import choose_policies, product_switches


@contextmanager
def applied(policies: tuple[Policy, ...], transformer: torch.nn.Module) -> Iterator[Running]:
    """A loop of this transformer alone."""
    running = Running((transformer,), stays=True)
    with product_switches(policies), apply_policies(policies, running):
        yield running


def price_policies(
    transformer: torch.nn.Module,
    told: dict[str, torch.Tensor],
    device: torch.device,
    seconds: Callable[[Callable[[], torch.Tensor]], float],
) -> Iterator[tuple[str, float]]:
    """Name and seconds of a step of both texts by each policy alone, over those of the exact tier.

    Of the fast tier, whose place two others take on a CPU, and what is on only where it is asked for.
    """

    def time(policies: tuple[Policy, ...]) -> float:
        with guided_step(policies, transformer, told) as step:
            return seconds(step)

    exact_s = time(choose_policies("exact", device))
    chosen = choose_policies("fast", device, batch_tokens=10**9)
    for policy in (*(chosen or (Attention("_native_math"), BatchedGuidance(10**9))), *_what_it_can(device)):
        yield policy.name.replace(" ", "_"), round(time((policy,)) / exact_s, 3)


def _what_it_can(device: torch.device) -> Iterator[Policy]:
    for policy in (Float8Products(), GraphedForwards()):
        with suppress(PolicyUnavailable):
            policy.check(device)
            yield policy


@contextmanager
def guided_step(
    policies: tuple[Policy, ...], transformer: torch.nn.Module, told: dict[str, torch.Tensor]
) -> Iterator[Callable[[], torch.Tensor]]:
    """A step of both texts; `told`: a transformer's arguments for one of them."""
    text = {"encoder_hidden_states": told["encoder_hidden_states"]}

    def model(latents: torch.Tensor, t: torch.Tensor, text: dict[str, torch.Tensor]) -> torch.Tensor:
        made: torch.Tensor = transformer(latents, t.expand(len(latents)), return_dict=False, **text)[0]
        return made

    with applied(policies, transformer) as running:
        yield partial(
            running.guide_step, model, told["hidden_states"], told["timestep"][0], Guided(text, text, scale=5.0)
        )
