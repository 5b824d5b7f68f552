"""The cost model counts what the real classes do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from inference.cost import (
    WAN_14B,
    WAN_ANIMATE_14B,
    WAN_VACE_1_3B,
    WAN_VACE_14B,
    FaceReader,
    WanAnimateShape,
    WanShape,
    count_tokens,
    render_flop,
)
from inference.registry.tiny import TEXT_WIDTH, build_tiny_wan_animate, build_tiny_wan_vace

if TYPE_CHECKING:
    from inference.parallel.sequence import Transformer


def test_a_720p_clip_of_81_frames_is_75600_tokens_and_6_52_petaflop_a_forward() -> None:
    tokens = count_tokens(1280, 720, 81)
    assert tokens == 75_600
    assert WAN_14B.forward_flop(tokens, 81) / 1e15 == pytest.approx(6.52, abs=0.005)
    assert render_flop(WAN_14B, tokens, 81, 40, 5.0) / 1e15 == pytest.approx(522, abs=0.5)
    assert render_flop(WAN_14B, tokens, 81, 40, 1.0) * 2 == render_flop(WAN_14B, tokens, 81, 40, 5.0)


@pytest.mark.parametrize(("seconds", "share"), [(250.7, 0.26), (195.1, 0.34), (160.0, 0.41)])
def test_published_latencies_on_eight_h100s_fit_the_count(seconds: float, share: float) -> None:
    """The Wan 2.2 repository at 720p, 40 steps; FlashAttention 2, 3, and TF32: the share of 989 TFLOP/s a device.

    A count that was too high would want more than a device can do, and what is tuned better has the greater share.
    """
    flop = render_flop(WAN_14B, count_tokens(1280, 720, 81), 81, 40, 5.0)
    assert flop / seconds / 8 / 989e12 == pytest.approx(share, abs=0.005)


def count(transformer: Transformer, latents: tuple[int, ...], **conditions: torch.Tensor) -> int:
    """Operations of one forward of the real class, as torch counts them."""
    # the counter does not know the CPU's fused attention, but it knows the plain products that it stands for
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH), torch.inference_mode():
        transformer(hidden_states=torch.zeros(1, *latents), timestep=torch.tensor([500.0]), **conditions)
    return counter.get_total_flops()


def count_vace(transformer: Transformer, text_width: int, grid: tuple[int, int, int]) -> int:
    text, control = torch.zeros(1, 512, text_width), torch.zeros(1, 96, *grid)
    return count(transformer, (16, *grid), encoder_hidden_states=text, control_hidden_states=control)


def count_animate(
    transformer: Transformer, text_width: int, photo: tuple[int, int], frames: int, face_px: int, size: tuple[int, int]
) -> int:
    moments = 1 + (frames - 1) // 4
    return count(
        transformer,
        (36, moments + 1, *size),
        encoder_hidden_states=torch.zeros(1, 512, text_width),
        encoder_hidden_states_image=torch.zeros(1, *photo),
        pose_hidden_states=torch.zeros(1, 16, moments, *size),
        face_pixel_values=torch.zeros(1, 3, frames, face_px, face_px),
    )


def test_the_count_is_that_of_the_real_classes_within_one_in_a_hundred() -> None:
    vace = WanShape(96, 96, 3, text_width=TEXT_WIDTH, frequency_width=64, vace_blocks=2)
    counted = count_vace(build_tiny_wan_vace().transformer, TEXT_WIDTH, (5, 8, 10))
    assert vace.forward_flop(5 * 4 * 5, 17) == pytest.approx(counted, rel=0.01)
    faces = FaceReader(side=16, channels=(16, 16, 16), style=16, motion_directions=4, hidden=16, heads=2)
    animate = WanAnimateShape(
        96,
        96,
        4,
        text_width=TEXT_WIDTH,
        frequency_width=64,
        photo_tokens=17,
        photo_width=8,
        adapter_every=2,
        faces=faces,
    )
    counted = count_animate(build_tiny_wan_animate().transformer, TEXT_WIDTH, (17, 8), 9, 16, (8, 10))
    assert animate.forward_flop(4 * 4 * 5, 9) == pytest.approx(counted, rel=0.01)
    assert replace(animate, faces=FaceReader()).forward_flop(80, 9) > 1.1 * counted, "the faces' part can be felt"


def test_the_count_is_that_of_the_real_classes_at_their_true_shapes() -> None:
    """Without memory: the published configurations, 81 frames with a reference, 77 of Wan-Animate, at 480p."""
    from diffusers import WanAnimateTransformer3DModel, WanVACETransformer3DModel

    tokens = count_tokens(832, 480, 81, references=1)
    with torch.device("meta"):
        for shape, heads, every in ((WAN_VACE_1_3B, 12, 2), (WAN_VACE_14B, 40, 5)):
            vace = WanVACETransformer3DModel(
                num_attention_heads=heads, attention_head_dim=128, ffn_dim=shape.feed_forward, num_layers=shape.blocks,
                text_dim=4096, vace_layers=list(range(0, shape.blocks, every)), vace_in_channels=96,
            )  # fmt: skip
            counted = count_vace(vace, 4096, (22, 60, 104))
            assert shape.forward_flop(tokens, 81) == pytest.approx(counted, rel=0.001)
        animate = WanAnimateTransformer3DModel(added_kv_proj_dim=5120, text_dim=4096)
        counted = count_animate(animate, 4096, (257, 1280), 77, 512, (60, 104))
    tokens = count_tokens(832, 480, 77, references=1)
    assert WAN_ANIMATE_14B.forward_flop(tokens, 77) == pytest.approx(counted, rel=0.001)
    assert WAN_14B.forward_flop(tokens, 77) < 0.98 * counted, "plain Wan is not what is counted"


def test_references_add_a_latent_frame_each() -> None:
    assert count_tokens(64, 64, 9, references=2) - count_tokens(64, 64, 9) == 2 * 16


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ((1280, 720, 80), "frames must be 4k\\+1: try 77 or 81, not 80"),
        ((1280, 722, 81), "height must be a multiple of 16: try 720 or 736, not 722"),
        ((7, 64, 81), "width must be a multiple of 16: try 16 or 32, not 7"),
        ((64, 64, 0), "frames must be 4k\\+1: try 1 or 5, not 0"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_would(asked: tuple[int, int, int], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        count_tokens(*asked)
