"""Adapters on a resident model: each request as on a fresh one, to the bit; a bad one leaves the model as it was."""

from __future__ import annotations

import hashlib
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from inference.parallel.mesh import Layout, Mesh
from inference.parallel.virtual import run_virtually
from inference.pipelines.contract import CancelToken, CastPhoto
from inference.pipelines.lora import Adapter, BadAdapter, LoraSlots
from inference.pipelines.wan_vace import WanVacePipeline
from inference.registry.tiny import build_tiny_wan_vace
from tests.inference.pipelines.tiny import CARD, noise_photo, request_of

CAST = (CastPhoto("chr_1", "Ada", "centre", (noise_photo(1),)),)
WIDTH = 96


def adapter(folder: Path, seed: int, **changes: torch.Tensor) -> Adapter:
    """A random adapter of rank 2 + seed at two kinds of layers."""
    generator = torch.Generator().manual_seed(seed)
    rank = 2 + seed
    tensors = {}
    for layer in ("blocks.0.attn1.to_q", "blocks.1.attn2.to_v", "blocks.2.ffn.net.2"):
        tensors[f"{layer}.lora_A.weight"] = torch.randn((rank, WIDTH), generator=generator) * 0.3
        tensors[f"{layer}.lora_B.weight"] = torch.randn((WIDTH, rank), generator=generator) * 0.3
    return save(folder / f"{seed}.safetensors", tensors | changes)


def save(path: Path, tensors: dict[str, torch.Tensor]) -> Adapter:
    save_file(tensors, path)
    return Adapter("chr_1", path, hashlib.sha256(path.read_bytes()).hexdigest())


class Studio:
    """A tiny model with its slots."""

    def __init__(self, mesh: Mesh | None = None, most: int = 8) -> None:
        self.pipeline = WanVacePipeline(CARD, build_tiny_wan_vace(), {}, mesh)
        self.slots = LoraSlots(self.pipeline._transformer, most)

    def render(self, *adapters: Adapter) -> torch.Tensor:
        cancel = CancelToken()
        with self.slots.using(adapters):
            shot = self.pipeline.prepare(request_of(CAST, steps=1), CAST, None, cancel)
            return self.pipeline.denoise(shot, lambda *_: None, cancel)


def test_requests_with_different_adapters_interleave_and_leak_nothing(tmp_path: Path) -> None:
    one, two = adapter(tmp_path, 1), adapter(tmp_path, 2)
    casts: list[tuple[Adapter, ...]] = [(), (one,), (two,), (one, two)]
    alone = [Studio().render(*cast) for cast in casts]
    for i, first in enumerate(alone):
        assert not any(torch.equal(first, other) for other in alone[i + 1 :]), "each adapter is felt"
    resident = Studio()
    for number in (1, 0, 2, 1, 3, 0, 3, 2, 0):
        assert torch.equal(resident.render(*casts[number]), alone[number])
    resident.slots.unload(one.sha256)
    assert resident.slots.loaded == (two.sha256,)
    assert torch.equal(resident.render(), alone[0])
    assert torch.equal(resident.render(one), alone[1])


def test_two_ranks_feel_what_one_does(tmp_path: Path) -> None:
    one, two = adapter(tmp_path, 1), adapter(tmp_path, 2)
    alone = Studio().render(one, two)
    for layout in (Layout(1, 2), Layout(2, 1)):
        made = run_virtually(layout, lambda mesh: Studio(mesh).render(one, two))
        assert all(torch.equal(latents, alone) for latents in made)


def test_a_full_house_unloads_what_was_unused_the_longest(tmp_path: Path) -> None:
    studio = Studio(most=1)
    one, two = adapter(tmp_path, 1), adapter(tmp_path, 2)
    first = studio.render(one)
    studio.render(two)
    assert studio.slots.loaded == (two.sha256,)
    assert torch.equal(studio.render(one), first)


def test_a_bad_adapter_is_refused_and_leaves_the_model_as_it_was(tmp_path: Path) -> None:
    studio = Studio()
    good = adapter(tmp_path, 1)
    query = "blocks.0.attn1.to_q.lora_A.weight"
    before, with_good = studio.render(), studio.render(good)
    pickled = tmp_path / "evil.safetensors"
    pickled.write_bytes(pickle.dumps({"a": 1}))
    bad = [
        (Adapter("chr_1", good.path, "0" * 64), "expected 0000"),
        (Adapter("chr_1", pickled, hashlib.sha256(pickled.read_bytes()).hexdigest()), "no safetensors"),
        (Adapter("chr_1", tmp_path / "weights.pt", "0" * 64), "not a .safetensors file"),
        (adapter(tmp_path, 3, **{"blocks.9.attn1.to_q.lora_A.weight": torch.ones(1, WIDTH)}), "not made for"),
        (adapter(tmp_path, 4, **{query: torch.ones(6, 7)}), "7 to 96 wide"),
        (adapter(tmp_path, 5, **{"blocks.0.attn1.to_k.lora_A.weight": torch.ones(6, WIDTH)}), "two halves"),
        (adapter(tmp_path, 6, **{query: torch.full((8, WIDTH), torch.nan)}), "not finite"),
        (Adapter("chr_1", good.path, good.sha256, 3.0), "up to 2, not 3.0"),
    ]
    for one, words in bad:
        with pytest.raises(BadAdapter, match=words):
            studio.render(good, one) if one.sha256 != good.sha256 else studio.render(one)
        assert studio.slots.loaded == (good.sha256,)
    assert torch.equal(studio.render(), before)
    assert torch.equal(studio.render(good), with_good)
