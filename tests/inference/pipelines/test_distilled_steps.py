"""A draft by a step-distilled adapter: diffusers' own call with that adapter, and no other tier hears of it."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load, save

from inference.distilled import Distilled
from inference.exact.noise import draw_noise
from inference.pipelines.contract import CancelToken, CastPhoto
from inference.pipelines.lora import Adapter, AdapterDoesNotFit
from inference.pipelines.policies.contract import PolicyUnavailable
from inference.pipelines.wan_vace import WanVacePipeline
from inference.protocol import RenderRequest, Tier
from inference.registry.tiny import build_tiny_wan_vace
from tests.inference.pipelines.diffusers_own import call_vace
from tests.inference.pipelines.test_lora import RANK, WIDTH, adapter_of
from tests.inference.pipelines.tiny import CARD, noise_photo, request_of

CAST = (CastPhoto("chr_1", "Ada", "centre", (noise_photo(1),)),)


def distilled_adapter(**more: torch.Tensor) -> Adapter:
    """As LightX2V writes them: names of the original release, halves and a bias, norms that change by nothing."""
    generator = torch.Generator().manual_seed(7)
    states = {}
    for block in range(3):
        for layer in ("self_attn.q", "self_attn.o", "cross_attn.v", "ffn.0"):
            name = f"diffusion_model.blocks.{block}.{layer}"
            states[f"{name}.lora_down.weight"] = torch.randn(RANK, WIDTH, generator=generator)
            states[f"{name}.lora_up.weight"] = torch.randn(WIDTH, RANK, generator=generator) * 0.2
            states[f"{name}.diff_b"] = torch.randn(WIDTH, generator=generator) * 0.2
        states[f"diffusion_model.blocks.{block}.self_attn.norm_q.diff"] = torch.zeros(WIDTH)
    data = save(states | more)
    return Adapter(hashlib.sha256(data).hexdigest(), data)


DISTILLED = distilled_adapter()
FEW = Distilled(DISTILLED.sha256, 4, 5.0)
FEW_CARD = replace(CARD, draft_steps=FEW.steps, distilled=FEW)


@pytest.fixture(scope="module")
def plain() -> WanVacePipeline:
    return WanVacePipeline(CARD, build_tiny_wan_vace(), {})


@pytest.fixture(scope="module")
def vace(plain: WanVacePipeline) -> WanVacePipeline:
    return WanVacePipeline(FEW_CARD, plain.parts, {}, distilled=DISTILLED)


def asked(tier: Tier) -> RenderRequest:
    """Of a request that names nothing."""
    steps, guidance = FEW_CARD.steps_in(tier), FEW_CARD.guidance_in(tier)
    return request_of(CAST, tier=tier, steps=min(steps, 6), guidance_scale=guidance)


def latents_of(
    model: WanVacePipeline, request: RenderRequest, cast: tuple[CastPhoto, ...] = CAST
) -> tuple[torch.Tensor, tuple[int, ...]]:
    cancel = CancelToken()
    shot = model.prepare(request, cast, None, cancel)
    return model.denoise(shot, lambda *_: None, cancel), shot.shape


@pytest.mark.parametrize("steps", [4, 8])
def test_a_draft_is_diffusers_own_call_with_the_adapter_in_few_steps_without_guidance(
    vace: WanVacePipeline, steps: int
) -> None:
    request = asked("draft").model_copy(update={"steps": steps})
    assert (request.guidance_scale, FEW_CARD.shift_in("draft")) == (1.0, 5.0)
    latents, shape = latents_of(vace, request)
    theirs = build_tiny_wan_vace()
    theirs.load_lora_weights(load(DISTILLED.data), adapter_name="few")
    wanted, _ = call_vace(theirs, FEW_CARD, request, CAST, draw_noise(shape, request.seed))
    assert torch.equal(latents, wanted)
    theirs.unload_lora_weights()
    without, _ = call_vace(theirs, FEW_CARD, request, CAST, draw_noise(shape, request.seed))
    assert not torch.equal(latents, without), "an adapter that is not felt would prove nothing"


def test_no_step_is_left_out_and_no_other_tier_hears_of_it(vace: WanVacePipeline, plain: WanVacePipeline) -> None:
    forwards: list[int] = []
    draft, _ = latents_of(vace, asked("draft"))
    adapted = vace.slots._adapted
    assert adapted is not None
    handle = adapted.register_forward_pre_hook(lambda *_: forwards.append(1))
    assert torch.equal(latents_of(vace, asked("draft"))[0], draft)
    handle.remove()
    assert len(forwards) == FEW.steps
    for tier in ("exact", "fast"):
        told = asked(tier)  # type: ignore[arg-type]  # these are tiers
        assert torch.equal(latents_of(vace, told)[0], latents_of(plain, told)[0])
        assert vace.switched_on(told.tier) == plain.switched_on(told.tier)
    assert vace.switched_on("draft")[-1] == f"few steps by the adapter {DISTILLED.sha256}"


def test_a_character_brings_its_own_adapter_beside_it(vace: WanVacePipeline) -> None:
    own = (replace(CAST[0], adapter=adapter_of(1)),)
    both, _ = latents_of(vace, asked("draft"), own)
    assert vace.slots.loaded[-2:] == (DISTILLED.sha256, adapter_of(1).sha256)
    assert not torch.equal(both, latents_of(vace, asked("draft"))[0])


@pytest.mark.parametrize(("bad", "words"), [
    (Adapter("0" * 64, DISTILLED.data), "not the bytes that were announced"),
    (distilled_adapter(**{"diffusion_model.blocks.0.norm3.diff": torch.ones(WIDTH)}), "changes norms .*norm3.diff"),
    (distilled_adapter(**{"diffusion_model.blocks.1.self_attn.q.diff_b": torch.ones(5)}), "bias of .*to_q has 5, not"),
])  # fmt: skip
def test_what_does_not_fit_is_refused_before_anything_is_rendered(
    plain: WanVacePipeline, bad: Adapter, words: str
) -> None:
    with pytest.raises(PolicyUnavailable, match=f"the draft tier's adapter: .*{words}"):
        WanVacePipeline(FEW_CARD, plain.parts, {}, distilled=bad)
    with pytest.raises(AdapterDoesNotFit, match=words):
        plain.slots.check(bad)
