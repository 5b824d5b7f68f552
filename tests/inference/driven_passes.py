"""The two passes of Wan-Animate-2's transformer over one segment, told as the pipeline tells them, on any device."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
import torch
from diffusers.models.transformers import transformer_wan_animate_2

from inference.memory import Job

if TYPE_CHECKING:
    from diffusers import WanAnimate2Transformer3DModel


@dataclass
class Passes:
    """Reads a driving segment of `job`, and then looks at it, as often as one likes."""

    transformer: WanAnimate2Transformer3DModel
    job: Job
    kept: transformer_wan_animate_2.WanAnimate2KVCache = field(init=False)

    def __post_init__(self) -> None:
        job, config = self.job, self.transformer.config
        weight = next(self.transformer.patch_embedding.parameters())
        place = {"device": weight.device, "dtype": weight.dtype}
        self._grid = 1 + (job.frames - 1) // 4, job.height // 8, job.width // 8
        self._told = {
            "timestep": torch.ones(1, device=weight.device),
            "encoder_hidden_states": [torch.zeros(512, config.text_dim, **place)],
            "encoder_hidden_states_image": torch.zeros(1, 257, 1280, **place),
        }
        self._place = place
        self.kept = transformer_wan_animate_2.WanAnimate2KVCache(config.num_layers)

    def read(self) -> None:
        self._pass(0, kv_cache_mode="extract", offset_grid_sizes=self._tokens(0))

    def look(self) -> None:
        area = [self.job.height, self.job.width]
        told = {"reference_grid_sizes": self._tokens(0), "origin_len": self.job.frames, "origin_area": area}
        self._pass(1, kv_cache_mode="cached", **told)

    @property
    def kept_bytes(self) -> int:
        return sum(one.key.nbytes + one.value.nbytes for one in self.kept.layer_caches)

    def _pass(self, photos: int, **told: object) -> None:
        frames, height, width = self._grid
        noise, beside = (torch.zeros(n, photos + frames, height, width, **self._place) for n in (16, 20))
        tokens = int(self._tokens(photos).prod())
        own = {"condition_latents": [beside], "kv_cache": self.kept, "seq_len": tokens}
        self.transformer([noise], **own, **self._told, **told)

    def _tokens(self, photos: int) -> torch.Tensor:
        frames, height, width = self._grid
        return torch.tensor([[photos + frames, height // 2, width // 2]])


@contextmanager
def without_mask() -> Iterator[None]:
    """While it lasts, looking at the driving video allocates its result and computes nothing; its mask is not made."""
    attend = transformer_wan_animate_2.dispatch_attention_fn

    def fused(query: torch.Tensor, *others: torch.Tensor, **told: object) -> torch.Tensor:
        masked = told["backend"] == transformer_wan_animate_2.AttentionBackendName.FLEX
        result: torch.Tensor = torch.empty_like(query) if masked else attend(query, *others, **told)
        return result

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(transformer_wan_animate_2, "dispatch_attention_fn", fused)
        patched.setattr(transformer_wan_animate_2.WanAnimate2Transformer3DModel, "create_mask", lambda *_: None)
        yield
