"""Models of true shapes with random weights, on the device that a bench runs on, and what is told to them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from diffusers import ModelMixin

from inference.registry.tiny import build_tiny_wan_vace

if TYPE_CHECKING:
    from diffusers import WanVACEPipeline

Size = tuple[int, int, int]  # width, height, frames


@dataclass(frozen=True)
class Shapes:
    """What is run. heads × 128 is the transformer's width; sizes are (width, height, frames)."""

    dtype: torch.dtype = torch.bfloat16
    heads: int = 40
    head_width: int = 128
    feed_forward: int = 13824
    layers: int = 40
    exact_layers: int = 4
    row_tiles: tuple[int, ...] = (1024, 2048, 4096)
    large: Size = (1280, 720, 81)
    small: Size = (832, 480, 81)
    job_steps: int = 4
    vae_base: int = 96
    text_width: int = 4096
    repeats: int = 2


TINY = Shapes(torch.float32, 8, 12, 96, 2, 2, (32, 64), (64, 48, 9), (48, 32, 5), 2, 3, 32, 1)


class RandomModels:
    """What diffusers keeps in float32 is kept so; the rest is in the bench's precision."""

    def __init__(self, shapes: Shapes, device: torch.device) -> None:
        self.shapes, self.device = shapes, device

    def build_parts(self) -> WanVACEPipeline:
        """Wan-VACE's own transformer and VAE in full; of the text encoder one layer, which a job hardly feels."""
        from diffusers import AutoencoderKLWan, WanVACEPipeline, WanVACETransformer3DModel
        from transformers import UMT5Config, UMT5EncoderModel

        tiny = build_tiny_wan_vace()
        every = max(1, self.shapes.layers // 8)
        transformer = self._made(
            lambda: WanVACETransformer3DModel(
                num_attention_heads=self.shapes.heads, attention_head_dim=self.shapes.head_width, in_channels=16,
                out_channels=16, text_dim=self.shapes.text_width, freq_dim=256, ffn_dim=self.shapes.feed_forward,
                num_layers=self.shapes.layers, cross_attn_norm=True,
                vace_layers=list(range(0, self.shapes.layers, every)), vace_in_channels=96,
            )
        )  # fmt: skip
        text = self._made(
            lambda: UMT5EncoderModel(
                UMT5Config(
                    vocab_size=384, d_model=self.shapes.text_width, d_kv=64, d_ff=64, num_layers=1, num_heads=4,
                    pad_token_id=0,
                )
            )
        )  # fmt: skip
        vae = AutoencoderKLWan(base_dim=self.shapes.vae_base).to(self.device).eval()
        return WanVACEPipeline(
            transformer=transformer, text_encoder=text, vae=vae, tokenizer=tiny.tokenizer, scheduler=tiny.scheduler
        )

    def build(self, layers: int) -> torch.nn.Module:
        """Wan's own transformer, without what VACE adds."""
        from diffusers import WanTransformer3DModel

        return self._made(
            lambda: WanTransformer3DModel(
                num_attention_heads=self.shapes.heads, attention_head_dim=self.shapes.head_width, in_channels=16,
                out_channels=16, text_dim=self.shapes.text_width, freq_dim=256, ffn_dim=self.shapes.feed_forward,
                num_layers=layers, cross_attn_norm=True,
            )
        )  # fmt: skip

    def build_driven(self, layers: int) -> torch.nn.Module:
        """Wan-Animate-2's."""
        from diffusers import WanAnimate2Transformer3DModel

        shapes = self.shapes
        return self._made(
            lambda: WanAnimate2Transformer3DModel(
                dim=shapes.heads * shapes.head_width, ffn_dim=shapes.feed_forward, text_dim=shapes.text_width,
                num_heads=shapes.heads, num_layers=layers,
            )
        )  # fmt: skip

    def _made(self, build: Callable[[], torch.nn.Module]) -> torch.nn.Module:
        """Random weights in the bench's precision, made on the device; what diffusers keeps in float32 is kept so."""
        torch.manual_seed(0)
        before = torch.get_default_dtype()
        torch.set_default_dtype(self.shapes.dtype)
        try:
            with self.device:
                model = build()
        finally:
            torch.set_default_dtype(before)
        kept = getattr(model, "_keep_in_fp32_modules", None) or () if isinstance(model, ModelMixin) else ()
        for name, tensor in itertools.chain(model.named_parameters(), model.named_buffers()):
            if not set(kept).isdisjoint(name.split(".")):
                tensor.data = tensor.data.float()
        return model.eval()

    def inputs(self, size: Size) -> dict[str, torch.Tensor]:
        """A transformer's arguments for a clip without references."""
        width, height, frames = size
        generator = torch.Generator().manual_seed(1)
        latents = torch.randn(1, 16, 1 + (frames - 1) // 4, height // 8, width // 8, generator=generator)
        text = torch.randn(1, 512, self.shapes.text_width, generator=generator)
        return {
            "hidden_states": latents.to(self.device, self.shapes.dtype),
            "timestep": torch.tensor([500], device=self.device),
            "encoder_hidden_states": text.to(self.device, self.shapes.dtype),
            "return_dict": False,
        }
