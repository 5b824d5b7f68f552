"""What a render costs: floating-point operations, counted from a model's architecture. Torch-free.

One multiply-add is two operations. Only matrix products are counted (norms, activations and rotary positions are under
1%). For Wan's transformer (arXiv:2503.20314) at N tokens of width d, M text tokens and a feed-forward width f, a block
costs 8Nd² (projections) + 4N²d (self-attention) + 4Nd² + 4Md² + 4NMd (cross-attention) + 4Ndf (feed-forward).
"""

from __future__ import annotations

from dataclasses import dataclass

ASSUMED_FLOP_PER_S = 400e12  # dense bfloat16 on one H200, kernels as they come: for estimates until one is measured
VAE_SPATIAL, VAE_TEMPORAL = 8, 4  # pixels and frames a latent covers
TEXT_TOKENS = 512


@dataclass(frozen=True)
class WanShape:
    """A Wan transformer's architecture. `vace_blocks` run beside the main ones, on the control's tokens."""

    width: int
    feed_forward: int
    blocks: int
    latent_channels: int = 16
    text_width: int = 4096
    frequency_width: int = 256
    vace_blocks: int = 0
    vace_channels: int = 96

    def forward_flop(self, tokens: int, text_tokens: int = TEXT_TOKENS) -> int:
        """Operations of one forward over `tokens` tokens, one text."""
        n, m, d = tokens, text_tokens, self.width
        block = 12 * n * d**2 + 4 * n**2 * d + 4 * m * d**2 + 4 * n * m * d + 4 * n * d * self.feed_forward
        # in and out of every side block, and into the first one
        side = self.vace_blocks * (block + 2 * n * d**2) + (2 * n * d**2 if self.vace_blocks else 0)
        patches = 2 * n * 4 * d * (2 * self.latent_channels + (self.vace_channels if self.vace_blocks else 0))
        text = 2 * m * d * (self.text_width + d)
        time = 2 * d * (self.frequency_width + d + 6 * d)
        return self.blocks * block + side + patches + text + time


WAN_1_3B = WanShape(width=1536, feed_forward=8960, blocks=30)
WAN_14B = WanShape(width=5120, feed_forward=13824, blocks=40)
WAN_VACE_1_3B = WanShape(width=1536, feed_forward=8960, blocks=30, vace_blocks=15)
WAN_VACE_14B = WanShape(width=5120, feed_forward=13824, blocks=40, vace_blocks=8)


def count_tokens(width: int, height: int, frames: int, references: int = 0) -> int:
    """Tokens of a clip: each covers 16 × 16 px of four frames; each reference picture adds one latent frame of them.

    Raises ValueError, with the nearest legal values, where the model's grid does not fit.
    """
    for name, side in (("width", width), ("height", height)):
        if side <= 0 or side % (2 * VAE_SPATIAL):
            raise ValueError(f"{name} must be a multiple of 16: try {_around(side, 0, 2 * VAE_SPATIAL)}, not {side}")
    if frames < 1 or frames % VAE_TEMPORAL != 1:
        raise ValueError(f"frames must be 4k+1: try {_around(frames, 1, VAE_TEMPORAL)}, not {frames}")
    latent_frames = references + 1 + (frames - 1) // VAE_TEMPORAL
    return latent_frames * (width // 16) * (height // 16)


def render_flop(shape: WanShape, tokens: int, steps: int, guidance_scale: float) -> int:
    """Operations of a denoise loop: one forward a step, two where guidance asks both texts."""
    return steps * (1 if guidance_scale == 1.0 else 2) * shape.forward_flop(tokens)


def estimate_render_s(flop: int, achieved_flop_per_s: float) -> float:
    """Seconds of the denoise loop at a throughput that was measured on the device, in operations a second."""
    return flop / achieved_flop_per_s


def _around(value: int, remainder: int, step: int) -> str:
    low = max(remainder or step, (value - remainder) // step * step + remainder)
    return f"{low} or {low + step}"
