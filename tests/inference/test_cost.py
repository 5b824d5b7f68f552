"""The cost model counts what the real classes do."""

from __future__ import annotations

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from inference.cost import WAN_14B, WanShape, count_tokens, render_flop
from inference.registry.tiny import TEXT_WIDTH, build_tiny_wan_vace


def test_a_720p_clip_of_81_frames_is_75600_tokens_and_6_52_petaflop_a_forward() -> None:
    tokens = count_tokens(1280, 720, 81)
    assert tokens == 75_600
    assert WAN_14B.forward_flop(tokens) / 1e15 == pytest.approx(6.52, abs=0.005)
    assert render_flop(WAN_14B, tokens, 40, 5.0) / 1e15 == pytest.approx(522, abs=0.5)
    assert render_flop(WAN_14B, tokens, 40, 1.0) * 2 == render_flop(WAN_14B, tokens, 40, 5.0)


def test_the_count_is_that_of_the_real_class_within_one_in_a_hundred() -> None:
    transformer = build_tiny_wan_vace().transformer
    shape = WanShape(96, 96, 3, text_width=TEXT_WIDTH, frequency_width=64, vace_blocks=2)
    # the counter does not know the CPU's fused attention, but it knows the plain products that it stands for
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH), torch.inference_mode():
        transformer(
            hidden_states=torch.zeros(1, 16, 5, 8, 10),
            timestep=torch.tensor([500.0]),
            encoder_hidden_states=torch.zeros(1, 512, TEXT_WIDTH),
            control_hidden_states=torch.zeros(1, 96, 5, 8, 10),
        )
    assert shape.forward_flop(5 * 4 * 5) == pytest.approx(counter.get_total_flops(), rel=0.01)


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
