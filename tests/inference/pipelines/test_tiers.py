"""Tiers: what each promises and is made of, that no policy leaves a trace, and that a receipt says what was on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from inference.parallel.mesh import Layout
from inference.parallel.virtual import run_virtually
from inference.pipelines import tiers, wan
from inference.pipelines.contract import CancelToken, CastPhoto
from inference.pipelines.device_placement import DevicePlacement
from inference.pipelines.policies.attention import Attention, LossyAttention
from inference.pipelines.policies.batched_guidance import BatchedGuidance
from inference.pipelines.policies.compiled_blocks import CompiledBlocks
from inference.pipelines.policies.contract import Policy, PolicyUnavailable
from inference.pipelines.policies.extrapolated_steps import ExtrapolatedSteps
from inference.pipelines.policies.float8_products import Float8Products
from inference.pipelines.policies.one_shape import OneShape
from inference.pipelines.policies.reused_guidance import ReusedGuidance
from inference.pipelines.policies.tf32 import Tf32
from inference.pipelines.tiers import (
    FAST_BOUNDS,
    PromiseBroken,
    check_placement,
    choose_policies,
    hold_to_promise,
    is_repeatable,
    list_kernels,
)
from inference.pipelines.wan_vace import WanVacePipeline
from inference.protocol import RenderRequest, Tier
from inference.registry.tiny import build_tiny_wan_vace
from inference.step_plan import count_forwards
from tests.inference.pipelines.test_lora import adapter_of
from tests.inference.pipelines.tiny import CARD, noise_photo, request_of

CAST = (CastPhoto("chr_1", "Ada", "centre", (noise_photo(1),)),)
STEPS = 8
CPU, CUDA, STRANGER = (torch.device(kind) for kind in ("cpu", "cuda", "meta"))


@pytest.fixture(scope="module")
def vace() -> WanVacePipeline:
    return WanVacePipeline(CARD, build_tiny_wan_vace(), {})


def render(vace: WanVacePipeline, tier: Tier, guidance_scale: float = 3.0) -> tuple[torch.Tensor, int]:
    """Latents, and how many forwards they took."""
    forwards = []
    handle = vace._transformer.register_forward_pre_hook(lambda *_: forwards.append(1))
    try:
        latents = latents_of(vace, request_of(CAST, steps=STEPS, tier=tier, guidance_scale=guidance_scale), CAST)
    finally:
        handle.remove()
    return latents, len(forwards)


def latents_of(vace: WanVacePipeline, request: RenderRequest, cast: tuple[CastPhoto, ...]) -> torch.Tensor:
    cancel = CancelToken()
    return vace.denoise(vace.prepare(request, cast, None, cancel), lambda *_: None, cancel)


def choosing(policies: dict[Tier, tuple[Policy, ...]]) -> Callable[..., tuple[Policy, ...]]:
    """In place of `choose_policies`."""
    return lambda tier, *_, **__: policies.get(tier, ())


def test_fast_is_exact_where_there_are_no_faster_kernels(vace: WanVacePipeline) -> None:
    (exact, forwards), (fast, as_many) = render(vace, "exact"), render(vace, "fast")
    assert torch.equal(exact, fast)
    assert forwards == as_many == 2 * STEPS


def test_draft_saves_forwards_and_stays_nearer_than_without_guidance(vace: WanVacePipeline) -> None:
    (exact, _), (draft, forwards), (unguided, _) = (
        render(vace, "exact"), render(vace, "draft"), render(vace, "exact", guidance_scale=1.0)
    )  # fmt: skip
    assert forwards == count_forwards(STEPS, 3.0, skips=True) < 2 * STEPS
    assert not torch.equal(exact, draft)
    assert (draft - exact).norm() < (unguided - exact).norm()
    again, _ = render(vace, "draft")
    assert torch.equal(draft, again), "lossy, and still the same for the same seed"


def test_without_guidance_only_steps_are_saved(vace: WanVacePipeline) -> None:
    (exact, forwards), (draft, fewer) = render(vace, "exact", 1.0), render(vace, "draft", 1.0)
    assert (forwards, fewer) == (STEPS, count_forwards(STEPS, 1.0, skips=True))
    assert not torch.equal(exact, draft)


def test_exact_bits_do_not_hear_of_neighbours_in_other_tiers(
    vace: WanVacePipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With every policy on that can run here but compiled blocks, which have a test of their own below."""
    exact, _ = render(vace, "exact")
    kernels = (Attention("_native_math"), BatchedGuidance(10**6))
    lossy = (*kernels, ReusedGuidance(), ExtrapolatedSteps())
    monkeypatch.setattr(wan, "choose_policies", choosing({"fast": kernels, "draft": lossy}))
    made = []
    for tier in ("fast", "draft", "fast", "draft"):
        made.append(render(vace, tier)[0])  # type: ignore[arg-type]  # these are tiers
        assert torch.equal(render(vace, "exact")[0], exact), f"after {tier}"
    assert torch.equal(made[0], made[2])
    assert torch.equal(made[1], made[3])
    assert (made[0] - exact).norm() <= FAST_BOUNDS[torch.float32] * exact.norm()
    assert not torch.equal(made[0], exact)


