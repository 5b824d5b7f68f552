"""What an engine tells of its models: where their weights are, which adapters lie beside them, and what fits."""

from __future__ import annotations

import torch

from inference.engine.residency import describe_residency
from inference.pipelines.contract import Pipeline
from inference.pipelines.wan_vace import WanVacePipeline
from inference.pipelines.weight_offload import WeightOffload
from inference.registry.tiny import build_tiny_wan_vace
from tests.inference.panning import PanningPipeline
from tests.inference.pipelines.test_lora import adapter_of, render
from tests.inference.pipelines.tiny import CARD


def test_weights_come_with_a_render_and_adapters_stay_beside_them() -> None:
    budget = WeightOffload(torch.device("cpu"), budget_bytes=1 << 40)
    vace = WanVacePipeline(CARD, build_tiny_wan_vace(), {}, weight_offload=budget)
    pipelines: dict[str, Pipeline] = {CARD.name: vace, "previs": PanningPipeline()}
    plans = {CARD.name: (False, "it needs 90 GB")}
    before, previs = describe_residency(pipelines, plans)
    assert (before.on_device, before.adapters, before.fits, before.plan) == (False, (), False, "it needs 90 GB")
    assert (previs.on_device, previs.fits) == (True, True), "its weights never move"
    adapters = adapter_of(1), adapter_of(2)
    render(vace, *adapters)
    after, _ = describe_residency(pipelines, plans)
    assert (after.on_device, after.adapters) == (True, tuple(one.sha256 for one in adapters))
