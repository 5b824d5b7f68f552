"""What a render costs: floating-point operations, counted from a model's architecture. Torch-free.

A multiply-add is two operations. Only products are counted (norms, activations and rotary positions are under 1%). For
Wan's transformer (arXiv:2503.20314) at N tokens of width d, M text tokens and a feed-forward width f, a block costs
8Nd² (projections) + 4N²d (self-attention) + 4Nd² + 4Md² + 4NMd (cross-attention) + 4Ndf (feed-forward).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from inference.devices import H200
from inference.segments import Segments, cut_into_segments

ASSUMED_FLOP_PER_S = H200.achieved_flop_per_s  # for estimates until one is measured
VAE_SPATIAL, VAE_TEMPORAL = 8, 4  # pixels and frames a latent covers
TEXT_TOKENS = 512


@dataclass(frozen=True)
class WanShape:
    """A Wan transformer's architecture. `vace_blocks` run beside the main ones, on the control's tokens.

    head_width: of each attention head; vae_width: base width of the VAE beside it.
    """

    width: int
    feed_forward: int
    blocks: int
    latent_channels: int = 16
    text_width: int = 4096
    frequency_width: int = 256
    vace_blocks: int = 0
    vace_channels: int = 96
    head_width: int = 128
    vae_width: int = 96

    @property
    def heads(self) -> int:
        return self.width // self.head_width

    @property
    def parameters(self) -> int:
        """Weights of the blocks, of which nearly all of a transformer consists."""
        block = 8 * self.width**2 + 2 * self.width * self.feed_forward
        side = block + self.width**2  # and the way back into the main blocks
        return self.blocks * block + self.vace_blocks * side

    def forward_flop(self, tokens: int, frames: int) -> int:
        """Operations of one forward over the `tokens` tokens of a clip of `frames` frames, one text."""
        n, m, d = tokens, TEXT_TOKENS, self.width
        block = 12 * n * d**2 + 4 * n**2 * d + 4 * m * d**2 + 4 * n * m * d + 4 * n * d * self.feed_forward
        # in and out of every side block, and into the first one
        side = self.vace_blocks * (block + 2 * n * d**2) + (2 * n * d**2 if self.vace_blocks else 0)
        patches = 2 * n * 4 * d * (2 * self.latent_channels + (self.vace_channels if self.vace_blocks else 0))
        text = 2 * m * d * (self.text_width + d)
        time = 2 * d * (self.frequency_width + d + 6 * d)
        return self.blocks * block + side + patches + text + time

    def preparing_flop(self, tokens: int, frames: int) -> int:
        """Operations of what the transformer computes once, before the first step."""
        return 0

    def passes(self, frames: int) -> int:
        """How often a forward of a whole clip goes through the weights."""
        return 1

    def frames_at_once(self, frames: int) -> int:
        """Of a clip, in one forward."""
        return frames


@dataclass(frozen=True)
class FaceReader:
    """What reads the faces of a driving video into Wan-Animate: convolutions over pixels, then over time.

    channels: at `side` px and each time that it is halved, down to 4 px. style: width of a face's code, which
    `motion_directions` directions span; hidden: of each of `heads` convolutions over time.
    """

    side: int = 512
    channels: tuple[int, ...] = (32, 64, 128, 256, 512, 512, 512, 512)
    style: int = 512
    style_layers: int = 4
    motion_directions: int = 20
    hidden: int = 1024
    heads: int = 4

    def read_flop(self, frames: int, width: int) -> int:
        """Operations of reading `frames` faces into tokens of `width`."""
        half = 1 + (frames - 1) // 2
        quarter = 1 + (half - 1) // 2
        over_time = 2 * self.heads * self.hidden * 3 * (frames * self.style + (half + quarter) * self.hidden)
        return frames * self._face_flop() + over_time + 2 * self.heads * quarter * self.hidden * width

    def _face_flop(self) -> int:
        side, flop = self.side, 2 * self.side**2 * 3 * self.channels[0]
        for wide, narrow in pairwise(self.channels):
            blurred = 16 * wide * ((side + 1) ** 2 + (side - 1) ** 2)  # a fixed filter of 4 × 4 before halving
            halved = (side // 2) ** 2 * wide * narrow * (9 + 1)
            flop += 2 * (9 * side**2 * wide**2 + blurred + halved)
            side //= 2
        code = side**2 * self.channels[-1] * self.style + self.style_layers * self.style**2
        return flop + 2 * (code + self.motion_directions * self.style * (1 + self.motion_directions))


@dataclass(frozen=True)
class WanAnimateShape(WanShape):
    """Wan's blocks, which look at the photo too; after every `adapter_every`-th one tokens look at their moment's face.

    photo_tokens, photo_width: of the photo, as CLIP sees it.
    """

    photo_tokens: int = 257
    photo_width: int = 1280
    adapter_every: int = 5
    faces: FaceReader = FaceReader()

    def forward_flop(self, tokens: int, frames: int) -> int:
        """The faces are read anew in every forward. One latent frame is the photo's: it sees no pose."""
        n, d, p = tokens, self.width, self.photo_tokens
        moments = 2 + (frames - 1) // VAE_TEMPORAL  # the photo's, and one for each latent frame
        photo = 2 * p * self.photo_width * (self.photo_width + d) + self.blocks * (4 * p * d**2 + 4 * n * p * d)
        looks = self.faces.heads + 1
        adapter = 4 * n * d**2 + 4 * moments * looks * d**2 + 4 * n * looks * d
        beside = self.latent_channels + 4  # channels: the photo's latents, and what of the clip is known
        patches = 2 * 4 * d * (n * beside + (n - n // moments) * self.latent_channels)
        adapters = self.blocks // self.adapter_every * adapter
        return super().forward_flop(tokens, frames) + photo + adapters + patches + self.faces.read_flop(frames, d)


@dataclass(frozen=True)
class WanAnimate2Shape(WanShape):
    """Wan's blocks, which look at the photo too, and from each latent frame at that of the driving video.

    longest: frames of a segment. A clip's forward is one over each of its segments: they follow one another, and have
    a latent frame of the photo each. Once a segment its driving video passes through all blocks.
    """

    photo_tokens: int = 257
    photo_width: int = 1280
    longest: int = 81

    def forward_flop(self, tokens: int, frames: int) -> int:
        """`tokens`: of the whole clip with the photo's, as `count_tokens` has them."""
        segments, area = self.cut(tokens, frames)
        driving = self.latent_frames(segments) * area
        looks = self.blocks * 4 * driving * area * self.width
        return segments.count * (self._pass_flop(driving + area, segments.length) + looks)

    def preparing_flop(self, tokens: int, frames: int) -> int:
        segments, area = self.cut(tokens, frames)
        return segments.count * self._pass_flop(self.latent_frames(segments) * area, segments.length)

    def passes(self, frames: int) -> int:
        return cut_into_segments(frames, self.longest).count

    def frames_at_once(self, frames: int) -> int:
        return cut_into_segments(frames, self.longest).length

    def cut(self, tokens: int, frames: int) -> tuple[Segments, int]:
        """The clip's segments, and tokens of one latent frame."""
        return cut_into_segments(frames, self.longest), tokens // (2 + (frames - 1) // VAE_TEMPORAL)

    def latent_frames(self, segments: Segments) -> int:
        """Of a segment's driving video."""
        return 1 + (segments.length - 1) // VAE_TEMPORAL

    def _pass_flop(self, tokens: int, frames: int) -> int:
        """Of one pass through all blocks, each of whose tokens sees all others, the text and the photo."""
        n, d, p = tokens, self.width, self.photo_tokens
        photo = 2 * p * self.photo_width * (self.photo_width + d) + self.blocks * (4 * p * d**2 + 4 * n * p * d)
        beside = 2 * n * 4 * d * (self.latent_channels + 4)  # the photo's latents, and what of the clip is known
        return super().forward_flop(tokens, frames) + photo + beside


WAN_1_3B = WanShape(width=1536, feed_forward=8960, blocks=30)
WAN_14B = WanShape(width=5120, feed_forward=13824, blocks=40)
WAN_VACE_1_3B = WanShape(width=1536, feed_forward=8960, blocks=30, vace_blocks=15)
WAN_ANIMATE_14B = WanAnimateShape(width=5120, feed_forward=13824, blocks=40)
WAN_ANIMATE_2_14B = WanAnimate2Shape(width=5120, feed_forward=13824, blocks=40)
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


def render_flop(shape: WanShape, tokens: int, frames: int, steps: int, guidance_scale: float) -> int:
    """Operations of a denoise loop: one forward a step, two where guidance asks both texts, and what precedes them."""
    forwards = steps * (1 if guidance_scale == 1.0 else 2)
    return forwards * shape.forward_flop(tokens, frames) + shape.preparing_flop(tokens, frames)


def estimate_render_s(flop: int, achieved_flop_per_s: float) -> float:
    """Seconds of the denoise loop at a throughput that was measured on the device, in operations a second."""
    return flop / achieved_flop_per_s


def _around(value: int, remainder: int, step: int) -> str:
    low = max(remainder or step, (value - remainder) // step * step + remainder)
    return f"{low} or {low + step}"
