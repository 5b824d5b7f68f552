"""Another attention than torch's own choice: the same mathematics in another order of sums. Changes rounding.

Backends are diffusers'. Its `set_attention_backend` leaves the last choice behind for every model of the process, so
the processors are told instead, for one loop.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import packages_distributions, version
from typing import TYPE_CHECKING, Any, ClassVar

import torch

from inference.pipelines.policies.contract import Change, Policy, PolicyUnavailable, Running
from inference.vendors import NEEDS, vendor_of

if TYPE_CHECKING:
    from inference.parallel.sequence import Transformer

_WORDS = {
    "_flash_3": "FlashAttention 3", "_native_cudnn": "cuDNN attention", "_native_npu": "NPU attention",
    "_native_math": "plain attention", "sage": "SageAttention, in 8 bits",
}  # fmt: skip


@dataclass(frozen=True)
class Attention(Policy):
    """backend: diffusers' name of it."""

    backend: str

    name: ClassVar[str] = "attention"
    changes: ClassVar[Change] = "rounding"
    price: ClassVar[str] = "plain attention within the fast tier's bounds on a CPU; others unmeasured"

    def words(self) -> str:
        return _WORDS[self.backend]

    def kernels(self) -> dict[str, str]:
        module = NEEDS.get(self.backend)
        return {"attention": self.words() + (_version_of(module) if module else "")}

    def check(self, device: torch.device) -> None:
        vendor = vendor_of(device)
        if self.backend not in ("_native_math", *vendor.attention, *vendor.lossy_attention):
            raise PolicyUnavailable(f"{self.words()} is not for {device.type}: try auto or native")
        missing = say_what_is_missing(self.backend)
        if missing is not None:
            raise PolicyUnavailable(f"{self.words()} cannot be used here: {missing} Try auto or cudnn")

    @contextmanager
    def applied(self, running: Running) -> Iterator[None]:
        for expert in running.experts:
            _tell(expert, self.backend)
        try:
            yield
        finally:
            for expert in running.experts:
                _tell(expert, None)


@dataclass(frozen=True)
class LossyAttention(Attention):
    """Keys, queries or probabilities are quantised: SageAttention (arXiv:2411.10958), when it is installed."""

    name: ClassVar[str] = "lossy attention"
    changes: ClassVar[Change] = "picture"
    price: ClassVar[str] = "unmeasured; its authors report no visible loss"


def say_what_is_missing(backend: str) -> str | None:
    """In diffusers' words, which know the versions that it works with; None where nothing is."""
    if backend not in NEEDS:
        return None
    from diffusers.models.attention_dispatch import AttentionBackendName, _check_attention_backend_requirements

    try:
        _check_attention_backend_requirements(AttentionBackendName(backend))
    except RuntimeError as error:
        return str(error)
    return None


def _tell(expert: Transformer, backend: str | None) -> None:
    """Every attention, ours and diffusers'; None is torch's own choice."""
    for module in expert.modules():
        processor: Any = getattr(module, "processor", None)
        if hasattr(processor, "_attention_backend"):
            processor._attention_backend = backend


def _version_of(module: str) -> str:
    """Of the distribution that brings `module`, with a space before it."""
    return "".join(f" {version(name)}" for name in packages_distributions().get(module, ())[:1])
