"""`scripts/bench gpu` before there is a GPU: all its code at tiny shapes, and that a call loses nothing it knew."""

from __future__ import annotations

import pytest
import torch
from diffusers.models.attention_dispatch import AttentionBackendName, _AttentionBackendRegistry

from tests.bench import gpu
from tests.bench.gpu_models import TINY
from tests.bench.gpu_targets import hold_against_targets
from tests.bench.outcome import Outcome, as_table

TOLD = {
    "forward_720p_native_s", "forward_480p_native_tflop_per_s", "exact_480p_s", "plain_480p_s", "fast_480p_s",
    "fast_720p_s", "exact_over_fast", "exact_over_plain", "fast_forward_off_exact", "virtual_ranks_unequal_to_one",
    "tiles_of_32_over_plain", "step_720p_peak_over_plan", "decode_480p_peak_over_plan", "decode_720p_s", "computed_on",
    "job_stock_s", "job_ours_s", "job_stock_over_ours", "encode_decode_mux_share_of_fifty_steps",
    "offload_changes_a_bit", "step_480p_attention_over_exact", "step_480p_batched_guidance_over_exact",
    "step_480p_float8_products_over_exact", "driven_reading_480p_s", "driven_looking_480p_s",
    "driven_step_480p_peak_over_plan",
}  # fmt: skip


def test_every_part_runs_and_tells_its_figures() -> None:
    told: list[str] = []
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # products this small are not worth a second one
    outcome = gpu.run(told.append, tiny=True)
    torch.set_num_threads(threads)
    assert outcome.failures == []
    assert set(outcome.figures) >= TOLD
    assert "| step_720p_peak_over_plan |" in as_table(outcome)
    assert any(line.startswith("gpu: job_ours_s = ") for line in told), "told before the end, too"
    active, _ = _AttentionBackendRegistry.get_active_backend()
    assert active == AttentionBackendName.NATIVE, "the last attention that was tried is nobody's afterwards"


def test_a_part_that_breaks_or_comes_too_late_takes_no_other_with_it() -> None:
    outcome, done = Outcome(), []
    bench = gpu.Bench(TINY, torch.device("cpu"), lambda _: None, outcome)

    def breaks() -> None:
        raise torch.OutOfMemoryError("80 GB are not enough")

    def works() -> None:
        done.append("works")

    bench.attempt(breaks, 1)
    bench.attempt(works, gpu.AT_MOST_S + 1)
    bench.attempt(works, 1)
    assert done == ["works"]
    broke, late = outcome.failures
    assert "80 GB" in broke
    assert "was not begun" in late


def test_what_was_not_measured_is_missed() -> None:
    outcome = Outcome()
    hold_against_targets(outcome)
    assert len(outcome.failures) == len(outcome.targets) == 8


@pytest.mark.parametrize(("attention", "fast_s", "missed"), [
    ("_native_cudnn", 10.0, []), ("_native_cudnn", 11.5, ["forward_720p_cudnn_s"]), ("_flash_3", 9.9, []),
    ("_flash_3", 10.5, ["forward_720p_fa3_s"]),
])  # fmt: skip
def test_a_720p_forward_is_held_against_the_target_of_its_attention(
    attention: str, fast_s: float, missed: list[str]
) -> None:
    outcome = Outcome()
    outcome.figures |= {
        "forward_720p__native_cudnn_s": 11.0 if attention == "_flash_3" else 12.0,
        f"forward_720p_{attention}_s": 12.0, "fast_720p_s": fast_s, "exact_over_fast": 1.0,
        **{f"{work}_{at}_peak_over_plan": 0.9 for work in ("step", "decode") for at in ("720p", "480p")},
        "job_stock_over_ours": 1.5, "encode_decode_mux_share_of_fifty_steps": 0.02,
    }  # fmt: skip
    hold_against_targets(outcome)
    assert [failure.partition(" ")[0] for failure in outcome.failures] == missed
