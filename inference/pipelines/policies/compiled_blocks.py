"""Repeated blocks compiled: sums are fused and ordered otherwise. Changes rounding.

Block by block, as diffusers' `compile_repeated_blocks` does it: one compiled block serves all of its repetitions, so
that compiling takes seconds, not minutes. Unlike there, what was compiled is kept beside the block and taken up again
by the next render that wants it, and blocks are as they were for the others.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

import torch

from inference.pipelines.policies.contract import Change, Policy, Running
from inference.pipelines.policies.repeated_blocks import repeated_blocks


def has_compiler() -> bool:
    """Whether there is a C compiler, which torch's own calls for every kind of device; images hold none."""
    return any(shutil.which(name) for name in ("cc", "gcc", "clang"))


@dataclass(frozen=True)
class CompiledBlocks(Policy):
    """compiler: a backend of torch.compile. Where a LoRA acts nothing is compiled: each would compile anew."""

    compiler: str = "inductor"

    name: ClassVar[str] = "compiled blocks"
    changes: ClassVar[Change] = "rounding"
    price: ClassVar[str] = "within the fast tier's bounds on a CPU; unmeasured elsewhere"

    def words(self) -> str:
        return "compiled blocks where no adapter acts"

    def kernels(self) -> dict[str, str]:
        return {"blocks": self.compiler}

    @contextmanager
    def applied(self, running: Running) -> Iterator[None]:
        if running.adapted:
            yield
            return
        running.compiled = True
        blocks = [block for expert in running.experts for block in repeated_blocks(expert)]
        for block in blocks:
            kept = block.__dict__.setdefault("_kept_compiled", {})
            if self.compiler not in kept:
                kept[self.compiler] = torch.compile(block._call_impl, backend=self.compiler, dynamic=True)
            block._compiled_call_impl = kept[self.compiler]
        try:
            yield
        finally:
            for block in blocks:
                block._compiled_call_impl = None
