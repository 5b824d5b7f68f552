"""What differs between the makers of devices: the only file of the engine that calls any of them by its own name.

Everything else asks `torch.accelerator`, and this file by a device's kind: `cuda` (NVIDIA), `npu` (Ascend, through
torch_npu), `cpu`. Only the CPU's lines have run here; the others are as the makers document them.
"""

from __future__ import annotations

import functools
import importlib
import platform
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch

_NVIDIA_DRIVER = Path("/proc/driver/nvidia/version")
_CPUINFO = Path("/proc/cpuinfo")
UNKNOWN = "unknown"


class Device(NamedTuple):
    """What of a device decides bits, in words.

    name: as its maker calls it. driver: its version; of a CPU the library of matrix products. capability: what its
    instructions are called. library: of convolutions and what else is not written in torch itself, with its version.
    """

    name: str
    driver: str
    capability: str
    library: str


class Switches(NamedTuple):
    """Of rounding, one each a process.

    TF32 in products, TF32 in convolutions, kernels picked by timing them, none but those that repeat themselves.
    """

    product_tf32: bool
    convolution_tf32: bool
    picks_by_time: bool
    deterministic: bool


@dataclass(frozen=True)
class Vendor:
    """One kind of device. collectives: torch.distributed's library, None where there is none.

    attention: diffusers' lossless backends that are this maker's own, the fastest first; lossy_attention: those that
    quantise. NEEDS: the module that one comes in, where it is not torch's. tf32: whether products may be rounded to it.
    row_tile: rows of a product that is to have one shape at any number of ranks, enough of them to fill the device.
    visible: the variable that tells a process which devices are its own.
    proven: whether several ranks were seen to make one rank's bits with it.
    """

    describe: Callable[[torch.device], Device]
    collectives: str | None = None
    attention: tuple[str, ...] = ()
    lossy_attention: tuple[str, ...] = ()
    tf32: bool = False
    row_tile: int = 2048
    visible: str = ""
    proven: bool = False


NEEDS = {"_flash_3": "flash_attn_interface", "_native_npu": "torch_npu", "sage": "sageattention"}


def vendor_of(device: torch.device) -> Vendor:
    """What is known of the device's maker; nothing, of one that nobody here has met."""
    return VENDORS.get(device.type, _STRANGER)


def describe_device(device: torch.device) -> Device:
    """The device that computes, and what it computes with."""
    return vendor_of(device).describe(device)


class Visible(NamedTuple):
    """This process's accelerators: of a kind, so many, chosen by a variable."""

    kind: str
    devices: int
    variable: str


def find_visible() -> Visible | None:
    """None where there is no accelerator, or nobody knows how a process is told which are its own."""
    kind = torch.accelerator.current_accelerator(check_available=True)
    if kind is None or not vendor_of(kind).visible:
        return None
    return Visible(kind.type, torch.accelerator.device_count(), vendor_of(kind).visible)


def read_switches() -> Switches:
    """As they stand now, wherever this runs: torch has them on a CPU too."""
    products, cudnn = torch.backends.cuda.matmul, torch.backends.cudnn
    found = products.allow_tf32, cudnn.allow_tf32, cudnn.benchmark, cudnn.deterministic
    return Switches(*(bool(one) for one in found))


def set_switches(switches: Switches) -> None:
    """For the whole process."""
    cudnn = torch.backends.cudnn
    torch.backends.cuda.matmul.allow_tf32 = switches.product_tf32
    cudnn.allow_tf32, cudnn.benchmark = switches.convolution_tf32, switches.picks_by_time
    cudnn.deterministic = switches.deterministic


@functools.cache
def _describe_cpu(device: torch.device) -> Device:
    built = torch.__config__.show()
    lines = _CPUINFO.read_text().splitlines() if _CPUINFO.is_file() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return Device(
        name=f"cpu: {names[0] if names else platform.machine()}",
        driver=_found(r"(\S.*Math Kernel Library Version \S+)", built) or _found(r"(BLAS_INFO=\w+)", built) or UNKNOWN,
        capability=torch.backends.cpu.get_cpu_capability(),
        library=_found(r"(\S*MKL-DNN v\S+)", built) or UNKNOWN,
    )


def _describe_nvidia(device: torch.device) -> Device:
    major, minor = torch.cuda.get_device_capability(device)
    driver = _NVIDIA_DRIVER.read_text() if _NVIDIA_DRIVER.is_file() else ""
    return Device(
        name=torch.cuda.get_device_name(device),
        driver=_found(r"Kernel Module.*?\s(\d+\.[\d.]+)", driver) or UNKNOWN,
        capability=f"{major}.{minor}",
        library=f"cuDNN {_cudnn_version()}, CUDA {torch.version.cuda}",
    )


def _cudnn_version() -> object:
    return torch.backends.cudnn.version()  # type: ignore[no-untyped-call]  # torch leaves it untyped


def _describe_ascend(device: torch.device) -> Device:
    npu: Any = torch.get_device_module(device)
    versions: Any = importlib.import_module("torch_npu.utils")
    return Device(
        name=str(npu.get_device_name(device)),
        driver=str(versions.get_cann_version(module="DRIVER")) or UNKNOWN,
        capability=str(npu.get_device_name(device)),  # Ascend names no capability: the name of the chip says it
        library=f"CANN {versions.get_cann_version(module='CANN') or UNKNOWN}",
    )


def _describe_stranger(device: torch.device) -> Device:
    return Device(device.type, UNKNOWN, UNKNOWN, UNKNOWN)


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return found[1] if found else ""


_STRANGER = Vendor(_describe_stranger)
VENDORS = {
    "cuda": Vendor(
        _describe_nvidia, "nccl", ("_flash_3", "_native_cudnn"), ("sage",), tf32=True, visible="CUDA_VISIBLE_DEVICES"
    ),
    "npu": Vendor(_describe_ascend, "hccl", ("_native_npu",), visible="ASCEND_RT_VISIBLE_DEVICES"),
    "cpu": Vendor(_describe_cpu, "gloo", row_tile=64, proven=True),
}
