"""What Wan-Animate-2 costs and fills is counted on the real class at its true shapes, without computing anything."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from diffusers import WanAnimate2Transformer3DModel
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from inference.catalogue import PULLED
from inference.cost import WAN_ANIMATE_2_14B, count_tokens, render_flop
from inference.devices import H200
from inference.forecast import forecast_loop_s
from inference.memory import Job, decode_bytes, step_bytes, work_bytes
from inference.parallel.driven_sequence import share_driven_sequence
from inference.parallel.mesh import Layout, Mesh
from inference.parallel.virtual import run_virtually
from inference.registry.specs import SPECS
from inference.segments import cut_into_segments
from tests.inference.driven_passes import Passes, without_mask
from tests.inference.peak_memory import fused_attention, peak_bytes
from tests.inference.test_memory import META, in_bfloat16

SHAPE = WAN_ANIMATE_2_14B
AT_480P, AT_720P = Job(832, 480, 81), Job(1280, 720, 81)


@pytest.fixture(autouse=True)
def without_computing() -> Iterator[None]:
    with without_mask():
        yield


def build(blocks: int) -> WanAnimate2Transformer3DModel:
    with META:
        return WanAnimate2Transformer3DModel(num_layers=blocks)


def test_the_parameters_are_those_that_are_said() -> None:
    model = build(40)
    for name in ("wan-animate-2", "wan-animate-2-distilled"):
        assert SPECS[name].parameters["transformer"] == sum(one.numel() for one in model.parameters())
        assert PULLED[name].shape == SHAPE
    assert SHAPE.parameters == pytest.approx(SPECS["wan-animate-2"].parameters["transformer"], rel=0.15)


def test_both_passes_take_the_operations_that_are_counted() -> None:
    passes = Passes(build(40), AT_480P)
    with sdpa_kernel(SDPBackend.MATH), torch.inference_mode():
        with FlopCounterMode(display=False) as reading:
            passes.read()
        with FlopCounterMode(display=False) as looking:
            passes.look()
    tokens = count_tokens(832, 480, 81, references=1)
    area = 52 * 30
    each = 4 * SHAPE.width * SHAPE.blocks  # operations for each pair of rows that see each other
    seen = (22 * area) ** 2 + 21 * area * area  # every row all others, and the driving video's of its own moment
    assert SHAPE.preparing_flop(tokens, 81) == pytest.approx(reading.get_total_flops(), rel=0.001)
    assert SHAPE.forward_flop(tokens, 81) == pytest.approx(looking.get_total_flops() + each * seen, rel=0.001)


def test_a_clip_of_three_segments_costs_three_times_that_of_one() -> None:
    one, three = (render_flop(SHAPE, count_tokens(832, 480, n, references=1), n, 40, 3.0) for n in (81, 241))
    shown_in_part = render_flop(SHAPE, count_tokens(832, 480, 237, references=1), 237, 40, 3.0)
    assert one * 3 == three == shown_in_part
    a, b = (forecast_loop_s(SHAPE, Job(832, 480, n), 40, 3.0, H200) for n in (81, 237))
    assert b == pytest.approx(3 * a, rel=0.01)
    assert cut_into_segments(PULLED["wan-animate-2"].limits.max_frames or 0, 81).count == 3


def peaks(transformer: WanAnimate2Transformer3DModel, job: Job, mesh: Mesh) -> tuple[int, int, int]:
    """Bytes beside what is kept while the video is read and while it is looked at, and what is kept for each block."""
    passes = Passes(share_driven_sequence(transformer, mesh.sequence), job)
    reading = peak_bytes(passes.read) - passes.kept_bytes
    looking = peak_bytes(passes.look) - passes.kept_bytes  # each block's is counted when it is seen
    return reading, looking, passes.kept_bytes // len(passes.kept.layer_caches)


@pytest.mark.parametrize(("job", "ranks"), [(AT_480P, 1), (AT_720P, 1), (AT_480P, 2), (AT_480P, 4), (AT_480P, 8)])
def test_a_step_at_true_shapes_fills_what_is_counted(job: Job, ranks: int) -> None:
    transformer = in_bfloat16(lambda: build(2))
    with fused_attention():
        made = run_virtually(Layout(1, ranks), lambda mesh: peaks(transformer, job, mesh))
    filled = max(max(reading, looking) + SHAPE.blocks * kept for reading, looking, kept in made)
    assert filled <= step_bytes(SHAPE, job, 2, ranks) <= (1.05 if ranks < 3 else 1.2) * filled


def test_in_float32_too() -> None:
    with fused_attention():
        reading, looking, kept = peaks(build(2), AT_480P, Mesh())
    filled = max(reading, looking) + SHAPE.blocks * kept
    assert filled <= step_bytes(SHAPE, AT_480P, 4) <= 1.05 * filled


def test_a_long_clip_fills_no_more_than_one_of_its_segments() -> None:
    longer = AT_480P._replace(frames=237)
    assert work_bytes(SHAPE, longer, 2) == work_bytes(SHAPE, AT_480P, 2)
    assert work_bytes(SHAPE, AT_480P, 2) == step_bytes(SHAPE, AT_480P, 2) + decode_bytes(SHAPE, AT_480P)
