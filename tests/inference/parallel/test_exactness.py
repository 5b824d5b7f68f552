"""However many ranks share a render, every one of them ends with the bits that a single one makes."""

from __future__ import annotations

import pytest
import torch

from inference.parallel import sequence
from inference.parallel.mesh import Layout, Mesh
from inference.parallel.virtual import run_virtually
from tests.inference.parallel.ranks import in_processes
from tests.inference.parallel.shots import Configuration, Made, render

# 5 latent frames of 4 × 4 tokens; of 3 × 5, whose 75 rows divide by nothing; and 4 × 5 in tiles that overlap.
ODD = Configuration(width=80, height=48)
TILED = Configuration(width=80, height=64, tile_px=32)
UNGUIDED = Configuration(guidance_scale=1.0, references=2)
DRIVEN = Configuration(width=48, driven=True)
ANIMATED = Configuration(width=80, height=48, family="animate")


@pytest.mark.parametrize("layout", [Layout(1, 2), Layout(2, 1), Layout(2, 4), Layout(1, 8)], ids=str)
@pytest.mark.parametrize(
    "configuration", [ODD, TILED, UNGUIDED, ANIMATED], ids=["odd", "tiled", "unguided", "animated"]
)
def test_virtual_ranks_make_what_one_rank_makes(layout: Layout, configuration: Configuration) -> None:
    alone = render(configuration)
    made = run_virtually(layout, lambda mesh: render(configuration, mesh))
    assert len(made) == layout.size
    assert all(one.same_as(alone) for one in made)


def test_ranks_in_processes_make_what_one_rank_makes() -> None:
    configurations = [ODD, TILED, DRIVEN, ANIMATED]
    alone = [render(configuration) for configuration in configurations]
    made = in_processes([(Layout(1, 4), configurations), (Layout(2, 2), configurations)])
    assert len(made) == 4
    for rank in made:
        assert all(one.same_as(other) for one, other in zip(rank, alone * 2, strict=True))


def test_a_planted_fault_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were the padding left among the keys, as is easily forgotten, the comparison above would say so."""
    alone = render(ODD)

    def with_padding(rows: sequence.Rows, mine_BLHD: torch.Tensor) -> torch.Tensor:
        parts = list(mine_BLHD.chunk(rows.link.size, dim=2))
        return torch.cat(rows.link.all_to_all(parts), dim=1)

    def without_adding_any(rows: sequence.Rows, heads_BSHD: torch.Tensor) -> torch.Tensor:
        return torch.cat(rows.link.all_to_all(list(heads_BSHD.split(rows.share, dim=1))), dim=2)

    monkeypatch.setattr(sequence.Rows, "to_heads", with_padding)
    monkeypatch.setattr(sequence.Rows, "to_rows", without_adding_any)
    made = run_virtually(Layout(1, 2), lambda mesh: render(ODD, mesh))
    assert [alone.first_difference(one) for one in made] == ["the prediction of step 1"] * 2


def test_a_neighbour_leaves_nothing_behind() -> None:
    alone = render(ODD)

    def between_others(mesh: Mesh) -> Made:
        render(UNGUIDED, mesh)
        made = render(ODD, mesh)
        render(Configuration(height=48, seed=9), mesh)
        return made

    assert all(one.same_as(alone) for one in run_virtually(Layout(1, 2), between_others))


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
