"""However many ranks share a render, every one of them ends with the bits that a single one makes."""

from __future__ import annotations

import functools

import pytest
import torch

from inference.motion.sequence import SharedMotion
from inference.motion.transformer import attend
from inference.parallel import sequence
from inference.parallel.mesh import Layout, Mesh, RanksDoNotFit, SingleRank
from inference.parallel.virtual import run_virtually
from tests.inference.parallel.acts import Acted, model_with
from tests.inference.parallel.ranks import Amid, Asked, in_processes, make
from tests.inference.parallel.shots import Configuration, Made

# 5 latent frames of 4 × 4 tokens; of 3 × 5, whose 75 rows divide by nothing; and 4 × 5 in tiles that overlap.
ODD = Configuration(width=80, height=48)
TILED = Configuration(width=80, height=64, tile_px=32)
UNGUIDED = Configuration(guidance_scale=1.0, references=2)
DRIVEN = Configuration(width=48, driven=True)
ANIMATED = Configuration(width=80, height=48, family="animate")
ACTED = Acted(
    frames=279, characters=3
)  # 35 tokens in tiles of 16: of four ranks the third has three rows, the last none


@functools.cache
def make_alone(asked: Asked) -> Made:
    """By one rank, once for all tests that compare with it."""
    return make(asked)


@pytest.mark.parametrize("layout", [Layout(1, 2), Layout(2, 1), Layout(2, 4), Layout(1, 8)], ids=str)
@pytest.mark.parametrize(
    "asked", [ODD, TILED, UNGUIDED, ANIMATED, ACTED], ids=["odd", "tiled", "unguided", "animated", "acted"]
)
def test_virtual_ranks_make_what_one_rank_makes(layout: Layout, asked: Asked) -> None:
    alone = make_alone(asked)
    made = run_virtually(layout, lambda mesh: make(asked, mesh))
    assert len(made) == layout.size
    assert all(one.same_as(alone) for one in made)


def test_ranks_in_processes_make_what_one_rank_makes() -> None:
    """Alone, between two other requests to the same model, and while those are decoded or denoised beside it."""
    asked = [ODD, TILED, DRIVEN, ANIMATED, ACTED]
    alone = [make_alone(one) for one in asked]
    neighboured: list[Asked] = [Amid(ODD), Amid(TILED, "beside"), Amid(ACTED)]
    made = in_processes([(Layout(1, 4), [*asked, *neighboured]), (Layout(2, 2), asked)])
    assert len(made) == 4
    for rank in made:
        expected = [*alone, alone[0], alone[1], alone[4], *alone]
        assert all(one.same_as(other) for one, other in zip(rank, expected, strict=True))


@pytest.mark.parametrize("layout", [Layout(1, 3), Layout(2, 3), Layout(1, 6)], ids=str)
@pytest.mark.parametrize("frames", [80, 240], ids=["too short to share", "the longest"])
def test_the_shipped_motion_model_acts_the_same_on_any_number_of_ranks(layout: Layout, frames: int) -> None:
    asked = Acted(frames=frames, characters=2, heads=None)
    alone = make_alone(asked)
    assert all(one.same_as(alone) for one in run_virtually(layout, lambda mesh: make(asked, mesh)))


def test_heads_of_the_motion_model_that_do_not_divide_are_refused() -> None:
    with pytest.raises(RanksDoNotFit, match=r"8 attention heads cannot be shared by 3 ranks: try 1, 2, 4, 8"):
        SharedMotion(model_with(8), SingleRank(0, 3))


def test_sharing_leaves_the_motion_model_as_it_was() -> None:
    model = model_with(8)
    shared = SharedMotion(model, SingleRank(0, 2))._shared
    assert model.blocks[0].attention.attend is attend
    assert not model.blocks[0]._forward_pre_hooks
    assert shared.latent_in.weight is model.latent_in.weight, "weights are not copied"


def test_a_planted_fault_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were the padding left among the keys, as is easily forgotten, the comparison above would say so."""
    expected = {asked: make_alone(asked) for asked in (ODD, ACTED)}

    def with_padding(rows: sequence.Rows, mine_BLHD: torch.Tensor) -> torch.Tensor:
        parts = list(mine_BLHD.chunk(rows.link.size, dim=2))
        return torch.cat(rows.link.all_to_all(parts), dim=1)

    def without_adding_any(rows: sequence.Rows, heads_BSHD: torch.Tensor) -> torch.Tensor:
        return torch.cat(rows.link.all_to_all(list(heads_BSHD.split(rows.share, dim=1))), dim=2)

    monkeypatch.setattr(sequence.Rows, "to_heads", with_padding)
    monkeypatch.setattr(sequence.Rows, "to_rows", without_adding_any)
    for asked in (ODD, ACTED):
        alone = expected[asked]
        made = run_virtually(Layout(1, 2), lambda mesh, asked=asked: make(asked, mesh))
        assert [alone.first_difference(one) for one in made] == ["the prediction of step 1"] * 2


@pytest.mark.parametrize("amid", [Amid(ODD), Amid(TILED, "beside"), Amid(ACTED)], ids=["between", "beside", "acted"])
def test_neighbours_leave_nothing_behind(amid: Amid) -> None:
    alone = make_alone(amid.asked)
    assert all(one.same_as(alone) for one in run_virtually(Layout(1, 2), lambda mesh: make(amid, mesh)))


def test_a_plain_wan_is_shared_as_well() -> None:
    """The family's transformer without a control: 3 x 3 x 5 tokens over 1, 4 and 8 ranks."""
    from diffusers import WanTransformer3DModel

    torch.manual_seed(0)
    transformer = WanTransformer3DModel(
        num_attention_heads=8, attention_head_dim=12, in_channels=16, out_channels=16, text_dim=32, freq_dim=64,
        ffn_dim=96, num_layers=2, cross_attn_norm=True, rope_max_seq_len=64,
    ).eval()  # fmt: skip
    told = {"hidden_states": torch.randn(1, 16, 3, 6, 10), "timestep": torch.tensor([500]),
            "encoder_hidden_states": torch.randn(1, 512, 32), "return_dict": False}  # fmt: skip

    def forward(mesh: Mesh) -> torch.Tensor:
        with torch.inference_mode():
            made: torch.Tensor = sequence.share_sequence(transformer, mesh.sequence)(**told)[0]
            return made

    alone = forward(Mesh())
    for ranks in (4, 8):
        assert all(torch.equal(made, alone) for made in run_virtually(Layout(1, ranks), forward))
