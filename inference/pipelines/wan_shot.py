"""What a Wan transformer is told of one shot, and the digest of all of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from inference.pipelines.checkpoints import digest_conditions
from inference.pipelines.contract import CastPhoto, PipelineNote, Prepared
from inference.pipelines.guide import Guided
from inference.pipelines.lora import Adapter
from inference.protocol import RenderRequest, UsedControl

Inputs = dict[str, torch.Tensor]

SILENT = PipelineNote("silent_clip", "this clip has no sound")


@dataclass(frozen=True)
class WanShot:
    """Ready to be denoised. Tensors are the transformer's own arguments, by their names there.

    guided: what the two texts do not share; fixed: what they do. beside: joined to the latents' channels. leading:
    latent frames in front of the clip, which hold references and are cut off. shape: of the latents.
    """

    request: RenderRequest
    guided: Guided[Inputs]
    fixed: Inputs
    beside: torch.Tensor | None
    leading: int
    shape: tuple[int, ...]
    notes: tuple[PipelineNote, ...]
    drawn: dict[str, tuple[str, ...]]
    adapters: tuple[Adapter, ...] = ()
    control: UsedControl | None = None

    @property
    def tokens(self) -> int:
        """Of one forward."""
        frames, height, width = self.shape[2:]
        return frames * (height // 2) * (width // 2)

    def join(self, latents: torch.Tensor) -> torch.Tensor:
        """What lies beside the latents, joined to those of every sample of a batch."""
        if self.beside is None:
            return latents
        return torch.cat([latents, _for_each(self.beside, len(latents))], dim=1)

    def fixed_for(self, samples: int) -> Inputs:
        """What both texts share, for every sample of a batch."""
        return {name: _for_each(tensor, samples) for name, tensor in self.fixed.items()}


def digest_shot(
    shot: WanShot, weights: dict[str, str], scheduler: Mapping[str, object], policies: tuple[str, ...] = ()
) -> str:
    """The condition digest: renders that share it have the same latents on one device, whatever they were called."""
    beside = {} if shot.beside is None else {"beside": shot.beside}
    towards = {f"towards {name}": tensor for name, tensor in shot.guided.towards.items()}
    away = {f"away {name}": tensor for name, tensor in shot.guided.away.items()}
    facts = {
        "weights": weights,
        "scheduler": {name: repr(value) for name, value in scheduler.items() if not name.startswith("_")},
        "adapters": [[adapter.sha256, adapter.scale] for adapter in shot.adapters],
        "guidance_scale": shot.guided.scale,
        "seed": shot.request.seed,
        "steps": shot.request.steps,
        "tier": shot.request.tier,
        "policies": policies,
        "shape": shot.shape,
    }
    return digest_conditions({**towards, **away, **shot.fixed, **beside}, facts)


def _for_each(tensor: torch.Tensor, samples: int) -> torch.Tensor:
    """What has one axis only (a scale a layer) is of no sample."""
    return tensor.expand(samples, *tensor.shape[1:]) if tensor.ndim > 1 else tensor


def own_shot(prepared: Prepared) -> WanShot:
    """`prepared`, which one of this family's models made."""
    assert isinstance(prepared, WanShot), "prepared by another pipeline"
    return prepared


def adapters_of(cast: tuple[CastPhoto, ...]) -> tuple[Adapter, ...]:
    """The cast's adapters, in the order of the request."""
    return tuple(character.adapter for character in cast if character.adapter is not None)
