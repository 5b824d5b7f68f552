"""Who exchanges with whom, and what cannot be shared."""

from __future__ import annotations

import time

import pytest
import torch

from inference.parallel.mesh import Layout, Mesh, RanksDoNotFit, SingleRank, backend_of, check_heads
from inference.parallel.sequence import share_sequence
from inference.parallel.virtual import RankLost, run_virtually
from inference.registry.tiny import build_tiny_wan_vace


def test_every_rank_is_in_one_group_of_each_kind() -> None:
    layout = Layout(guidance=2, sequence=4)
    assert layout.sequences() == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert layout.guidances() == [[0, 4], [1, 5], [2, 6], [3, 7]]


def test_a_gather_gives_everybody_all_in_order_and_an_all_to_all_transposes() -> None:
    def work(mesh: Mesh) -> tuple[list[float], list[float], list[float]]:
        mine = torch.tensor([float(mesh.rank)])
        world = mesh.world.all_gather(mine)
        across = mesh.sequence.all_to_all([mine * 10 + i for i in range(mesh.sequence.size)])
        texts = mesh.guidance.all_gather(mine)
        return [float(x) for x in world], [float(x) for x in across], [float(x) for x in texts]

    made = run_virtually(Layout(2, 2), work)
    assert [one[0] for one in made] == [[0, 1, 2, 3]] * 4
    assert [one[1] for one in made] == [[0, 10], [1, 11], [20, 30], [21, 31]]
    assert [one[2] for one in made] == [[0, 2], [1, 3], [0, 2], [1, 3]]


def test_what_was_received_is_ones_own() -> None:
    def work(mesh: Mesh) -> float:
        mine = torch.ones(1)
        for received in mesh.world.all_gather(mine):
            received.add_(5)
        return float(mine)

    assert run_virtually(Layout(1, 2), work) == [1.0, 1.0]


def test_one_virtual_rank_runs_at_a_time() -> None:
    running = []

    def work(mesh: Mesh) -> bool:
        running.append(mesh.rank)
        time.sleep(0.01)
        alone = running == [mesh.rank]
        running.remove(mesh.rank)
        mesh.world.all_gather(torch.zeros(1))
        return alone

    assert all(run_virtually(Layout(1, 4), work))


def test_a_rank_that_fails_frees_the_others_and_its_error_is_told() -> None:
    freed = []

    def work(mesh: Mesh) -> None:
        if mesh.rank == 1:
            raise ZeroDivisionError("rank 1")
        try:
            mesh.world.all_gather(torch.zeros(1))
        except RankLost:
            freed.append(mesh.rank)
            raise

    with pytest.raises(ZeroDivisionError, match="rank 1"):
        run_virtually(Layout(1, 3), work)
    assert sorted(freed) == [0, 2]


def test_heads_that_do_not_divide_are_refused_with_the_sizes_that_do() -> None:
    with pytest.raises(RanksDoNotFit, match=r"8 attention heads cannot be shared by 3 ranks: try 1, 2, 4, 8"):
        check_heads(8, 3)
    with pytest.raises(RanksDoNotFit):
        share_sequence(build_tiny_wan_vace().transformer, SingleRank(0, 3))


def test_layouts_that_cannot_be_are_refused() -> None:
    with pytest.raises(RanksDoNotFit, match="1 or 2 ranks can share"):
        Layout(guidance=3)
    with pytest.raises(RanksDoNotFit, match="1 or more"):
        Layout(sequence=0)


def test_each_device_has_its_collective_library() -> None:
    assert [backend_of(torch.device(kind)) for kind in ("cuda", "cpu")] == ["nccl", "gloo"]
    with pytest.raises(RanksDoNotFit, match="use cuda, npu, cpu"):
        backend_of(torch.device("meta"))


def test_sharing_leaves_the_model_that_was_given_as_it_was() -> None:
    transformer = build_tiny_wan_vace().transformer
    processor = transformer.blocks[0].attn1.processor
    shared = share_sequence(transformer, SingleRank())
    assert transformer.blocks[0].attn1.processor is processor
    assert not transformer.norm_out._forward_pre_hooks
    assert shared.patch_embedding.weight is transformer.patch_embedding.weight, "weights are not copied"
