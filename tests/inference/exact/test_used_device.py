"""What a receipt says of its device: as torch tells it, and the same words on every rank."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from inference import vendors
from inference.exact.promise import promise_of
from inference.exact.used_device import agree_on_device, describe_used_device
from inference.parallel.mesh import Layout, Mesh
from inference.parallel.virtual import run_virtually
from inference.protocol import Promise, Tier, UsedDevice
from inference.vendors import Device, describe_device


def test_a_cpu_is_described_as_torch_tells_it() -> None:
    found = describe_device(torch.device("cpu"))
    assert found.name.startswith("cpu: ")
    assert found.capability == torch.backends.cpu.get_cpu_capability()
    assert found.library in torch.__config__.show()
    assert found.driver in torch.__config__.show()


def test_an_nvidia_card_is_described_with_driver_capability_and_cudnn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what torch would answer there: no such card has met this yet."""
    driver = tmp_path / "version"
    driver.write_text(
        "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.124.06  Release Build\nGCC version:  gcc 13.3.0\n"
    )
    monkeypatch.setattr(vendors, "_NVIDIA_DRIVER", driver)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "NVIDIA H200")
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: (9, 0))
    monkeypatch.setattr(torch.backends.cudnn, "version", lambda: 91002)
    monkeypatch.setattr(torch.version, "cuda", "12.8")
    card = Device("NVIDIA H200", "570.124.06", "9.0", "cuDNN 91002, CUDA 12.8")
    assert describe_device(torch.device("cuda")) == card
    driver.write_text("NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  Thu Feb 22 01:44:30 UTC 2024\n")
    assert describe_device(torch.device("cuda")).driver == "550.54.14"
    monkeypatch.setattr(vendors, "_NVIDIA_DRIVER", tmp_path / "nowhere")
    assert describe_device(torch.device("cuda")).driver == "unknown"


def test_a_device_that_nobody_has_met_is_called_by_its_kind() -> None:
    assert describe_device(torch.device("meta")) == Device("meta", "unknown", "unknown", "unknown")


@pytest.mark.parametrize("ranks", [1, 2, 4])
def test_ranks_on_equal_cards_are_one_card_however_many_they_are(ranks: int) -> None:
    mine = describe_used_device(torch.device("cpu"), ("attention: torch's own choice",))
    agreed = run_virtually(Layout(1, ranks), lambda mesh: agree_on_device(mine, mesh.votes))
    assert agreed == [mine] * ranks


def test_unequal_cards_stand_beside_each_other_on_every_rank() -> None:
    cards = ("Zwölf-Gigabyte-Karte", "A card")

    def agree(mesh: Mesh) -> UsedDevice:
        mine = UsedDevice(name=cards[mesh.rank], driver="1.0", capability="9.0", library="c")
        return agree_on_device(mine, mesh.votes)

    one, other = run_virtually(Layout(1, 2), agree)
    assert one == other
    assert (one.name, one.driver) == ("A card + Zwölf-Gigabyte-Karte", "1.0")


@pytest.mark.parametrize(("tier", "kind", "promised"), [
    ("exact", "cpu", "exact"), ("exact", "cuda", "same_mathematics"), ("exact", "npu", "same_mathematics"),
    ("exact", "cpu + cuda", "same_mathematics"), ("exact", "", "same_mathematics"), ("fast", "cpu", "same_mathematics"),
    ("draft", "cpu", None),
])  # fmt: skip
def test_exact_is_said_only_of_kinds_of_devices_for_which_it_was_proven(
    tier: Tier, kind: str, promised: Promise | None
) -> None:
    device = UsedDevice(name="a", driver="b", capability="c", library="d", kind=kind)
    assert promise_of(tier, device) == promised


def test_ranks_on_two_kinds_of_devices_are_of_neither_kind() -> None:
    def agree(mesh: Mesh) -> UsedDevice:
        kind = ("cpu", "cuda")[mesh.rank]
        return agree_on_device(UsedDevice(name="a", driver="b", capability="c", library="d", kind=kind), mesh.votes)

    assert {one.kind for one in run_virtually(Layout(1, 2), agree)} == {"cpu + cuda"}
