"""What each tier switches on: the one place where a render trades bits for speed, and says so in its receipt.

exact: the same bits at every number of ranks (on the CPU proven; on a GPU see docs/benchmarks.md). fast: the same
mathematics in another rounding. draft: lossy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch

from inference.parallel.mesh import Link, Mesh
from inference.parallel.sequence import TILE
from inference.pipelines.guide import guide_over, reusing_guidance
from inference.protocol import Tier

if TYPE_CHECKING:
    from inference.parallel.sequence import Transformer

_ALWAYS = ("guidance as two forwards", f"rows in tiles of {TILE}", "tiled VAE", "noise drawn on the CPU")
_REUSED_EVERY = 2


def switched_on(tier: Tier, device: torch.device, mesh: Mesh) -> tuple[str, ...]:
    """Everything that a render of this tier has on, in words for its receipt."""
    words = [*_ALWAYS]
    if tier != "exact" and device.type == "cuda":
        words += ["TF32 products", "cuDNN attention", "compiled blocks"]
    if _reuses(tier, mesh.guidance):
        words.append(f"guidance computed every {_REUSED_EVERY} steps")
    if mesh.size > 1:
        words.append(f"{mesh.size} ranks: guidance {mesh.guidance.size}, sequence {mesh.sequence.size}")
    return tuple(words)


def choose_guide(tier: Tier, link: Link) -> Callable[..., torch.Tensor]:
    """The guide of one render of this tier."""
    return reusing_guidance(_REUSED_EVERY) if _reuses(tier, link) else guide_over(link)


@contextmanager
def tuned(transformer: Transformer, tier: Tier, device: torch.device) -> Iterator[None]:
    """While it lasts, the device's kernels are those of the tier. On the CPU all tiers have the same kernels."""
    if device.type != "cuda":
        yield
        return
    before = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    fast = tier != "exact"
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = fast
    _set_attention(transformer, "_native_cudnn" if fast else None)
    if fast:
        _compile_blocks(transformer)
    try:
        yield
    finally:
        torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = before


def _set_attention(transformer: Transformer, backend: str | None) -> None:
    """For every attention, ours and diffusers'; None is torch's own choice."""
    for module in transformer.modules():
        processor: Any = getattr(module, "processor", None)
        if hasattr(processor, "_attention_backend"):
            processor._attention_backend = backend


def _compile_blocks(transformer: Transformer) -> None:
    """Once a model: one compiled block serves all of its repetitions, so that compiling takes seconds, not minutes."""
    if not getattr(transformer, "_dramatis_compiled", False):
        transformer.compile_repeated_blocks(fullgraph=False, dynamic=True)
        transformer._dramatis_compiled = True


def _reuses(tier: Tier, link: Link) -> bool:
    """Ranks that hold one text each save nothing by it."""
    return tier == "draft" and link.size == 1
