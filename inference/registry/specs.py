"""Where each large model's weights come from, what may be taken from there, and how much of a machine they fill.

Nothing here is a hash or a revision: those are the hub's own, taken when the weights are pulled and kept in the lock.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from inference.catalogue import (
    WAN_2_2_VACE,
    WAN_ANIMATE,
    WAN_ANIMATE_2,
    WAN_ANIMATE_2_DISTILLED,
    WAN_VACE_1_3B,
    WAN_VACE_14B,
    read_variants,
)

Family = Literal["wan-vace", "wan-animate", "wan-animate-2"]
Precision = Literal["bfloat16", "float32"]

_BYTES: dict[Precision, int] = {"bfloat16": 2, "float32": 4}


@dataclass(frozen=True)
class ModelSpec:
    """A repository of weights in diffusers' layout. parameters: of each part.

    revision: the branch or tag to look at; a pull pins the commit that it finds there, in the lock. files: what each
    pull takes of the repository, as patterns; the exact list, with hashes, is the lock's. references: how photos enter;
    driving: how a previs does.
    """

    name: str
    family: Family
    repository: str
    parameters: dict[str, int]
    references: str
    driving: str
    revision: str = "main"

    @property
    def files(self) -> tuple[str, ...]:
        """Weights of every part as safetensors, and what tells how to build it."""
        parts = tuple(f"{part}/*.safetensors" for part in self.parameters)
        settings = tuple(f"{part}/*.json" for part in (*self.parameters, "tokenizer", "scheduler"))
        return ("model_index.json", *parts, *settings)

    def weights_bytes(self, precision: Precision = "bfloat16") -> int:
        """Memory of the weights alone."""
        return sum(self.parts_bytes(_BYTES[precision]).values())

    def parts_bytes(self, element_bytes: int) -> dict[str, int]:
        """Memory of each part's weights. The VAE stays in float32, whatever the rest is in."""
        return {
            part: count * (_BYTES["float32"] if part == "vae" else element_bytes)
            for part, count in self.parameters.items()
        }


_UMT5_XXL = 5_680_910_336
_WAN_VAE = 126_892_531
_CLIP_VIT_H = 630_766_080
_ANIMATE_2_PARTS = {
    "transformer": 16_394_878_784, "text_encoder": _UMT5_XXL, "image_encoder": _CLIP_VIT_H, "vae": _WAN_VAE,
}  # fmt: skip
_EVERY_PHOTO = "every photo of every character, from left to right, as latent frames in front of the clip"
_GRAY = "its gray rendering, all of it to be drawn anew"
_FIRST_PHOTO = "the character's first photo, as a latent frame in front of the clip and through an image encoder"
_STAGED_PHOTO = (
    "the character's first photo, cut to the clip's shape, as its first latent frame and to an image encoder"
)
_POSE = "pictures of its pose, shoulders and head, and the face cut out of it"
_FRAMES = "its very frames, in segments, of which each begins with the last frame of the one before"

SPECS: dict[str, ModelSpec] = {
    spec.name: spec
    for spec in (
        ModelSpec(
            WAN_VACE_1_3B.name,
            "wan-vace",
            "Wan-AI/Wan2.1-VACE-1.3B-diffusers",
            {"transformer": 2_153_972_032, "text_encoder": _UMT5_XXL, "vae": _WAN_VAE},
            _EVERY_PHOTO,
            _GRAY,
        ),
        ModelSpec(
            WAN_VACE_14B.name,
            "wan-vace",
            "Wan-AI/Wan2.1-VACE-14B-diffusers",
            {"transformer": 17_337_592_896, "text_encoder": _UMT5_XXL, "vae": _WAN_VAE},
            _EVERY_PHOTO,
            _GRAY,
        ),
        ModelSpec(
            WAN_2_2_VACE.name,
            "wan-vace",
            "linoyts/Wan2.2-VACE-Fun-14B-diffusers",  # alibaba-pai/Wan2.2-VACE-Fun-A14B, converted
            {
                "transformer": 17_337_592_896,
                "transformer_2": 17_337_592_896,
                "text_encoder": _UMT5_XXL,
                "vae": _WAN_VAE,
            },
            _EVERY_PHOTO,
            _GRAY,
        ),
        ModelSpec(
            WAN_ANIMATE.name,
            "wan-animate",
            "Wan-AI/Wan2.2-Animate-14B-Diffusers",
            {"transformer": 17_274_816_884, "text_encoder": _UMT5_XXL, "image_encoder": _CLIP_VIT_H, "vae": _WAN_VAE},
            _FIRST_PHOTO,
            _POSE,
        ),
        *(
            ModelSpec(name, "wan-animate-2", repository, _ANIMATE_2_PARTS, _STAGED_PHOTO, _FRAMES)
            for name, repository in (
                (WAN_ANIMATE_2.name, "Wan-AI/Wan2.2-Animate-2-14B-Diffusers"),
                (WAN_ANIMATE_2_DISTILLED.name, "Wan-AI/Wan2.2-Animate-2-14B-Distilled-Diffusers"),
            )
        ),
    )
}


def list_specs(models_dir: Path) -> dict[str, ModelSpec]:
    """Of every model that can be pulled, and of the checkpoints of one's own that lie here."""
    return SPECS | {name: spec_of_own(name, variant.base) for name, variant in read_variants(models_dir).items()}


def spec_of_own(name: str, base: str) -> ModelSpec:
    """Of a checkpoint that comes from no repository: the shape of `base`."""
    return replace(SPECS[base], name=name, repository=name)
