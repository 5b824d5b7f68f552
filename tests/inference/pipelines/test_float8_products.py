"""Products in float8: how far off they are, what they fill, and that nothing of them is left for another render."""

from __future__ import annotations

import gc
from dataclasses import replace

import pytest
import torch

from inference.catalogue import RequestRefused
from inference.cost import WanShape
from inference.parallel.mesh import Layout, Mesh
from inference.parallel.virtual import run_virtually
from inference.pipelines import wan
from inference.pipelines.contract import CancelToken, CastPhoto
from inference.pipelines.device_placement import DevicePlacement
from inference.pipelines.policies import float8_products
from inference.pipelines.policies.compiled_blocks import CompiledBlocks
from inference.pipelines.policies.contract import PolicyUnavailable
from inference.pipelines.policies.float8_products import Float8Products, scale_rows
from inference.pipelines.tiers import check_placement, choose_policies, list_kernels
from inference.pipelines.wan_vace import WanVacePipeline
from inference.protocol import RenderRequest
from inference.registry.tiny import build_tiny_wan_vace
from tests.inference.pipelines.test_lora import adapter_of
from tests.inference.pipelines.tiny import CARD, noise_photo, request_of

CAST = (CastPhoto("chr_1", "Ada", "centre", (noise_photo(1),)),)
ASKED = request_of(CAST, steps=2, tier="draft", guidance_scale=3.0)
CPU, CUDA = torch.device("cpu"), torch.device("cuda")
IN_FLOAT8 = DevicePlacement(products="float8")


@pytest.fixture(scope="module")
def vace() -> WanVacePipeline:
    return WanVacePipeline(CARD, build_tiny_wan_vace(), {}, placement=IN_FLOAT8)


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A draft that is nothing but these products."""
    monkeypatch.setattr(wan, "choose_policies", lambda tier, *_, **__: (Float8Products(),) if tier == "draft" else ())


def latents_of(model: WanVacePipeline, request: RenderRequest, cast: tuple[CastPhoto, ...] = CAST) -> torch.Tensor:
    cancel = CancelToken()
    return model.denoise(model.prepare(request, cast, None, cancel), lambda *_: None, cancel)


def off(one: torch.Tensor, other: torch.Tensor) -> float:
    return float((one - other).norm() / other.norm())


def float8_bytes() -> int:
    gc.collect()
    found = (one for one in gc.get_objects() if isinstance(one, torch.Tensor) and one.dtype == torch.float8_e4m3fn)
    return sum(one.numel() for one in found)


def test_a_row_keeps_its_size_whatever_the_others_are() -> None:
    rows = torch.tensor([[0.0, 0.0], [1e-30, -1e-30], [3.0, -448.0], [1e30, 2e30]])
    rounded, scales = scale_rows(rows)
    back = rounded.float() * scales
    assert torch.equal(back[0], rows[0]), "zeros stay zeros"
    assert torch.allclose(back[1:], rows[1:], rtol=2**-4)
    assert rounded.float().isfinite().all()


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
def test_a_product_is_within_what_three_bits_of_mantissa_leave(precision: torch.dtype) -> None:
    generator = torch.Generator().manual_seed(0)
    linear = torch.nn.Linear(96, 112).to(precision)
    rows = torch.randn(2, 35, 96, generator=generator).to(precision)
    with torch.inference_mode():
        made, wanted = float8_products._forward_of(linear)(rows), linear(rows)
    assert (made.shape, made.dtype) == (wanted.shape, precision)
    assert 0.01 < off(made.float(), wanted.float()) < 0.06


@pytest.mark.usefixtures("alone")
def test_a_draft_is_near_and_the_exact_tier_hears_nothing_of_it(vace: WanVacePipeline) -> None:
    exactly = ASKED.model_copy(update={"tier": "exact"})
    before = latents_of(vace, exactly)
    draft = latents_of(vace, ASKED)
    assert 0 < off(draft, before) < 0.1
    assert torch.equal(latents_of(vace, ASKED), draft), "the same for the same seed"
    assert torch.equal(latents_of(vace, exactly), before)
    assert float8_bytes() == 0
    assert not any("forward" in vars(module) for module in vace._transformer.modules())


@pytest.mark.usefixtures("alone")
def test_ranks_round_alike(vace: WanVacePipeline) -> None:
    made = run_virtually(
        Layout(1, 2), lambda mesh: latents_of(WanVacePipeline(CARD, vace.parts, {}, mesh, placement=IN_FLOAT8), ASKED)
    )
    assert torch.equal(made[0], made[1])
    assert off(made[0], latents_of(vace, ASKED)) < 1e-4


@pytest.mark.usefixtures("alone")
def test_an_adapter_acts_in_full_precision_beside_them(vace: WanVacePipeline) -> None:
    cast = (replace(CAST[0], adapter=adapter_of(1)),)
    plain, adapted = (latents_of(vace, ASKED, one) for one in (CAST, cast))
    exactly = latents_of(vace, ASKED.model_copy(update={"tier": "exact"}), cast)
    assert off(adapted, exactly) < 0.1 < off(adapted, plain)


@pytest.mark.usefixtures("alone")
def test_what_they_fill_is_counted_and_a_draft_that_has_no_room_for_it_is_refused(
    vace: WanVacePipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    handle = vace._transformer.proj_out.register_forward_pre_hook(lambda *_: seen.append(float8_bytes()))
    latents_of(vace, ASKED)
    handle.remove()
    counted = Float8Products().fills(vace._transformer)
    outputs = sum(one.out_features for one in float8_products._linears(vace._transformer))
    assert set(seen) == {counted - 4 * outputs}, "the weights; their scales are float32"
    shape = WanShape(width=96, feed_forward=96, blocks=3, text_width=32, vace_blocks=2, head_width=12, vae_width=3)
    card = replace(CARD, shape=shape)
    model = WanVacePipeline(card, vace.parts, {}, placement=IN_FLOAT8)
    needed = model._foresee(model.card.default_job._replace(width=64, height=64, frames=9))
    monkeypatch.setattr(model._weight_offload, "room_beside", lambda _: needed + counted // 2)
    latents_of(model, ASKED.model_copy(update={"tier": "exact"}))
    with pytest.raises(RequestRefused, match="GB are free on this device"):
        latents_of(model, ASKED)


def test_only_the_draft_tier_has_them_and_only_when_asked_for() -> None:
    assert Float8Products() in choose_policies("draft", CPU, IN_FLOAT8)
    on_card = choose_policies("draft", CUDA, IN_FLOAT8)
    assert Float8Products() in on_card
    assert CompiledBlocks() not in on_card
    assert "products: float8 in the blocks" in list_kernels(on_card)
    for tier in ("exact", "fast"):
        assert choose_policies(tier, CUDA, IN_FLOAT8) == choose_policies(tier, CUDA)  # type: ignore[arg-type]
    assert Float8Products() not in choose_policies("draft", CUDA)


def test_a_device_that_cannot_multiply_so_is_refused_in_words() -> None:
    check_placement(IN_FLOAT8, CPU)
    with pytest.raises(PolicyUnavailable, match="cuda cannot multiply in float8 here: "):
        check_placement(IN_FLOAT8, torch.device("cuda"))


def test_ranks_are_told_of_them() -> None:
    alone = WanVacePipeline(CARD, build_tiny_wan_vace(), {}, Mesh(), placement=IN_FLOAT8)
    assert "float8 products in the blocks (e4m3, a scale a row)" in alone.switched_on("draft")
    assert alone.switched_on("fast") == WanVacePipeline(CARD, build_tiny_wan_vace(), {}).switched_on("fast")
