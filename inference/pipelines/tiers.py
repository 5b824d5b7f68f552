"""What each tier switches on: the one place where a render trades bits for speed, and says so in its receipt.

exact: the same bits at every number of ranks, by products whose shapes do not depend on it (`exact.promise` says on
which devices that is proven). fast: the same mathematics in another rounding. draft: lossy. Kernels are switched for
one render and back: none leaves a trace in the next one's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from importlib.metadata import packages_distributions, version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import torch

from inference.parallel.fixed_shapes import fixed_shapes
from inference.parallel.mesh import Link, Mesh
from inference.parallel.sequence import TILE
from inference.pipelines.device_placement import Attention
from inference.pipelines.guide import guide_over, reusing_guidance
from inference.protocol import Tier
from inference.vendors import NEEDS, vendor_of

if TYPE_CHECKING:
    from inference.parallel.sequence import Transformer

FAST_BOUNDS = {torch.float32: 1e-4, torch.bfloat16: 0.02}
"""How far the fast tier's latents may lie from the exact ones of its precision after a whole loop, as
|fast - exact| / |exact|.

Held by `scripts/bench tiers` on the CPU. With TF32, and with a GPU's kernels, it is unmeasured: `scripts/bench gpu`
says what it is there.
"""

_ALWAYS = ("guidance as two forwards", "tiled VAE", "noise drawn on the CPU")
_REUSED_EVERY = 2
_BACKENDS: dict[Attention, str | None] = {
    "native": None, "plain": "_native_math", "cudnn": "_native_cudnn", "flash3": "_flash_3"
}  # fmt: skip
_ATTENTION_WORDS = {
    "_flash_3": "FlashAttention 3", "_native_cudnn": "cuDNN attention", "_native_npu": "NPU attention",
    "_native_math": "plain attention",
}  # fmt: skip


class AttentionUnavailable(ValueError):
    """This machine has not the attention that its engine was told to use."""


@dataclass(frozen=True)
class Kernels:
    """How one render's products are computed.

    attention: a backend of diffusers, None for torch's own choice; compiler: of the repeated blocks, None for none.
    row_tile: rows a product, whatever the number of ranks; None for as many as a rank has.
    """

    attention: str | None = None
    compiler: str | None = None
    tf32: bool = False
    row_tile: int | None = None

    @property
    def repeatable(self) -> bool:
        """Whether what is told alone decides how it is computed."""
        return self.row_tile is not None

    def words(self) -> tuple[str, ...]:
        """What differs from the plain kernels, for the receipt."""
        attention = self.attention and _ATTENTION_WORDS[self.attention]
        return tuple(
            word
            for word in (
                self.row_tile and f"products of {self.row_tile} rows, attention by single heads",
                self.tf32 and "TF32 products",
                attention,
                self.compiler and "compiled blocks where no adapter acts",
            )
            if word
        )

    def facts(self) -> tuple[str, ...]:
        """All of it, the plain kernels too and by version: what receipts and checkpoints name."""
        attention = "torch's own choice" if self.attention is None else _ATTENTION_WORDS[self.attention]
        module = NEEDS.get(self.attention or "")
        return (
            f"attention: {attention}{_version_of(module) if module else ''}",
            f"products: {'TF32' if self.tf32 else 'in full'}",
            f"shapes: {f'{self.row_tile} rows, single heads' if self.row_tile else 'as they come'}",
            f"blocks: {self.compiler or 'as they are'}",
        )


def choose_kernels(tier: Tier, device: torch.device, attention: Attention = "auto") -> Kernels:
    """A tier's kernels on a kind of device; `attention` is the choice of the tiers that may round otherwise."""
    if tier == "exact":
        return Kernels(row_tile=vendor_of(device).row_tile)
    backend = _fastest_attention(device) if attention == "auto" else _BACKENDS[attention]
    return Kernels(backend) if device.type == "cpu" else Kernels(backend, "inductor", tf32=vendor_of(device).tf32)


