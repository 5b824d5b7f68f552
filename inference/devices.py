"""What accelerators can do, by their makers' sheets: the figures behind estimates, plans and forecasts. Torch-free.

Peaks are dense and per device as torch counts devices (an Ascend 910C is two). What is reached of them is measured by
`scripts/bench gpu`; until a device was measured, SHARE of its peak is assumed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Number = Literal["fp8", "bfloat16", "tf32", "float32"]

SHARE = 400 / 989  # of the bfloat16 peak: what well-tuned kernels reach of an H100 (docs/models.md)


@dataclass(frozen=True)
class DeviceCost:
    """flop_per_s: dense peak by type of number. memory_bytes and memory_bytes_per_s: of its own memory.

    link_bytes_per_s: to the other cards of its box, and host_bytes_per_s: to the host, one way each. named: how torch
    names it, as a pattern. source: where the figures are published.
    """

    name: str
    named: str
    flop_per_s: Mapping[Number, float] = field(hash=False)
    memory_bytes: int
    memory_bytes_per_s: float
    link_bytes_per_s: float
    host_bytes_per_s: float
    source: str

    @property
    def achieved_flop_per_s(self) -> float:
        """In bfloat16, until it is measured."""
        return SHARE * self.flop_per_s["bfloat16"]


_HOPPER: Mapping[Number, float] = {"fp8": 1979e12, "bfloat16": 989e12, "tf32": 494e12, "float32": 67e12}

A100 = DeviceCost(
    "NVIDIA A100 80 GB SXM", r"A100", {"bfloat16": 312e12, "tf32": 156e12, "float32": 19.5e12}, 80_000_000_000,
    2.039e12, 300e9, 32e9,
    "NVIDIA A100 Tensor Core GPU data sheet; each way also at https://glennklockwood.com/garden/processors/A100",
)  # fmt: skip
H100 = DeviceCost(
    "NVIDIA H100 SXM", r"H100", _HOPPER, 80_000_000_000, 3.35e12, 450e9, 64e9,
    "https://www.nvidia.com/en-us/data-center/h100/ (peaks there are with sparsity: halved)",
)  # fmt: skip
H200 = DeviceCost(
    "NVIDIA H200 SXM", r"H200", _HOPPER, 141_000_000_000, 4.8e12, 450e9, 64e9,
    "https://www.nvidia.com/en-us/data-center/h200/ (peaks there are with sparsity: halved)",
)  # fmt: skip
H20 = DeviceCost(
    "NVIDIA H20", r"H20\b", {"fp8": 296e12, "bfloat16": 148e12, "tf32": 74e12, "float32": 44e12}, 96_000_000_000,
    4.0e12, 450e9, 64e9,
    "no sheet of NVIDIA's is public; as resellers list it: https://willitrunai.com/es/gpus/h20-96gb",
)  # fmt: skip
_REUTERS = "https://www.tradingkey.com/zh-hans/news/more-news/251381812-reuters (total processing performance / 16)"
ASCEND_910B = DeviceCost(
    "Ascend 910B", r"910B", {"bfloat16": 320e12}, 64_000_000_000, 1.6e12, 196e9, 32e9,
    f"peak: {_REUTERS}; memory: https://boardor.com/blog/huawei-ascend-910b-outperforms-h20-910c-approaches-h100; "
    "bandwidth: half of a 910C's; links: seven of 56 GB/s both ways, unverified",
)  # fmt: skip
ASCEND_910C = DeviceCost(
    "Ascend 910C, one of its two dies", r"910_93|910C", {"bfloat16": 376e12}, 64_000_000_000, 1.6e12, 196e9, 32e9,
    f"half of a package's 752 TFLOP/s and 3.2 TB/s: {_REUTERS}; memory and links: arXiv:2506.12708, links unverified",
)  # fmt: skip

DEVICES = {"a100": A100, "h100": H100, "h200": H200, "h20": H20, "910b": ASCEND_910B, "910c": ASCEND_910C}


def find_device(name: str) -> DeviceCost | None:
    """The figures of the device that torch calls so; None for one that stands in no table here."""
    return next((device for device in DEVICES.values() if re.search(device.named, name)), None)


def find_local_device(drivers: Path = Path("/proc/driver/nvidia/gpus")) -> DeviceCost | None:
    """The figures of this machine's first NVIDIA card, as its driver calls it; other makers' drivers do not tell."""
    for information in sorted(drivers.glob("*/information")):
        found = re.search(r"^Model:\s*(.+)$", information.read_text(), re.MULTILINE)
        if found:
            return find_device(found[1])
    return None
