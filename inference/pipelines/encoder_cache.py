"""What a model's encoders gave, remembered by content: a character that was seen before costs no encoder call.

Texts, photos and control videos pass through three modules (text encoder, image encoder, VAE); each is remembered by
the hash of what went in, so a hit is the very tensor that the miss made.
"""

from __future__ import annotations

import copy
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import torch

from inference.pipelines.weight_offload import WeightOffload
from inference.vendors import read_switches

if TYPE_CHECKING:
    from inference.pipelines.wan_parts import Parts

T = TypeVar("T")
_MAX_BYTES = 2 << 30
_FORGOTTEN_AFTER_S = 900.0  # encoded photos are personal data: a deleted character is soon gone from here too


@dataclass
class _Entry:
    made: object
    size_bytes: int
    when: float


class Encodings:
    """At most `max_bytes` of tensors, the least recently used dropped first. Serves one thread at a time."""

    def __init__(self, max_bytes: int = _MAX_BYTES, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_bytes, self._clock = max_bytes, clock
        self._entries: OrderedDict[str, _Entry] = OrderedDict()

    @property
    def size_bytes(self) -> int:
        return sum(entry.size_bytes for entry in self._entries.values())

    def remember(self, name: str, encode: Callable[..., T]) -> Callable[..., T]:
        """`encode`, asked only for what it was not asked before. `name` sets it apart from every other encoder."""

        def remembered(*args: object, **kwargs: object) -> T:
            key = f"{name} {read_switches()} {_hash(args, kwargs)}"  # a fast render's is not an exact one's
            self._forget()
            if key not in self._entries:
                made = encode(*args, **kwargs)
                self._entries[key] = _Entry(made, _size_bytes(made), self._clock())
                self._shrink()
                return made
            self._entries.move_to_end(key)
            return self._entries[key].made  # type: ignore[return-value]  # what this name's encoder made

        return remembered

    def _forget(self) -> None:
        now = self._clock()
        for key in [key for key, entry in self._entries.items() if now - entry.when > _FORGOTTEN_AFTER_S]:
            del self._entries[key]

    def _shrink(self) -> None:
        while self._entries and self.size_bytes > self._max_bytes:
            self._entries.popitem(last=False)


def remember_encodings(parts: Parts, encodings: Encodings, weight_offload: WeightOffload) -> Parts:
    """The same modules with encoders that remember; those that were given are not touched.

    An encoder that has to run is on the weight_offload's device meanwhile.
    """
    remembering = copy.copy(parts)
    vae = copy.copy(parts.vae)
    tiling = (vae.use_tiling, vae.tile_sample_min_height, vae.tile_sample_stride_height, vae.tile_sample_min_width)
    vae.encode = encodings.remember(f"vae {tiling}", weight_offload.lending(parts.vae, parts.vae.encode))
    remembering.vae = vae
    for name in ("text_encoder", "image_encoder"):
        encoder = getattr(parts, name, None)
        if encoder is not None:
            own = copy.copy(encoder)
            own.forward = encodings.remember(name, weight_offload.lending(encoder, encoder.forward))
            setattr(remembering, name, own)
    return remembering


def _hash(args: tuple[object, ...], kwargs: dict[str, object]) -> str:
    digest = hashlib.sha256()
    for name, value in [*enumerate(args), *sorted(kwargs.items())]:
        if isinstance(value, torch.Tensor):
            digest.update(f"{name} {value.dtype} {tuple(value.shape)} ".encode())  # not where it lies: weights move
            digest.update(value.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
        else:
            digest.update(f"{name} {value!r} ".encode())
    return digest.hexdigest()


def _size_bytes(made: Any) -> int:  # noqa: ANN401 (tensors within whatever an encoder returns)
    if isinstance(made, torch.Tensor):
        return made.numel() * made.element_size()
    if isinstance(made, dict):
        return sum(_size_bytes(value) for value in made.values())
    if isinstance(made, tuple | list):
        return sum(_size_bytes(value) for value in made)
    return _size_bytes(vars(made)) if hasattr(made, "__dict__") else 0
