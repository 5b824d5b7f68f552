"""LoRA slots: adapters act for the render that asked for them, and leave no bit behind for any other."""

from __future__ import annotations

import hashlib

import pytest
import torch
from safetensors.torch import save

from inference.parallel.mesh import Layout, Mesh
from inference.parallel.virtual import run_virtually
from inference.pipelines.contract import CancelToken, CastPhoto
from inference.pipelines.lora import SLOTS, Adapter, AdapterDoesNotFit
from inference.pipelines.wan_vace import WanVacePipeline
from inference.registry.tiny import build_tiny_wan_vace
from tests.inference.pipelines.tiny import CARD, noise_photo, request_of

WIDTH, RANK = 96, 4
LAYERS = ("blocks.0.attn1.to_q", "blocks.2.attn2.to_v", "vace_blocks.1.attn1.to_out.0", "blocks.1.ffn.net.0.proj")


def adapter_of(
    seed: int, scale: float = 1.0, prefix: str = "transformer.", layers: tuple[str, ...] = LAYERS
) -> Adapter:
    """Random matrices for a few layers, strong enough to be felt."""
    generator = torch.Generator().manual_seed(seed)
    states = {}
    for layer in layers:
        states[f"{prefix}{layer}.lora_A.weight"] = torch.randn(RANK, WIDTH, generator=generator)
        states[f"{prefix}{layer}.lora_B.weight"] = torch.randn(WIDTH, RANK, generator=generator) * 0.2
    data = save(states)
    return Adapter(hashlib.sha256(data).hexdigest(), data, scale)


def fresh(mesh: Mesh | None = None) -> WanVacePipeline:
    return WanVacePipeline(CARD, build_tiny_wan_vace(), {}, mesh)


def render(vace: WanVacePipeline, *adapters: Adapter | None) -> torch.Tensor:
    """Latents of a shot with one character for each adapter."""
    places = ("left", "centre", "right")
    cast = tuple(
        CastPhoto(f"chr_{i}", f"chr_{i}", places[i], (noise_photo(i),), adapter) for i, adapter in enumerate(adapters)
    )
    request, cancel = request_of(cast, steps=2), CancelToken()
    return vace.denoise(vace.prepare(request, cast, None, cancel), lambda *_: None, cancel)


@pytest.fixture(scope="module")
def vace() -> WanVacePipeline:
    return fresh()


@pytest.fixture(scope="module")
def alone() -> dict[str, torch.Tensor]:
    """Each request on a model that has seen nothing else."""
    one, two = adapter_of(1), adapter_of(2)
    return {"none": render(fresh(), None), "one": render(fresh(), one), "two": render(fresh(), two),
            "both": render(fresh(), one, two)}  # fmt: skip


def test_renders_with_different_adapters_interleave_and_leak_nothing(
    vace: WanVacePipeline, alone: dict[str, torch.Tensor]
) -> None:
    one, two = adapter_of(1), adapter_of(2)
    assert not torch.equal(alone["none"], alone["one"]), "an adapter that is not felt would prove nothing"
    assert not torch.equal(alone["one"], alone["two"])
    asked = {"none": (None,), "one": (one,), "two": (two,), "both": (one, two)}
    for name in ("one", "none", "two", "both", "one", "none", "both", "two"):
        assert torch.equal(render(vace, *asked[name]), alone[name]), name


def test_the_scale_decides_how_much_it_acts(vace: WanVacePipeline, alone: dict[str, torch.Tensor]) -> None:
    weak = render(vace, adapter_of(1, scale=1e-3))
    far = (alone["one"] - alone["none"]).abs().mean()
    assert 0 < (weak - alone["none"]).abs().mean() < 0.1 * far


def test_the_least_used_leaves_its_slot_and_comes_back_the_same(alone: dict[str, torch.Tensor]) -> None:
    vace = fresh()
    for seed in range(1, SLOTS + 2):
        render(vace, adapter_of(seed))
    assert adapter_of(1).sha256 not in vace.slots.loaded
    assert len(vace.slots.loaded) == SLOTS
    assert torch.equal(render(vace, adapter_of(1)), alone["one"])


def test_every_rank_switches_the_same_adapters(alone: dict[str, torch.Tensor]) -> None:
    one, two = adapter_of(1), adapter_of(2)
    made = run_virtually(Layout(1, 2), lambda mesh: render(fresh(mesh), one, two))
    assert all(torch.equal(rank, alone["both"]) for rank in made)


def test_names_of_the_original_release_are_understood(vace: WanVacePipeline) -> None:
    theirs = adapter_of(1, prefix="diffusion_model.", layers=("blocks.0.self_attn.q",))
    ours = adapter_of(1, layers=("blocks.0.attn1.to_q",))
    assert torch.equal(render(vace, theirs), render(vace, ours))


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (Adapter("0" * 64, adapter_of(1).data), "not the bytes that were announced"),
        (Adapter(hashlib.sha256(b"pickled").hexdigest(), b"pickled"), "not a safetensors file"),
        (adapter_of(1, layers=("blocks.9.attn1.to_q",)), "which this model does not have"),
        (adapter_of(1, layers=("proj_out",)), "proj_out maps 96 to 64"),
    ],
    ids=["other bytes", "no safetensors", "other model", "other shape"],
)
def test_a_bad_adapter_is_refused_and_leaves_the_model_as_it_was(
    vace: WanVacePipeline, alone: dict[str, torch.Tensor], bad: Adapter, words: str
) -> None:
    loaded = vace.slots.loaded
    with pytest.raises(AdapterDoesNotFit, match=words):
        render(vace, bad)
    assert vace.slots.loaded == loaded
    assert torch.equal(render(vace, None), alone["none"])
