"""Step checkpoints: where a render stood, kept on disk, so that a process that dies costs one step and not the render.

A checkpoint holds whole latents and what the scheduler remembers, on the CPU: nothing in it knows how many ranks made
it, so any number of them can go on from it. It is found again by a hash of everything that the model is told (the
condition digest), never by a request's name, and is gone on with by the very device and software that made it: another
card or another version rounds otherwise, and a clip of two roundings is nobody's result.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from inference.exact.fingerprint import hash_latents
from inference.pipelines.scheduler_stepper import Place

log = logging.getLogger(__name__)

VERSION = 2
_KEPT_S = 3600.0  # latents of a person: whoever does not come back for them soon begins anew
_LATENTS = "latents"


class CheckpointRefused(ValueError):
    """The file is no checkpoint of this render; the message says what is wrong with it."""


@dataclass(frozen=True)
class Origin:
    """Whose latents these are. conditions: the condition digest; computed_on: device, kernels, versions, by name."""

    conditions: str
    computed_on: Mapping[str, str]

    @property
    def digest(self) -> str:
        """Two renders that share it have the same latents, bit for bit."""
        return hashlib.sha256(json.dumps([self.conditions, self.computed_on], sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Checkpoint:
    """`latents` are those that enter step `place.done + 1` of the render of `origin`."""

    origin: Origin
    place: Place
    latents: torch.Tensor


class Checkpoints:
    """A folder of checkpoints, one a render. Only one process may `save` a render's; any may `find` it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def find(self, origin: Origin) -> Checkpoint | None:
        """The render's checkpoint. One that cannot be used is reported, and the render begins anew."""
        self._drop_old()
        path = self.place(origin)
        if not path.is_file():
            return None
        try:
            return read_checkpoint(path, origin)
        except CheckpointRefused as error:
            log.warning("checkpoint refused", extra={"render": origin.conditions, "why": str(error)})
            return None

    def save(self, checkpoint: Checkpoint) -> None:
        """Replace the render's checkpoint; a process killed meanwhile leaves the old one."""
        write_checkpoint(self.place(checkpoint.origin), checkpoint)

    def forget(self, origin: Origin) -> None:
        """The render is finished, or nobody wants it any more."""
        self.place(origin).unlink(missing_ok=True)

    def place(self, origin: Origin) -> Path:
        """Where the render's checkpoint lies, or would. By the conditions alone, so that one of another device is
        found, and refused in words."""
        return self._folder / f"{origin.conditions}.safetensors"

    def _drop_old(self) -> None:
        for path in self._folder.iterdir():
            if time.time() - path.stat().st_mtime > _KEPT_S:
                path.unlink(missing_ok=True)


def count_done(path: Path) -> int:
    """Steps done of the checkpoint in this file; 0 where it is none, or cannot be read."""
    try:
        with safe_open(path, "pt") as stored:
            return int(json.loads((stored.metadata() or {})["facts"])["done"])
    except (SafetensorError, OSError, KeyError, ValueError, TypeError):
        return 0


def digest_conditions(tensors: Mapping[str, torch.Tensor], facts: Mapping[str, object]) -> str:
    """One hash over every tensor that the model is told, by name, and every number beside them (JSON-ready)."""
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
    for name in sorted(tensors):
        digest.update(f"{name}:{hash_latents(tensors[name])}\n".encode())
    return digest.hexdigest()


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Atomically, as a safetensors file whose metadata holds the numbers and a hash of all of it."""
    place = checkpoint.place
    tensors = {_LATENTS: checkpoint.latents} | place.tensors
    tensors = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    origin = checkpoint.origin
    facts = {"version": VERSION, "conditions": origin.conditions, "computed_on": dict(origin.computed_on),
             "steps": place.steps, "done": place.done, "numbers": place.numbers}  # fmt: skip
    metadata = {"facts": json.dumps(facts, sort_keys=True), "sha256": digest_conditions(tensors, facts)}
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f"{path.stem}.", delete=False) as unfinished:
        temporary = Path(unfinished.name)
    try:
        save_file(tensors, temporary, metadata=metadata)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def read_checkpoint(path: Path, origin: Origin) -> Checkpoint:
    """Raises CheckpointRefused unless the file is whole, of this version, and of `origin`'s render and device."""
    try:
        with safe_open(path, "pt") as stored:
            metadata = stored.metadata() or {}
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118 (not a dict)
        facts = json.loads(metadata["facts"])
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise CheckpointRefused(f"it cannot be read: {error}") from error
    if facts.get("version") != VERSION:
        raise CheckpointRefused(f"it is of version {facts.get('version')}, not {VERSION}")
    if facts["conditions"] != origin.conditions:
        raise CheckpointRefused(f"it is of another render ({facts['conditions'][:12]}…)")
    if metadata.get("sha256") != digest_conditions(tensors, facts):
        raise CheckpointRefused("its bytes are not those that were written")
    _check_device(facts["computed_on"], origin.computed_on)
    latents = tensors.pop(_LATENTS)
    return Checkpoint(origin, Place(facts["steps"], facts["done"], facts["numbers"], tensors), latents)


def _check_device(made: Mapping[str, str], here: Mapping[str, str]) -> None:
    """Raises CheckpointRefused naming each fact that differs."""
    changed = [name for name in sorted({*made, *here}) if made.get(name) != here.get(name)]
    if changed:
        words = "; ".join(f"{name} was {made.get(name, 'absent')}, is {here.get(name, 'absent')}" for name in changed)
        raise CheckpointRefused(f"it was computed elsewhere, and would not go on to the same bits: {words}")
