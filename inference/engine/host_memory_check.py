"""Whether the host's memory holds every model that is to wait there: asked before the first one is loaded.

An engine that began anyway would be killed in the middle of somebody's render, when the last model comes to its turn.
"""

from __future__ import annotations

from math import prod
from pathlib import Path

from safetensors import safe_open

from inference.catalogue import folder_of_model
from inference.host_memory import free_host_bytes
from inference.registry.lock import Lock, read_lock

_FOR_WEIGHTS = 0.9  # of what is free; pictures, and what a step computes, want some too


class HostTooSmall(RuntimeError):
    """The models that were pulled do not fit into this host's memory together; the message says what would."""


def check_host_memory(names: list[str], models_dir: Path, element_bytes: int, ranks: int) -> None:
    """Every rank has copies of its own. Raises HostTooSmall, NotPulled.

    element_bytes: of a weight once it is loaded.
    """
    needs = {name: loaded_bytes(read_lock(models_dir, name), models_dir, element_bytes) for name in names}
    need, free = ranks * sum(needs.values()), free_host_bytes()
    if need <= _FOR_WEIGHTS * free:
        return
    listed = ", ".join(f"{name} {bytes_ / 1e9:.1f} GB" for name, bytes_ in sorted(needs.items(), key=lambda it: -it[1]))
    copies = f", a copy for each of {ranks} ranks" if ranks > 1 else ""
    way = f"take one away (dramatis models remove {max(needs, key=lambda name: needs[name])})"
    fewer = ", let fewer ranks share a render" if ranks > 1 else ""
    raise HostTooSmall(
        f"the models that were pulled need {need / 1e9:.1f} GB of this host's memory ({listed}{copies}), and "
        f"{free / 1e9:.1f} GB are free: {way}{fewer}, or give the engine more memory"
    )


def loaded_bytes(lock: Lock, models_dir: Path, element_bytes: int) -> int:
    """Memory that a model's weights fill, by the headers of its files. The VAE stays in float32 in any case."""
    total, folder = 0, folder_of_model(models_dir, lock.name)
    for name in lock.files:
        if name.endswith(".safetensors"):
            with safe_open(folder / name, "np") as stored:
                numbers = sum(prod(stored.get_slice(key).get_shape()) for key in stored.keys())  # noqa: SIM118 (not a mapping)
            total += numbers * (4 if name.startswith("vae/") else element_bytes)
    return total
