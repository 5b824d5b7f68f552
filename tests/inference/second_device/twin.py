"""The second device, called `twin`: built once a machine, and registered for good in the processes that ask for it.

A process that has it takes it for its accelerator, as it would a card. So tests that want it start one of their own.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import torch
from torch.utils.cpp_extension import include_paths, library_paths

TWIN = "twin"
COMPILER = "g++"
_SOURCE = Path(__file__).with_name("device.cpp")


def build(folder: Path) -> Path:
    """The library, in `folder`, of this source for this torch; compiled in ten seconds where it is not there yet."""
    key = hashlib.sha256(_SOURCE.read_bytes() + torch.__version__.encode()).hexdigest()[:16]
    library = folder / f"twin-{key}.so"
    if not library.exists():
        half_made = library.with_suffix(f".{os.getpid()}")
        told = [*(f"-I{path}" for path in include_paths()), *(f"-L{path}" for path in library_paths())]
        links = ("-ltorch_cpu", "-lc10")
        command = [COMPILER, "-std=c++20", "-O1", "-shared", "-fPIC", *told, str(_SOURCE), *links, "-o", str(half_made)]
        subprocess.run(command, check=True, timeout=300)
        half_made.rename(library)
    return library


class Module:
    """What torch asks of a backend's Python module."""

    is_available = staticmethod(lambda: True)
    is_initialized = staticmethod(lambda: True)
    device_count = staticmethod(lambda: 1)
    current_device = staticmethod(lambda: 0)
    _is_in_bad_fork = staticmethod(lambda: False)
    manual_seed_all = staticmethod(lambda seed: None)
    Stream = torch.Stream
    current_stream = staticmethod(torch.accelerator.current_stream)
    stream = staticmethod(lambda stream: stream)  # a torch.Stream is its own context


def register(library: Path) -> None:
    """Make `twin` this process's accelerator."""
    torch.utils.rename_privateuse1_backend(TWIN)
    torch.ops.load_library(library)
    torch._register_device_module(TWIN, Module)
    torch.utils.generate_methods_for_privateuse1_backend()


def start_on_twin(library: Path) -> None:
    """What a process begins with that computes on it for the tests."""
    torch.set_num_threads(1)
    register(library)