@pytest.mark.parametrize("policy", [
    Tf32(), Attention("_native_math"), LossyAttention("sage"), CompiledBlocks(), BatchedGuidance(1), ReusedGuidance(),
    ExtrapolatedSteps(), Float8Products(),
], ids=lambda policy: policy.name)  # fmt: skip
def test_a_tier_refuses_what_changes_more_than_it_promises(
    vace: WanVacePipeline, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert hold_to_promise("draft", (policy,)) == (policy,)
    with pytest.raises(PromiseBroken, match=f"the exact tier promises more: {policy.name} changes the"):
        hold_to_promise("exact", (policy,))
    if policy.changes == "picture":
        with pytest.raises(PromiseBroken, match="the fast tier promises more"):
            hold_to_promise("fast", (policy,))
    monkeypatch.setattr(wan, "choose_policies", choosing({"exact": (policy,)}))
    with pytest.raises(PromiseBroken, match=policy.name):
        render(vace, "exact")


def test_the_receipt_says_everything_that_was_on_with_its_parameters(vace: WanVacePipeline) -> None:
    assert set(vace.switched_on("exact")) ^ set(vace.switched_on("fast")) == {
        "products of 64 rows, attention by single heads", "rows padded to tiles of 64",
    }  # fmt: skip
    assert "tiled VAE" in vace.switched_on("exact")
    extrapolated = "steps computed one in 2 after the first 25%, the others extrapolated (order 1)"
    assert vace.switched_on("draft")[-2:] == ("guidance computed every 2 steps", extrapolated)
    shared = run_virtually(Layout(2, 2), lambda mesh: WanVacePipeline(CARD, vace.parts, {}, mesh).switched_on("draft"))
    assert {words[-2:] for words in shared} == {(extrapolated, "4 ranks: guidance 2, sequence 2")}
    assert not any("every 2 steps" in one for words in shared for one in words), "each text has a rank of its own"


def test_kernels_are_switched_for_one_render_and_no_adapter_compiles_them_anew(
    vace: WanVacePipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compiled, then with an adapter, then compiled, then exact: nothing compiles twice, and exact is what it was."""
    asked = request_of(CAST, steps=1, tier="fast")
    adapted = (replace(CAST[0], adapter=adapter_of(1)),)
    exact, adapter = (latents_of(vace, asked, cast) for cast in (CAST, adapted))
    kernels = (Attention("_native_math"), CompiledBlocks("eager"))
    monkeypatch.setattr(wan, "choose_policies", choosing({"fast": kernels}))
    compiled = latents_of(vace, asked, CAST)
    assert all(hasattr(block, "_kept_compiled") for block in vace._transformer.blocks)
    assert (compiled - exact).norm() <= FAST_BOUNDS[torch.float32] * exact.norm()
    with torch.compiler.set_stance("fail_on_recompile"):
        with_adapter = latents_of(vace, asked, adapted)
        assert torch.equal(latents_of(vace, asked, CAST), compiled)
    assert (with_adapter - adapter).norm() <= FAST_BOUNDS[torch.float32] * adapter.norm()
    monkeypatch.undo()
    assert torch.equal(latents_of(vace, asked, CAST), exact)


def test_a_tier_is_the_same_set_on_every_device_of_a_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    lossy = (ReusedGuidance(), ExtrapolatedSteps())
    assert choose_policies("fast", CPU, batch_tokens=9) == ()
    assert choose_policies("draft", CPU, batch_tokens=9) == lossy
    fast = (Tf32(), Attention("_native_cudnn"), CompiledBlocks())
    assert choose_policies("fast", CUDA) == fast
    assert choose_policies("fast", CUDA, batch_tokens=9) == (*fast, BatchedGuidance(9))
    assert choose_policies("draft", CUDA, batch_tokens=9) == (*fast, BatchedGuidance(9), *lossy)
    assert choose_policies("draft", CUDA, batch_tokens=9, guidance_ranks=2) == (*fast, ExtrapolatedSteps())
    assert choose_policies("fast", STRANGER) == (CompiledBlocks(),), "nobody's attention, no TF32"
    monkeypatch.setattr(tiers, "say_what_is_missing", lambda _: None)
    assert choose_policies("fast", CUDA)[1] == Attention("_flash_3"), "the fastest lossless one that is installed"
    assert choose_policies("fast", CUDA, DevicePlacement(attention="native")) == (Tf32(), CompiledBlocks())


def test_where_no_compiler_is_nothing_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    for tier in ("fast", "draft"):
        assert CompiledBlocks() not in choose_policies(tier, CUDA)


def test_exact_products_have_one_shape_and_the_fast_ones_come_as_they_are() -> None:
    exact = choose_policies("exact", CUDA, batch_tokens=9)
    assert choose_policies("exact", CPU) == (OneShape(64),)
    assert exact == (OneShape(2048),), "enough of them to fill a card"
    assert is_repeatable(exact)
    assert not is_repeatable(choose_policies("fast", CUDA))
    assert "shapes: 2048 rows, single heads" in list_kernels(exact), "no checkpoint of another tile"
    assert hold_to_promise("exact", exact) == exact


def test_an_attention_that_is_asked_for_is_used_but_by_the_exact_tier() -> None:
    assert choose_policies("fast", CPU, DevicePlacement(attention="plain")) == (Attention("_native_math"),)
    assert choose_policies("exact", CPU, DevicePlacement(attention="plain")) == choose_policies("exact", CPU)


def test_what_quantises_is_only_for_the_draft_tier_and_only_when_asked_for() -> None:
    assert LossyAttention("sage") in choose_policies("draft", CUDA, DevicePlacement(attention="sage"))
    assert choose_policies("fast", CUDA, DevicePlacement(attention="sage")) == choose_policies(
        "fast", CUDA, DevicePlacement(attention="auto")
    )
    assert LossyAttention("sage") not in choose_policies("draft", CUDA)


@pytest.mark.parametrize(("attention", "device", "words"), [
    ("flash3", CUDA, "FlashAttention 3 cannot be used here: .*missing package or the version is too old.*Try auto"),
    ("sage", CUDA, "SageAttention, in 8 bits cannot be used here: .*Please install `sageattention>=.*Try auto"),
    ("sage", CPU, "SageAttention, in 8 bits is not for cpu: try auto or native"),
    ("cudnn", CPU, "cuDNN attention is not for cpu: try auto or native"),
])  # fmt: skip
def test_an_attention_that_is_not_here_is_refused_in_words(attention: str, device: torch.device, words: str) -> None:
    with pytest.raises(PolicyUnavailable, match=words):
        check_placement(DevicePlacement(attention=attention), device)  # type: ignore[arg-type]  # these are attentions


def test_a_model_is_not_loaded_to_be_refused_later() -> None:
    with pytest.raises(PolicyUnavailable, match="not for cpu: try auto or native"):
        WanVacePipeline(CARD, build_tiny_wan_vace(), {}, placement=DevicePlacement(attention="sage"))
