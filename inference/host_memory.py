"""The host's memory: how much is left, no more than a container may have; and giving back what is free. Torch-free."""

from __future__ import annotations

import contextlib
import ctypes
import re
from pathlib import Path

_M_ARENA_MAX = -8  # of glibc's mallopt


def share_memory_pools() -> None:
    """Let all threads of this process allocate from two pools; call it before there are any.

    Each of a dozen threads would keep what it once needed in one of its own. Only glibc has them.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").mallopt(_M_ARENA_MAX, 2)


def give_freed_memory_back() -> None:
    """Return to the system what was freed, in some 10 ms: glibc keeps it otherwise; other C libraries decide alone."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def free_host_bytes(proc: Path = Path("/proc"), cgroups: Path = Path("/sys/fs/cgroup")) -> int:
    """What this process can still allocate without anything being swapped or killed."""
    found = re.search(r"MemAvailable:\s+(\d+) kB", (proc / "meminfo").read_text())
    assert found is not None, "Linux says how much memory is available"
    return min(int(found[1]) * 1024, *_rooms(proc, cgroups))


def _rooms(proc: Path, cgroups: Path) -> list[int]:
    """What is left below the limit of each control group (version 2) that this process is in; at least one number."""
    rooms = [1 << 62]
    found = re.search(r"^0::/(.*)$", (proc / "self" / "cgroup").read_text(), re.MULTILINE)
    own = cgroups / found[1] if found else cgroups
    for folder in (own, *own.parents):
        limit = folder / "memory.max"
        if folder.is_relative_to(cgroups) and limit.is_file() and (words := limit.read_text().strip()) != "max":
            filled = re.search(r"^anon (\d+)$", (folder / "memory.stat").read_text(), re.MULTILINE)
            rooms.append(max(0, int(words) - (int(filled[1]) if filled else 0)))  # the cache of files gives way
    return rooms
