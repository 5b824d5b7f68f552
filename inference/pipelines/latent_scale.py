"""The scale between what a Wan transformer denoises and what its VAE decodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from diffusers import AutoencoderKLWan


def unscale(vae: AutoencoderKLWan, latents: torch.Tensor) -> torch.Tensor:
    """As the published pipeline computes it: the deviations are inverted first, and their rounding is in the result."""
    mean, std = (
        torch.tensor(values, device=latents.device, dtype=latents.dtype).view(1, -1, 1, 1, 1)
        for values in (vae.config.latents_mean, vae.config.latents_std)
    )
    return latents / (1.0 / std) + mean
