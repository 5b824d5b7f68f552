"""LoRA slots (arXiv:2106.09685): adapters come and go on a resident model, and a request leaves nothing of its own.

peft's layers stay where an adapter once was and pass straight through to the layer below them, so a model without an
adapter in use computes what it computed before the first one. The weights below are never changed: nothing is fused.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError
from safetensors.torch import load

if TYPE_CHECKING:
    from diffusers.loaders.peft import PeftAdapterMixin

_PART = re.compile(r"^(?:transformer\.)?(?P<layer>.+)\.lora_(?P<half>[AB])\.weight$")


class BadAdapter(ValueError):
    """An adapter that cannot be loaded; the message says why. The model is as it was."""


@dataclass(frozen=True)
class Adapter:
    """A character's adapter: a safetensors file with the SHA-256 that it must have, and how strongly it is felt."""

    character_id: str
    path: Path
    sha256: str
    strength: float = 1.0


class LoraSlots:
    """The adapters of one resident transformer, by content. `most` are kept loaded; the longest unused goes first."""

    def __init__(self, transformer: PeftAdapterMixin, most: int = 8) -> None:
        self._transformer = transformer
        self._most = most
        self._loaded: list[str] = []  # SHA-256, the longest unused first

    @property
    def loaded(self) -> tuple[str, ...]:
        return tuple(self._loaded)

    @contextmanager
    def using(self, adapters: tuple[Adapter, ...]) -> Iterator[None]:
        """While it lasts, these adapters and no others are felt. Raises BadAdapter, and then nothing was changed."""
        strengths = self._check(adapters)
        found = {one.sha256: self._read(one) for one in adapters if one.sha256 not in self._loaded}
        for sha256, tensors in found.items():
            self._load(sha256, tensors)
        self._loaded = [*(one for one in self._loaded if one not in strengths), *sorted(strengths)]
        try:
            if strengths:
                self._transformer.set_adapters(sorted(strengths), [strengths[one] for one in sorted(strengths)])
                self._transformer.enable_lora()
            yield
        finally:
            if self._loaded:
                self._transformer.disable_lora()
            for surplus in self._loaded[: max(0, len(self._loaded) - self._most)]:
                self.unload(surplus)

    def unload(self, sha256: str) -> None:
        """Forget an adapter that is loaded; its memory is free at once."""
        self._transformer.delete_adapters([sha256])
        self._loaded.remove(sha256)

    def _check(self, adapters: tuple[Adapter, ...]) -> dict[str, float]:
        strengths: dict[str, float] = {}
        for one in adapters:
            if one.sha256 in strengths:
                raise BadAdapter(f"the adapter of {one.character_id} is listed twice in this shot")
            if not 0 < one.strength <= 2:
                raise BadAdapter(
                    f"the adapter of {one.character_id} takes a strength above 0 up to 2, not {one.strength}"
                )
            strengths[one.sha256] = one.strength
        return strengths

    def _read(self, adapter: Adapter) -> dict[str, torch.Tensor]:
        """Its tensors, checked against the model before anything of the model is touched."""
        whose = f"the adapter of {adapter.character_id}"
        if adapter.path.suffix != ".safetensors" or not adapter.path.is_file():
            raise BadAdapter(f"{whose} is not a .safetensors file: {adapter.path.name}")
        data = adapter.path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        if digest != adapter.sha256:
            raise BadAdapter(f"{whose} has SHA-256 {digest}, expected {adapter.sha256}: fetch it again")
        try:
            tensors = load(data)
        except SafetensorError as error:
            raise BadAdapter(f"{whose} is no safetensors: {error}") from error
        return self._fit(whose, tensors)

    def _fit(self, whose: str, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """The tensors under the model's own names. Each layer needs both halves, of its own widths."""
        linears = {
            name.removesuffix(".base_layer"): module
            for name, module in self._transformer.named_modules()
            if isinstance(module, torch.nn.Linear) and "lora_" not in name
        }
        halves: dict[str, dict[str, torch.Tensor]] = {}
        for name, tensor in tensors.items():
            part = _PART.match(name)
            if part is None or part["layer"] not in linears:
                raise BadAdapter(f"{whose} is not made for this model: it has no layer for {name}")
            if not bool(torch.isfinite(tensor).all()):
                raise BadAdapter(f"{whose} holds numbers that are not finite in {name}")
            halves.setdefault(part["layer"], {})[part["half"]] = tensor
        if not halves:
            raise BadAdapter(f"{whose} is empty")
        for layer, both in halves.items():
            down, up = both.get("A"), both.get("B")
            linear = linears[layer]
            if down is None or up is None or down.ndim != 2 or up.ndim != 2 or down.shape[0] != up.shape[1]:
                raise BadAdapter(f"{whose} does not have two halves that fit together at {layer}")
            if (up.shape[0], down.shape[1]) != (linear.out_features, linear.in_features):
                asked = f"{linear.in_features} to {linear.out_features}"
                raise BadAdapter(f"{whose} is {down.shape[1]} to {up.shape[0]} wide at {layer}; the model is {asked}")
        return {f"{layer}.lora_{half}.weight": one for layer, both in halves.items() for half, one in both.items()}

    def _load(self, sha256: str, tensors: dict[str, torch.Tensor]) -> None:
        with torch.inference_mode(False):  # parameters made here outlive the render
            self._transformer.load_lora_adapter(tensors, prefix=None, adapter_name=sha256)
        self._loaded.append(sha256)
        self._transformer.disable_lora()
