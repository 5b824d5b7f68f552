"""The video and mask that VACE is shown: keyframes where there are some, a previs's gray frames, gray elsewhere.

As its authors make them (ali-vilab/VACE: vace/annotators/frameref.py): a kept frame has mask 0, middle gray and mask 1
stand where the model is to draw. docs/decisions/0039 says what becomes of both on their way to the latents.
"""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image, ImageOps

from inference.pipelines.contract import Keyframe, Picture

_GRAY = 0.5  # 127.5 of 255, which no byte can say


def fit_keyframe(picture: Picture, width: int, height: int) -> Picture:
    """The picture at the clip's size: scaled until it covers it, what hangs over cut off evenly on both sides."""
    covering = ImageOps.fit(Image.fromarray(picture), (width, height), Image.Resampling.LANCZOS)
    return np.asarray(covering, np.uint8)


def with_keyframes(frames_FHWC: Picture, keyframes: tuple[Keyframe, ...]) -> Picture:
    """The frames, with each keyframe in its own's place."""
    shown = frames_FHWC.copy() if keyframes else frames_FHWC
    for keyframe in keyframes:
        shown[keyframe.frame] = keyframe.rgb_HWC_uint8
    return shown


def as_video(frames_FHWC: Picture) -> torch.Tensor:
    """As diffusers takes a video: [1, F, 3, H, W] in 0..1."""
    return torch.from_numpy(frames_FHWC).permute(0, 3, 1, 2)[None].float() / 255


def keyframes_alone(frames: int, keyframes: tuple[Keyframe, ...]) -> torch.Tensor:
    """A video of keyframes in middle gray, [1, F, 3, H, W] in 0..1."""
    pictures = as_video(np.stack([keyframe.rgb_HWC_uint8 for keyframe in keyframes]))
    video = torch.full((1, frames, *pictures.shape[2:]), _GRAY)
    video[:, [keyframe.frame for keyframe in keyframes]] = pictures
    return video


def mask_of(frames: int, height: int, width: int, keyframes: tuple[Keyframe, ...]) -> torch.Tensor:
    """What is to be drawn, [1, F, 3, H, W]: 0 where a keyframe stands, 1 elsewhere."""
    drawn = torch.ones(1, frames, 1, 1, 1)
    drawn[:, [keyframe.frame for keyframe in keyframes]] = 0
    return drawn.expand(-1, -1, 3, height, width)
