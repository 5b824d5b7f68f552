"""Pictures from what a VAE decodes."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from inference.pipelines.contract import Picture


def as_pictures(video_processor: Any, video: torch.Tensor) -> Picture:  # noqa: ANN401 (diffusers' own, untyped)
    """[F, H, W, 3] from [1, 3, F, H, W] in -1..1, as the published pipelines scale it."""
    frames = video_processor.postprocess_video(video, output_type="np")[0]
    pictures: Picture = np.round(frames * 255).astype(np.uint8)
    return pictures
