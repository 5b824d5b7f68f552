"""What a kernel is told does not say how many ranks there are, so a device that picks kernels by it picks the same.

No GPU is needed to see that: every call is recorded, and a CPU is made to round by shape.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from inference.parallel import fixed_shapes
from inference.parallel.mesh import Layout, Mesh
from inference.parallel.sequence import TILE, Rows, rows_of, share_sequence
from inference.parallel.vae_tiles import decode_tiles
from inference.parallel.virtual import run_virtually
from inference.pipelines import wan
from inference.pipelines.wan_shot import WanShot
from inference.registry.tiny import HEADS, build_tiny_wan_vace
from tests.inference.parallel.shape_modes import RoundsByShape, Told, calls_of
from tests.inference.parallel.shots import Configuration, Made, Served, render, tiny
from tests.inference.pipelines import test_lora

RANKS = (1, 2, 4, 8)
VACE = Configuration(width=80, height=64, tile_px=32, steps=1)  # 80 tokens: two tiles on one rank, one on every other
ANIMATE = Configuration(width=80, height=64, family="animate", steps=1)
DRIVEN = Configuration(width=80, height=64, references=2, driven=True, steps=1)
ASKED = pytest.mark.parametrize("asked", [VACE, ANIMATE, DRIVEN], ids=["vace", "animate", "driven"])
EVERY_LAYER = (
    "vace_blocks.0.proj_in", "vace_blocks.1.proj_out", "blocks.0.attn1.to_q", "blocks.0.attn1.to_out.0",
    "blocks.1.attn2.to_q", "blocks.1.attn2.to_k", "blocks.2.attn2.to_out.0", "blocks.2.ffn.net.0.proj",
    "blocks.2.ffn.net.2",
)  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """What is computed here is small, and virtual ranks take turns anyway."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@ASKED
def test_each_rank_makes_the_same_calls_a_tile_and_a_head_however_many_ranks_there_are(asked: Configuration) -> None:
    """calls = a + b · tiles + c · heads, with whole a, b and c for everything that a kernel can be told."""
    calls, shares = {}, []
    for ranks in RANKS:
        made = run_virtually(Layout(1, ranks), functools.partial(_denoise, asked))
        assert all(one == made[0] for one in made), "ranks differ among themselves"
        calls[ranks], tiles = made[0]
        shares.append((1, tiles, HEADS // ranks))
    counts = {told: [calls[ranks][told] for ranks in RANKS] for told in set().union(*calls.values())}
    assert len(counts) > 10
    assert {told: found for told, found in counts.items() if not _is_shared_out(found, shares)} == {}


def _denoise(asked: Configuration, mesh: Mesh) -> tuple[Counter[Told], int]:
    """What one rank calls to denoise, and its tiles."""
    served, shot = Served(asked.family, asked.tile_px, mesh), _shot(asked)
    tiles: set[int] = set()

    def watch(block: torch.nn.Module, told: tuple[torch.Tensor, ...]) -> None:
        tiles.add(told[0].shape[1] // TILE)

    served._pipeline._transformer.blocks[0].register_forward_pre_hook(watch)
    calls = calls_of(lambda: served.walk(shot))
    assert len(tiles) == 1
    return calls, tiles.pop()


@functools.cache
def _shot(asked: Configuration) -> WanShot:
    return Served(asked.family, asked.tile_px).prepare(asked)


def _is_shared_out(counts: list[int], shares: list[tuple[int, int, int]]) -> bool:
    solved = np.linalg.lstsq(np.array(shares, float), np.array(counts, float), rcond=None)[0].round().astype(int)
    return bool((solved >= 0).all() and (np.array(shares) @ solved == counts).all())


@ASKED
@pytest.mark.parametrize("layout", [Layout(1, 2), Layout(2, 4), Layout(1, 8)], ids=str)
def test_a_device_that_rounds_by_shape_makes_one_ranks_latents(asked: Configuration, layout: Layout) -> None:
    alone = _alone(asked)
    assert not torch.equal(alone, Served(asked.family, asked.tile_px).walk(_shot(asked))[1]), "it rounds as it likes"
    assert all(torch.equal(made, alone) for made in _together(asked, layout))


def test_and_one_ranks_frames() -> None:
    """From the photos on: the encoders see all on every rank, VAE tiles are dealt out."""

    def whole(mesh: Mesh) -> Made:
        with RoundsByShape():
            return render(VACE, mesh)

    alone = whole(Mesh())
    assert [alone.first_difference(made) for made in run_virtually(Layout(1, 2), whole)] == [None] * 2


def test_adapters_are_felt_alike_there() -> None:
    one = test_lora.adapter_of(1, layers=EVERY_LAYER)

    def adapted(mesh: Mesh) -> torch.Tensor:
        with RoundsByShape():
            return test_lora.render(test_lora.fresh(mesh), one)

    alone = adapted(Mesh())
    assert all(torch.equal(made, alone) for made in run_virtually(Layout(1, 2), adapted))


def test_without_tiles_that_device_makes_other_latents(monkeypatch: pytest.MonkeyPatch) -> None:
    """So the comparison above sees what it is there to see."""
    monkeypatch.setattr(wan, "choose_policies", lambda *_, **__: ())
    alone = _walk_strangely(VACE, Mesh())
    assert not any(torch.equal(made, alone) for made in _together(VACE, Layout(1, 2)))


@pytest.mark.parametrize("forgotten", ["norm2", "ffn", "proj_in", "proj_out"])
def test_a_layer_that_was_forgotten_is_seen(monkeypatch: pytest.MonkeyPatch, forgotten: str) -> None:
    others = tuple(name for name in fixed_shapes._ROW_BY_ROW if name != forgotten)
    monkeypatch.setattr(fixed_shapes, "_ROW_BY_ROW", others)
    alone = _walk_strangely(VACE, Mesh())
    assert not any(torch.equal(made, alone) for made in _together(VACE, Layout(1, 2)))


@functools.cache
def _alone(asked: Configuration) -> torch.Tensor:
    return _walk_strangely(asked, Mesh())


def _together(asked: Configuration, layout: Layout) -> list[torch.Tensor]:
    return run_virtually(layout, functools.partial(_walk_strangely, asked))


def _walk_strangely(asked: Configuration, mesh: Mesh) -> torch.Tensor:
    """Latents, on a device that rounds by shape."""
    served, shot = Served(asked.family, asked.tile_px, mesh), _shot(asked)
    with RoundsByShape():
        return served.walk(shot)[1]


def test_each_vae_tile_is_decoded_by_one_rank_in_the_shape_that_it_has_anyway() -> None:
    vae = tiny("vace").vae
    vae.enable_tiling(32, 32, 24, 24)
    latents = torch.randn(1, 16, 2, 8, 10, generator=torch.Generator().manual_seed(1))

    def decode(mesh: Mesh) -> Counter[Told]:
        with torch.inference_mode():
            return calls_of(lambda: decode_tiles(vae, latents, mesh.world))

    alone = decode(Mesh())
    assert len(alone) > 10
    for ranks in RANKS[1:]:
        assert sum(run_virtually(Layout(1, ranks), decode), Counter()) == alone


def test_a_transformer_is_afterwards_what_it_was() -> None:
    shared = share_sequence(build_tiny_wan_vace().transformer, Mesh().sequence)
    before = [dict(vars(module)) for module in shared.modules()]
    rows = rows_of(shared)
    told = rows.tile, rows.one_by_one
    with fixed_shapes.fixed_shapes(shared, 32):
        assert (rows.tile, rows.one_by_one) == (32, True)
        assert "forward" in vars(shared.blocks[0].ffn)
    assert (rows.tile, rows.one_by_one) == told
    assert [dict(vars(module)) for module in shared.modules()] == before


def test_work_by_tile_is_the_work_at_once() -> None:
    rows = Rows(Mesh().sequence, tile=4)
    rows.length = 10
    taken = rows.take(torch.arange(20.0).view(1, 10, 2))
    whole = rows.by_tile(torch.sin, taken)
    rows.one_by_one = True
    assert torch.equal(rows.by_tile(torch.sin, taken), whole)
