"""What a render takes on a device: counted operations over its maker's figures, and what memory and links add."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from inference.catalogue import PREVIS, PULLED
from inference.cost import WAN_14B, WAN_VACE_1_3B, WAN_VACE_14B, count_tokens
from inference.devices import A100, ASCEND_910B, ASCEND_910C, DEVICES, H20, H100, H200, find_device, find_local_device
from inference.forecast import forecast_loop_s, forward_s
from inference.memory import Job
from inference.pipelines.contract import CastPhoto
from inference.protocol import Line, Source
from inference.registry.specs import SPECS
from inference.step_plan import count_forwards, plan_steps
from tests.inference.pipelines.tiny import noise_photo, request_of

AT_720P = Job(1280, 720, 81, 0)
CAST = (CastPhoto("chr_1", "Ada", "centre", (noise_photo(1),)),)


@pytest.mark.parametrize(("named", "device"), [
    ("NVIDIA A100-SXM4-80GB", A100), ("NVIDIA H100 80GB HBM3", H100), ("NVIDIA H200", H200), ("NVIDIA H20", H20),
    ("Ascend910B3", ASCEND_910B), ("Ascend910_9382", ASCEND_910C), ("NVIDIA GeForce RTX 4090", None),
])  # fmt: skip
def test_a_device_is_found_by_the_name_that_torch_gives_it(named: str, device: object) -> None:
    assert find_device(named) is device


def test_this_machines_card_is_found_by_what_its_driver_says(tmp_path: Path) -> None:
    assert find_local_device(tmp_path) is None
    card = tmp_path / "0000:18:00.0"
    card.mkdir()
    (card / "information").write_text("Model: \t\t NVIDIA H100 80GB HBM3\nIRQ:   \t\t 18\n")
    assert find_local_device(tmp_path) is H100


@pytest.mark.parametrize("device", DEVICES.values(), ids=DEVICES)
def test_every_figure_has_its_source_and_its_unit(device: object) -> None:
    assert isinstance(device, type(H200))
    assert "http" in device.source or "data sheet" in device.source or "arXiv" in device.source
    assert 1e14 <= device.flop_per_s["bfloat16"] <= 1e15
    assert 4e10 <= device.memory_bytes <= 2e11
    assert device.host_bytes_per_s < device.link_bytes_per_s < device.memory_bytes_per_s


def test_one_h200_takes_what_is_counted_at_the_assumed_share_of_its_peak() -> None:
    flop = WAN_14B.forward_flop(count_tokens(1280, 720, 81), 81)
    assert forward_s(WAN_14B, AT_720P, H200) == pytest.approx(flop / 400e12, rel=1e-6)
    whole = forecast_loop_s(WAN_14B, AT_720P, 40, 5.0, H200)
    assert whole == pytest.approx(80 * forward_s(WAN_14B, AT_720P, H200))
    assert forecast_loop_s(WAN_14B, AT_720P, 40, 1.0, H200) == pytest.approx(whole / 2)


def test_the_published_eight_h100_lie_within_a_third_of_the_forecast() -> None:
    """The Wan 2.2 repository with FlashAttention 3, 40 steps with guidance: 195.1 s."""
    assert forecast_loop_s(WAN_14B, AT_720P, 40, 5.0, H100, (1, 8)) == pytest.approx(195.1, rel=0.33)


def test_a_card_of_a_seventh_of_the_peak_takes_seven_times_as_long() -> None:
    assert forward_s(WAN_14B, AT_720P, H20) / forward_s(WAN_14B, AT_720P, H100) == pytest.approx(989 / 148, rel=1e-3)


def test_ranks_share_the_work_and_pay_for_the_exchange() -> None:
    alone = forward_s(WAN_14B, AT_720P, H100)
    shared = forward_s(WAN_14B, AT_720P, H100, 4)
    slow_links = forward_s(WAN_14B, AT_720P, replace(H100, link_bytes_per_s=10e9), 4)
    assert alone / 4 < shared < slow_links
    assert slow_links > 1.1 * alone / 4


def test_weights_that_do_not_fit_come_over_the_hosts_link_in_every_forward() -> None:
    small = replace(A100, memory_bytes=24_000_000_000, host_bytes_per_s=1e9)
    short = Job(832, 480, 5)
    assert forward_s(WAN_VACE_14B, short, small) == pytest.approx(WAN_VACE_14B.parameters * 2 / 1e9)
    assert forward_s(WAN_VACE_14B, short, A100) < 2


@pytest.mark.parametrize(("shape", "name"), [(WAN_VACE_1_3B, "wan-vace-1.3b"), (WAN_VACE_14B, "wan-vace-14b")])
def test_the_blocks_are_nearly_all_of_a_transformers_weights(shape: object, name: str) -> None:
    assert isinstance(shape, type(WAN_14B))
    assert shape.parameters == pytest.approx(SPECS[name].parameters["transformer"], rel=0.05)


def test_a_models_estimate_is_of_the_device_that_renders_it() -> None:
    card = PULLED["wan-vace-14b"]
    asked = request_of(CAST, model=card.name, width=1280, height=720, seconds=81 / 16, steps=50)
    on_h200, on_h20 = card.estimate_seconds(asked), replace(card, device=H20).estimate_seconds(asked)
    assert on_h20 - card.seconds_fixed == pytest.approx((on_h200 - card.seconds_fixed) * 989 / 148, rel=1e-3)
    assert replace(card, layout=(2, 4)).estimate_seconds(asked) < on_h200 / 6


def test_a_drafts_estimate_counts_the_forwards_that_it_takes() -> None:
    """48 of 100 at fifty steps: 32 computed, and the second text at every other of them."""
    card = PULLED["wan-vace-14b"]
    asked = request_of(CAST, model=card.name, width=1280, height=720, seconds=81 / 16, steps=50)
    drafted = asked.model_copy(update={"tier": "draft"})
    whole, less = (card.estimate_seconds(one) - card.seconds_fixed for one in (asked, drafted))
    assert count_forwards(50, 5.0, skips=True) == sum(plan_steps(50)) * 3 // 2
    assert less / whole == pytest.approx(count_forwards(50, 5.0, skips=True) / 100)


def test_an_estimate_counts_what_is_said() -> None:
    """A long line takes longer than a short one, a voice longer than a recording, and silence nothing."""
    sound = Source(url="file:///line.wav", sha256="0" * 64)
    said = Line(id="1", character_id=None, text="I have waited ten years for this.", language="en-US", voice="af_heart")
    silent = request_of(CAST, model=PREVIS.name, seconds=8.0)

    def expected(*lines: Line) -> float:
        return PREVIS.estimate_seconds(silent.model_copy(update={"dialogue": lines}))

    assert expected() == PREVIS.estimate_seconds(silent)
    recorded = said.model_copy(update={"voice": None, "recording": sound})
    longer = said.model_copy(update={"text": said.text * 2})
    assert expected() < expected(recorded) < expected(said) < expected(longer) < expected(said, longer)
