"""Tiers: exact and fast have the same bits on a CPU, draft saves forwards and stays near, and all say what was on."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from inference.parallel.mesh import Layout
from inference.parallel.virtual import run_virtually
from inference.pipelines import tiers, wan
from inference.pipelines.contract import CancelToken, CastPhoto
from inference.pipelines.tiers import FAST_BOUNDS, AttentionUnavailable, Kernels, check_attention, choose_kernels
from inference.pipelines.wan_vace import WanVacePipeline
from inference.protocol import RenderRequest, Tier
from inference.registry.tiny import build_tiny_wan_vace
from tests.inference.pipelines.test_lora import adapter_of
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
    assert set(vace.switched_on("exact")) ^ set(vace.switched_on("fast")) == {
        "products of 64 rows, attention by single heads", "rows padded to tiles of 64",
    }  # fmt: skip
    assert "tiled VAE" in vace.switched_on("exact")
    assert vace.switched_on("draft")[-1] == "guidance computed every 2 steps"
    shared = run_virtually(Layout(2, 2), lambda mesh: WanVacePipeline(CARD, vace.parts, {}, mesh).switched_on("draft"))
    assert {words[-1] for words in shared} == {"4 ranks: guidance 2, sequence 2"}
    assert not any("every 2 steps" in one for words in shared for one in words), "each text has a rank of its own"


def test_kernels_are_switched_for_one_render_and_no_adapter_compiles_them_anew(
    vace: WanVacePipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compiled, then with an adapter, then compiled, then exact: nothing compiles twice, and exact is what it was."""
    asked = request_of(CAST, steps=1, tier="fast")
    adapted = (replace(CAST[0], adapter=adapter_of(1)),)
    exact, adapter = (latents_of(vace, asked, cast) for cast in (CAST, adapted))
    monkeypatch.setattr(wan, "choose_kernels", lambda *_: Kernels(attention="_native_math", compiler="eager"))
    compiled = latents_of(vace, asked, CAST)
    assert all(hasattr(block, "_kept_compiled") for block in vace._transformer.blocks)
    assert (compiled - exact).norm() <= FAST_BOUNDS[torch.float32] * exact.norm()
    with torch.compiler.set_stance("fail_on_recompile"):
        with_adapter = latents_of(vace, asked, adapted)
        assert torch.equal(latents_of(vace, asked, CAST), compiled)
    assert (with_adapter - adapter).norm() <= FAST_BOUNDS[torch.float32] * adapter.norm()
    monkeypatch.undo()
    assert torch.equal(latents_of(vace, asked, CAST), exact)


def latents_of(vace: WanVacePipeline, request: RenderRequest, cast: tuple[CastPhoto, ...]) -> torch.Tensor:
    cancel = CancelToken()
    return vace.denoise(vace.prepare(request, cast, None, cancel), lambda *_: None, cancel)


def test_the_fastest_lossless_attention_is_chosen_by_device(monkeypatch: pytest.MonkeyPatch) -> None:
    cuda, npu, cpu = (torch.device(kind) for kind in ("cuda", "meta", "cpu"))
    assert choose_kernels("fast", cpu) == Kernels()
    assert choose_kernels("fast", cuda) == Kernels("_native_cudnn", "inductor", tf32=True)
    with pytest.raises(AttentionUnavailable, match="not installed: try auto or cudnn"):
        check_attention("flash3", cuda)
    monkeypatch.setattr(tiers, "find_spec", lambda _: object())
    check_attention("flash3", cuda)
    assert choose_kernels("fast", cuda).words() == (
        "TF32 products", "FlashAttention 3", "compiled blocks where no adapter acts",
    )  # fmt: skip
    assert choose_kernels("fast", cuda, "native").attention is None
    assert not choose_kernels("fast", npu).tf32


def test_exact_products_have_one_shape_and_the_fast_ones_come_as_they_are() -> None:
    cuda, cpu = torch.device("cuda"), torch.device("cpu")
    assert choose_kernels("exact", cpu) == Kernels(row_tile=64)
    assert choose_kernels("exact", cuda) == Kernels(row_tile=2048), "enough of them to fill a card"
    assert choose_kernels("exact", cuda).repeatable
    assert not choose_kernels("fast", cuda).repeatable
    assert "shapes: 2048 rows, single heads" in choose_kernels("exact", cuda).facts(), "no checkpoint of another tile"


def test_an_attention_that_is_asked_for_is_used_but_by_the_exact_tier() -> None:
    cpu = torch.device("cpu")
    assert choose_kernels("fast", cpu, "plain").words() == ("plain attention",)
    assert choose_kernels("exact", cpu, "plain") == choose_kernels("exact", cpu)
    with pytest.raises(AttentionUnavailable, match="for NVIDIA's GPUs, not cpu: try auto or native"):
        WanVacePipeline(CARD, build_tiny_wan_vace(), {}, attention="cudnn")
