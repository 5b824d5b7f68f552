"""A machine's devices in groups of as many as share a render."""

from __future__ import annotations

import pytest

from inference.triton_repo.device_groups import Devices, GroupsDoNotFit, count_ranks, make_groups

EIGHT = Devices("cuda", "CUDA_VISIBLE_DEVICES", tuple("01234567"))


def test_devices_are_dealt_out_in_order_and_no_engine_sees_anothers() -> None:
    two = make_groups(EIGHT, ranks=4, count=None)
    assert [dict(group.environment) for group in two] == [
        {"CUDA_VISIBLE_DEVICES": "0,1,2,3"},
        {"CUDA_VISIBLE_DEVICES": "4,5,6,7"},
    ]
    assert two[1].devices == ("cuda:4", "cuda:5", "cuda:6", "cuda:7")
    assert len(make_groups(EIGHT, ranks=1, count=None)) == 8
    assert len(make_groups(EIGHT, ranks=3, count=2)) == 2
    chosen = Devices("npu", "ASCEND_RT_VISIBLE_DEVICES", ("5", "2"))
    assert [group.environment["ASCEND_RT_VISIBLE_DEVICES"] for group in make_groups(chosen, 1, None)] == ["5", "2"]


def test_what_does_not_fit_is_refused_with_words() -> None:
    for ranks, count in ((8, 2), (9, None), (1, 9), (1, 0)):
        with pytest.raises(GroupsDoNotFit, match="8 devices make"):
            make_groups(EIGHT, ranks, count)
    with pytest.raises(GroupsDoNotFit, match="2x4"):
        count_ranks("3x1")
    assert count_ranks("2x4") == 8


def test_a_cpu_has_as_many_groups_as_were_asked_for() -> None:
    groups = make_groups(None, ranks=1, count=2)
    assert [(group.devices, dict(group.environment)) for group in groups] == [(("cpu",), {})] * 2
    assert len(make_groups(None, ranks=2, count=None)) == 1