def check_attention(attention: Attention, device: torch.device) -> None:
    """Raises AttentionUnavailable, saying what is there, when `device` cannot compute it so."""
    backend = _BACKENDS.get(attention)
    if attention in ("cudnn", "flash3") and backend not in vendor_of(device).attention:
        raise AttentionUnavailable(f"{attention} attention is for NVIDIA's GPUs, not {device.type}: try auto or native")
    if backend is not None and not _is_installed(backend):
        raise AttentionUnavailable("FlashAttention 3 (flash_attn_interface) is not installed: try auto or cudnn")


def _fastest_attention(device: torch.device) -> str | None:
    """The fastest backend that is lossless and installed: FlashAttention 3, else cuDNN's; Ascend has its own."""
    return next((backend for backend in vendor_of(device).attention if _is_installed(backend)), None)


def _is_installed(backend: str) -> bool:
    return backend not in NEEDS or find_spec(NEEDS[backend]) is not None


def _version_of(module: str) -> str:
    """Of the distribution that brings `module`, with a space before it."""
    return "".join(f" {version(name)}" for name in packages_distributions().get(module, ())[:1])


def switched_on(tier: Tier, kernels: Kernels, mesh: Mesh) -> tuple[str, ...]:
    """Everything that a render of this tier has on, in words for its receipt."""
    padded = () if kernels.row_tile else (f"rows padded to tiles of {TILE}",)
    words = [*_ALWAYS, *padded, *kernels.words()]
    if _reuses(tier, mesh.guidance):
        words.append(f"guidance computed every {_REUSED_EVERY} steps")
    if mesh.size > 1:
        words.append(f"{mesh.size} ranks: guidance {mesh.guidance.size}, sequence {mesh.sequence.size}")
    return tuple(words)


def choose_guide(tier: Tier, link: Link) -> Callable[..., torch.Tensor]:
    """The guide of one render of this tier."""
    return reusing_guidance(_REUSED_EVERY) if _reuses(tier, link) else guide_over(link)


@contextmanager
def tuned(transformer: Transformer, kernels: Kernels) -> Iterator[None]:
    """While it lasts, `transformer` computes with `kernels`; afterwards with the plain ones again.

    `kernels.tf32` is a switch of the whole process: see `exact.product_flags`.
    """
    _set_attention(transformer, kernels.attention)
    if kernels.compiler is not None:
        _compile_blocks(transformer, kernels.compiler)
    try:
        with fixed_shapes(transformer, kernels.row_tile) if kernels.row_tile else nullcontext():
            yield
    finally:
        _set_attention(transformer, None)
        for block in _repeated_blocks(transformer):
            block._compiled_call_impl = None


def _set_attention(transformer: Transformer, backend: str | None) -> None:
    """For every attention, ours and diffusers'; None is torch's own choice."""
    for module in transformer.modules():
        processor: Any = getattr(module, "processor", None)
        if hasattr(processor, "_attention_backend"):
            processor._attention_backend = backend


def _compile_blocks(transformer: Transformer, compiler: str) -> None:
    """Block by block: one compiled block serves all of its repetitions, so that compiling takes seconds, not minutes.

    What was compiled is kept with the block and taken up again by the next render.
    """
    for block in _repeated_blocks(transformer):
        kept = block.__dict__.setdefault("_kept_compiled", {})
        if compiler not in kept:
            kept[compiler] = torch.compile(block._call_impl, backend=compiler, dynamic=True)
        block._compiled_call_impl = kept[compiler]


def _repeated_blocks(transformer: Transformer) -> Iterator[Any]:
    names = transformer._repeated_blocks
    return (module for module in transformer.modules() if type(module).__name__ in names)


def _reuses(tier: Tier, link: Link) -> bool:
    """Ranks that hold one text each save nothing by it."""
    return tier == "draft" and link.size == 1
