"""Forwards that are replayed: the same bits from fewer of them, wherever the weights stay, and nothing left after it.

A CPU has no graphs. A recorder that computes again at every replay stands for one: it shows that each forward gets what
it is told, that what came of one is not overwritten by the next, and where none is recorded. That a card replays what
it was told is for `scripts/bench gpu`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import torch
from torch.utils import _pytree as pytree

from inference.parallel.mesh import Layout
from inference.parallel.virtual import run_virtually
from inference.pipelines import wan
from inference.pipelines.contract import CancelToken, CastPhoto, DrivingVideo
from inference.pipelines.device_placement import DevicePlacement, Offload
from inference.pipelines.driven_parts import DrivenParts
from inference.pipelines.policies.batched_guidance import BatchedGuidance
from inference.pipelines.policies.contract import Policy, PolicyUnavailable
from inference.pipelines.policies.graphed_forwards import GraphedForwards
from inference.pipelines.policies.reused_guidance import ReusedGuidance
from inference.pipelines.tiers import check_placement, choose_policies
from inference.pipelines.wan import WanPipeline
from inference.pipelines.wan_animate import WanAnimatePipeline
from inference.pipelines.wan_animate_2 import WanAnimate2Pipeline
from inference.pipelines.wan_vace import WanVacePipeline
from inference.pipelines.weight_offload import WeightOffload
from inference.protocol import PrevisControl, RenderRequest
from inference.registry.tiny import build_tiny_wan_animate, build_tiny_wan_animate_2, build_tiny_wan_vace
from tests.inference.pipelines.tiny import ANIMATE, ANIMATE_2, CARD, noise_driving, noise_photo, request_of

CAST = (CastPhoto("chr_1", "Ada", "centre", (noise_photo(1),)),)
STEPS = 4
ASKED = request_of(CAST, steps=STEPS, tier="draft", guidance_scale=3.0)
DRIVEN = ASKED.model_copy(update={"model": ANIMATE.name, "control": PrevisControl()})
CUDA = torch.device("cuda")


@dataclass(eq=False)
class Again:
    """Records by remembering, into the same tensors at every replay; counts both."""

    recorded: int = 0
    replayed: int = 0
    made: list[Any] = field(default_factory=list)

    def __call__(self, work: Callable[[], Any]) -> tuple[Any, Callable[[], object]]:
        self.recorded += 1
        made = pytree.tree_map(lambda one: torch.full_like(one, torch.nan), work())

        def replay() -> None:
            self.replayed += 1
            pytree.tree_map(torch.Tensor.copy_, made, work())

        return made, replay


def latents_of(model: WanPipeline, request: RenderRequest, driving: DrivingVideo | None = None) -> torch.Tensor:
    cancel = CancelToken()
    return model.denoise(model.prepare(request, CAST, None, cancel, driving), lambda *_: None, cancel)


def choose(monkeypatch: pytest.MonkeyPatch, *policies: Policy) -> None:
    monkeypatch.setattr(wan, "choose_policies", lambda *_, **__: policies)


@pytest.mark.parametrize("beside", [(), (BatchedGuidance(10**6), ReusedGuidance())], ids=["alone", "both shapes"])
@pytest.mark.parametrize("family", ["vace", "animate"])
def test_replayed_forwards_have_the_bits_of_computed_ones(
    family: str, beside: tuple[Policy, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    model: WanPipeline = WanVacePipeline(CARD, build_tiny_wan_vace(), {})
    asked, driving = ASKED, None
    if family == "animate":
        model = WanAnimatePipeline(ANIMATE, build_tiny_wan_animate(), {})
        asked, driving = DRIVEN, noise_driving(DRIVEN, face_px=16)
    choose(monkeypatch, *beside)
    computed = latents_of(model, asked, driving)
    again = Again()
    choose(monkeypatch, *beside, GraphedForwards(again))
    assert torch.equal(latents_of(model, asked, driving), computed)
    forwards = STEPS if beside else 2 * STEPS
    shapes = 2 if beside else 1
    assert (again.recorded, again.replayed) == (shapes, forwards - shapes), "the first of each is computed as it comes"
    assert "forward" not in vars(model._transformer)
    choose(monkeypatch, *beside)
    assert torch.equal(latents_of(model, asked, driving), computed)


def test_a_driving_videos_keys_and_values_are_seen_by_what_is_replayed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wan-Animate-2's forwards read what the first one of the loop kept; the two texts' are of two kinds."""
    model = WanAnimate2Pipeline(ANIMATE_2, DrivenParts.of(build_tiny_wan_animate_2()), {})
    asked = DRIVEN.model_copy(update={"model": ANIMATE_2.name})
    choose(monkeypatch)
    computed = latents_of(model, asked, noise_driving(asked))
    again = Again()
    choose(monkeypatch, GraphedForwards(again))
    assert torch.equal(latents_of(model, asked, noise_driving(asked)), computed)
    assert (again.recorded, again.replayed) == (2, 2 * (STEPS - 1))


def test_weights_that_move_are_never_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    again = Again()
    choose(monkeypatch, GraphedForwards(again))

    def offloaded(offload: Offload) -> WeightOffload:
        return WeightOffload(torch.device("cpu"), offload)

    latents_of(WanVacePipeline(CARD, build_tiny_wan_vace(experts=2), {}), ASKED)
    latents_of(WanVacePipeline(CARD, build_tiny_wan_vace(), {}, weight_offload=offloaded("blocks")), ASKED)
    parts = build_tiny_wan_vace()
    run_virtually(Layout(1, 2), lambda mesh: latents_of(WanVacePipeline(CARD, parts, {}, mesh), ASKED))
    assert again.recorded == 0
    latents_of(WanVacePipeline(CARD, build_tiny_wan_vace(), {}, weight_offload=offloaded("parts")), ASKED)
    assert again.recorded == 1, "a part stays while it is in use"


def test_they_are_on_where_they_are_asked_for_but_in_the_exact_tier() -> None:
    asked = DevicePlacement(graphs="on")
    for tier in ("fast", "draft"):
        assert GraphedForwards() in choose_policies(tier, CUDA, asked)  # type: ignore[arg-type]  # these are tiers
        assert GraphedForwards() not in choose_policies(tier, CUDA)  # type: ignore[arg-type]
    assert GraphedForwards() not in choose_policies("exact", CUDA, asked)


@pytest.mark.skipif(torch.accelerator.is_available(), reason="an accelerator has graphs")
def test_a_machine_without_graphs_is_refused_in_words() -> None:
    with pytest.raises(PolicyUnavailable, match=r"there are no graphs here: .* Try off"):
        check_placement(DevicePlacement(graphs="on"), torch.device("cpu"))
