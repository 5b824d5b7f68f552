"""LoRA slots (arXiv:2106.09685): adapters loaded beside a resident model, one render's at a time switched on.

Slots are made in a structural copy that shares the model's weights; the model itself never has any. So a render without
adapters is to the bit, and to the compiled kernel, what it would be on a model that never saw one; and what is loaded
but not switched on takes no part in any product of the copy.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import torch
from safetensors import SafetensorError
from safetensors.torch import load

if TYPE_CHECKING:
    from inference.parallel.sequence import Transformer

SLOTS = 4
_WHOLE = (".diff", ".diff_b")  # changes of whole weights and biases, beside the matrices of two halves


class AdapterDoesNotFit(ValueError):
    """The file is no adapter of this model; the message says why. Nothing of it was loaded."""


@dataclass(frozen=True)
class Adapter:
    """A character's adapter: the bytes of a safetensors file whose hash was compared, and how strongly it acts."""

    sha256: str
    data: bytes
    scale: float = 1.0


class ReadsAdapters(Protocol):
    """A pipeline of diffusers, which knows the ways in which adapters of its model are written."""

    def lora_state_dict(self, stored: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]: ...


class LoraSlots:
    """Keeps the last `slots` adapters loaded beside `bare`, by hash.

    copy: another transformer with the weights of `bare`; made once, when the first adapter comes.
    """

    def __init__(
        self, bare: Transformer, copy: Callable[[], Transformer], parts: ReadsAdapters, slots: int = SLOTS
    ) -> None:
        self._bare, self._copy, self._parts, self._slots = bare, copy, parts, slots
        self._adapted: Transformer | None = None
        self._loaded: OrderedDict[str, None] = OrderedDict()

    @property
    def loaded(self) -> tuple[str, ...]:
        """Hashes of what is resident, the least recently used first."""
        return tuple(self._loaded)

    def check(self, adapter: Adapter) -> None:
        """Raises AdapterDoesNotFit, before anything is rendered."""
        self._read(adapter)

    @contextmanager
    def use(self, adapters: tuple[Adapter, ...]) -> Iterator[Transformer]:
        """The transformer in which exactly `adapters` act, their contributions added in this order.

        Raises AdapterDoesNotFit.
        """
        if not adapters:
            yield self._bare
            return
        if len(adapters) > self._slots:
            raise AdapterDoesNotFit(f"{len(adapters)} adapters for {self._slots} slots")
        if self._adapted is None:
            self._adapted = self._copy()
        for adapter in adapters:
            self._load(self._adapted, adapter)
        strengths: dict[str, float] = {}
        for adapter in adapters:  # one file for two characters acts once, with both strengths
            strengths[adapter.sha256] = strengths.get(adapter.sha256, 0.0) + adapter.scale
        self._adapted.enable_lora()
        self._adapted.set_adapters(list(strengths), list(strengths.values()))
        try:
            yield self._adapted
        finally:
            self._adapted.disable_lora()

    def _load(self, adapted: Transformer, adapter: Adapter) -> None:
        if adapter.sha256 in self._loaded:
            self._loaded.move_to_end(adapter.sha256)
            return
        states = self._read(adapter)
        while len(self._loaded) >= self._slots:
            oldest, _ = self._loaded.popitem(last=False)
            adapted.delete_adapters(oldest)
        adapted.load_lora_adapter(states, prefix=None, adapter_name=adapter.sha256)
        adapted.disable_lora()
        self._loaded[adapter.sha256] = None

    def _read(self, adapter: Adapter) -> dict[str, torch.Tensor]:
        """The adapter's matrices by the transformer's own names, all of them checked against it."""
        if hashlib.sha256(adapter.data).hexdigest() != adapter.sha256:
            raise AdapterDoesNotFit(f"the adapter is not the bytes that were announced ({adapter.sha256[:12]}…)")
        try:
            stored = load(adapter.data)
        except SafetensorError as error:
            raise AdapterDoesNotFit("the adapter is not a safetensors file") from error
        if any("dora_scale" in name for name in stored):
            raise AdapterDoesNotFit("the adapter is a DoRA: only LoRA can be switched on and off without a trace")
        whole = [name for name, tensor in stored.items() if name.endswith(_WHOLE) and "norm" in name and tensor.any()]
        if whole:
            raise AdapterDoesNotFit(f"the adapter changes norms ({whole[0]}), which no LoRA does")
        states = {
            name.removeprefix("transformer."): tensor for name, tensor in self._parts.lora_state_dict(stored).items()
        }
        if not states:
            raise AdapterDoesNotFit("the adapter is empty")
        linear = {name: module for name, module in self._bare.named_modules() if isinstance(module, torch.nn.Linear)}
        for name, tensor in states.items():
            _check(name, tensor, states, linear)
        return states


def _check(
    name: str, tensor: torch.Tensor, states: dict[str, torch.Tensor], linear: dict[str, torch.nn.Linear]
) -> None:
    """Raises AdapterDoesNotFit unless A is [rank, in] and B is [out, rank] of a linear layer of the model.

    B may have a bias, [out], as step-distilled adapters do.
    """
    layer, _, end = name.rpartition(".lora_")
    if end not in ("A.weight", "B.weight", "B.bias") or layer not in linear:
        raise AdapterDoesNotFit(f"the adapter changes {name}, which this model does not have")
    if not torch.isfinite(tensor).all():
        raise AdapterDoesNotFit(f"{name} holds numbers that are not finite")
    if end == "B.bias":
        _check_bias(layer, tensor, states, linear[layer])
        return
    other = states.get(f"{layer}.lora_{'B' if end[0] == 'A' else 'A'}.weight")
    if other is None:
        raise AdapterDoesNotFit(f"the adapter has one half of {layer} and not the other")
    down, up = (tensor, other) if end[0] == "A" else (other, tensor)
    if tensor.ndim != 2 or other.ndim != 2 or down.shape[0] != up.shape[1]:
        raise AdapterDoesNotFit(f"the halves of {layer} do not fit each other: {_words(down)} and {_words(up)}")
    expected = linear[layer].in_features, linear[layer].out_features
    if (down.shape[1], up.shape[0]) != expected:
        raise AdapterDoesNotFit(
            f"{layer} maps {expected[0]} to {expected[1]}, its adapter {_words(down)}, {_words(up)}"
        )


def _check_bias(layer: str, bias: torch.Tensor, states: dict[str, torch.Tensor], linear: torch.nn.Linear) -> None:
    if f"{layer}.lora_B.weight" not in states:
        raise AdapterDoesNotFit(f"the adapter has a bias for {layer} and no matrices")
    if bias.shape != (linear.out_features,):
        raise AdapterDoesNotFit(f"the adapter's bias of {layer} has {_words(bias)}, not {linear.out_features}")


def _words(tensor: torch.Tensor) -> str:
    return " by ".join(str(n) for n in tensor.shape)
