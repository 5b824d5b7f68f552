"""Tiers: exact and fast have the same bits on a CPU, draft saves forwards and stays near, and all say what was on."""

from __future__ import annotations

import pytest
import torch

from inference.parallel.mesh import Layout
from inference.parallel.virtual import run_virtually
from inference.pipelines.contract import CancelToken, CastPhoto
from inference.pipelines.wan_vace import WanVacePipeline
from inference.protocol import Tier
from inference.registry.tiny import build_tiny_wan_vace
from tests.inference.pipelines.tiny import CARD, noise_photo, request_of

CAST = (CastPhoto("chr_1", "Ada", "centre", (noise_photo(1),)),)
STEPS = 8


@pytest.fixture(scope="module")
def vace() -> WanVacePipeline:
    return WanVacePipeline(CARD, build_tiny_wan_vace(), {})


def render(vace: WanVacePipeline, tier: Tier, guidance_scale: float = 3.0) -> tuple[torch.Tensor, int]:
    """Latents, and how many forwards they took."""
    forwards = []
    handle = vace._transformer.register_forward_pre_hook(lambda *_: forwards.append(1))
    request, cancel = request_of(CAST, steps=STEPS, tier=tier, guidance_scale=guidance_scale), CancelToken()
    latents = vace.denoise(vace.prepare(request, CAST, None, cancel), lambda *_: None, cancel)
    handle.remove()
    return latents, len(forwards)


def test_fast_is_exact_where_there_are_no_faster_kernels(vace: WanVacePipeline) -> None:
    (exact, forwards), (fast, as_many) = render(vace, "exact"), render(vace, "fast")
    assert torch.equal(exact, fast)
    assert forwards == as_many == 2 * STEPS


def test_draft_saves_a_quarter_of_the_forwards_and_stays_near(vace: WanVacePipeline) -> None:
    (exact, _), (draft, forwards), (unguided, _) = (
        render(vace, "exact"), render(vace, "draft"), render(vace, "exact", guidance_scale=1.0)
    )  # fmt: skip
    assert forwards == STEPS + STEPS // 2
    assert not torch.equal(exact, draft)
    assert (draft - exact).norm() < 0.25 * (unguided - exact).norm(), "far nearer than leaving guidance out"
    again, _ = render(vace, "draft")
    assert torch.equal(draft, again), "lossy, and still the same for the same seed"


def test_without_guidance_there_is_nothing_to_save(vace: WanVacePipeline) -> None:
    (exact, forwards), (draft, as_many) = render(vace, "exact", 1.0), render(vace, "draft", 1.0)
    assert forwards == as_many == STEPS
    assert torch.equal(exact, draft)


def test_the_receipt_says_everything_that_was_on(vace: WanVacePipeline) -> None:
    assert vace.switched_on("exact") == vace.switched_on("fast")
    assert "tiled VAE" in vace.switched_on("exact")
    assert vace.switched_on("draft")[-1] == "guidance computed every 2 steps"
    shared = run_virtually(Layout(2, 2), lambda mesh: WanVacePipeline(CARD, vace.parts, {}, mesh).switched_on("draft"))
    assert {words[-1] for words in shared} == {"4 ranks: guidance 2, sequence 2"}
    assert not any("every 2 steps" in one for words in shared for one in words), "each text has a rank of its own"
