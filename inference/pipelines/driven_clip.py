"""What is known of a Wan-Animate-2 clip before it is denoised, and what becomes known of its segments on the way."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from inference.pipelines.contract import Picture, PipelineNote, Prepared
from inference.pipelines.guide import Guided
from inference.pipelines.wan_shot import Inputs, WanShot
from inference.protocol import RenderRequest, UsedControl
from inference.segments import Segments


@dataclass(frozen=True)
class DrivenClip:
    """Ready to be denoised, one segment after another.

    guided, fixed: as in `WanShot`, the same for all segments. picture: the photo as the first latent frame of each,
    [20, 1, H/8, W/8] with its mask. frames_FHWC: the driving video. begun: segments whose conditions are known by now.
    shown: frames that were drawn because the next segment begins with the last of them, by the segment's number.
    """

    request: RenderRequest
    guided: Guided[Inputs]
    fixed: Inputs
    picture: torch.Tensor
    frames_FHWC: Picture
    segments: Segments
    notes: tuple[PipelineNote, ...]
    drawn: dict[str, tuple[str, ...]]
    control: UsedControl
    begun: list[WanShot] = field(default_factory=list)
    shown: dict[int, Picture] = field(default_factory=dict)


def own_clip(prepared: Prepared) -> DrivenClip:
    """`prepared`, which Wan-Animate-2 made."""
    assert isinstance(prepared, DrivenClip), "prepared by another pipeline"
    return prepared
