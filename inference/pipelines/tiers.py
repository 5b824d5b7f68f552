"""What each tier is: a promise, and the named policies that it is made of, the same for every model of the Wan family.

exact: the same bits at every number of ranks (`exact.promise` says on which devices that is proven). fast: the same
mathematics in another rounding. draft: lossy. Which policies are on depends on the device and on what its operator
chose, never on the request; `policies/` has one file for each.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import get_args

import torch

from inference.exact.product_flags import product_flags
from inference.parallel.mesh import Mesh
from inference.parallel.sequence import TILE
from inference.pipelines import device_placement
from inference.pipelines.device_placement import UNCHOSEN, DevicePlacement
from inference.pipelines.lora import Adapter
from inference.pipelines.policies.attention import Attention, LossyAttention, say_what_is_missing
from inference.pipelines.policies.batched_guidance import BatchedGuidance
from inference.pipelines.policies.compiled_blocks import CompiledBlocks, has_compiler
from inference.pipelines.policies.contract import Change, Policy
from inference.pipelines.policies.distilled_steps import DistilledSteps
from inference.pipelines.policies.extrapolated_steps import ExtrapolatedSteps
from inference.pipelines.policies.float8_products import Float8Products
from inference.pipelines.policies.graphed_forwards import GraphedForwards
from inference.pipelines.policies.one_shape import OneShape
from inference.pipelines.policies.reused_guidance import ReusedGuidance
from inference.pipelines.policies.tf32 import Tf32
from inference.protocol import Tier
from inference.vendors import vendor_of

FAST_BOUNDS = {torch.float32: 1e-4, torch.bfloat16: 0.02}
"""How far the fast tier's latents may lie from the exact ones of its precision after a whole loop, as
|fast - exact| / |exact|.

Held by `scripts/bench tiers` on the CPU. With TF32, and with a GPU's kernels, it is unmeasured: `scripts/bench gpu`
says what it is there.
"""

_MAY_CHANGE: dict[Tier, tuple[Change, ...]] = {
    "exact": ("nothing",), "fast": ("nothing", "rounding"), "draft": get_args(Change)
}  # fmt: skip
_ALWAYS = ("guidance as two forwards", "tiled VAE", "noise drawn on the CPU")
_PLAIN = {"attention": "torch's own choice", "products": "in full", "shapes": "as they come", "blocks": "as they are"}
_BACKENDS = {"plain": "_native_math", "cudnn": "_native_cudnn", "flash3": "_flash_3"}


class PromiseBroken(ValueError):
    """A policy changes more than the tier promises."""


def choose_policies(
    tier: Tier,
    device: torch.device,
    placement: DevicePlacement = UNCHOSEN,
    *,
    batch_tokens: int = 0,
    guidance_ranks: int = 1,
    distilled: Adapter | None = None,
) -> tuple[Policy, ...]:
    """A tier's policies on a kind of device, in the order in which they are applied.

    batch_tokens: of one text, up to which two find room together. A CPU has no kernels but its own, unless `placement`
    asks for others; ranks that hold one text each have no guidance to save.
    distilled: with which a draft has few steps, and none to leave out.
    """
    if tier == "exact":
        return (OneShape(vendor_of(device).row_tile),)
    on_host = device.type == "cpu"
    unproven = _choose_unproven(tier, placement)
    chosen: list[Policy | None] = [
        Tf32() if vendor_of(device).tf32 else None,
        _choose_attention(tier, device, placement.attention),
        None if on_host or Float8Products() in unproven or not has_compiler() else CompiledBlocks(),
        None if on_host or not batch_tokens or guidance_ranks > 1 else BatchedGuidance(batch_tokens),
        *unproven,
        *(_choose_lossy(guidance_ranks, distilled) if tier == "draft" else ()),
    ]
    return tuple(policy for policy in chosen if policy is not None)


def _choose_unproven(tier: Tier, placement: DevicePlacement) -> tuple[Policy, ...]:
    """What no card has tried yet, and is on where it was asked for."""
    float8 = tier == "draft" and placement.products == "float8"
    return (*((Float8Products(),) if float8 else ()), *((GraphedForwards(),) if placement.graphs == "on" else ()))


def _choose_lossy(guidance_ranks: int, distilled: Adapter | None) -> tuple[Policy, ...]:
    if distilled is not None:
        return (DistilledSteps(distilled),)
    return (*(() if guidance_ranks > 1 else (ReusedGuidance(),)), ExtrapolatedSteps())


def hold_to_promise(tier: Tier, policies: tuple[Policy, ...]) -> tuple[Policy, ...]:
    """`policies`. Raises PromiseBroken, naming those that the tier must not have: of the exact one, all
    that change anything."""
    beyond = [f"{policy.name} changes the {policy.changes}" for policy in policies if _breaks(tier, policy)]
    if beyond:
        raise PromiseBroken(f"the {tier} tier promises more: {', '.join(beyond)}")
    return policies


def check_placement(placement: DevicePlacement, device: torch.device) -> None:
    """Raises PolicyUnavailable, saying what is missing, when `device` cannot compute it so."""
    attention = None if placement.attention == "auto" else _choose_attention("draft", device, placement.attention)
    for policy in (attention, *_choose_unproven("draft", placement)):
        if policy is not None:
            policy.check(device)


def list_kernels(policies: tuple[Policy, ...]) -> tuple[str, ...]:
    """Every kind of kernel, the plain ones too and by version: what receipts and checkpoints name."""
    kinds = dict(_PLAIN)
    for policy in policies:
        kinds |= policy.kernels()
    return tuple(f"{kind}: {which}" for kind, which in kinds.items())


def is_repeatable(policies: tuple[Policy, ...]) -> bool:
    """Whether what a render is told alone decides how it is computed."""
    return any(policy.repeatable for policy in policies)


def product_switches(policies: tuple[Policy, ...]) -> AbstractContextManager[None]:
    """Around everything that a render computes: see `exact.product_flags`."""
    return product_flags(tf32=any(policy.tf32 for policy in policies), deterministic=is_repeatable(policies))


def switched_on(policies: tuple[Policy, ...], mesh: Mesh) -> tuple[str, ...]:
    """Everything that a render with them has on, in words for its receipt."""
    ranks = f"{mesh.size} ranks: guidance {mesh.guidance.size}, sequence {mesh.sequence.size}"
    padded = () if is_repeatable(policies) else (f"rows padded to tiles of {TILE}",)
    return (*_ALWAYS, *padded, *(policy.words() for policy in policies), *([ranks] if mesh.size > 1 else []))


def _breaks(tier: Tier, policy: Policy) -> bool:
    return policy.changes not in _MAY_CHANGE[tier]


def _choose_attention(
    tier: Tier, device: torch.device, attention: device_placement.Attention
) -> Attention | LossyAttention | None:
    """None is torch's own choice. By itself no tier takes what quantises: on no card has it been compared yet."""
    if attention == "sage" and tier == "draft":
        return LossyAttention("sage")
    if attention in _BACKENDS:
        return Attention(_BACKENDS[attention])
    if attention == "native":
        return None
    fastest = (one for one in vendor_of(device).attention if say_what_is_missing(one) is None)
    return next((Attention(backend) for backend in fastest), None)
