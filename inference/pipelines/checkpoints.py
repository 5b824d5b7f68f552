"""Step checkpoints: where a render stood, kept on disk, so that a process that dies costs one step and not the render.

A checkpoint holds whole latents and what the scheduler remembers, on the CPU: nothing in it knows how many ranks made
it, so any number of them can go on from it. It is found again by a hash of everything that decides the result (the
condition digest), never by a request's name: what goes on is always the very same render.
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

VERSION = 1
_KEPT_S = 3600.0  # latents of a person: whoever does not come back for them soon begins anew
_LATENTS = "latents"


class CheckpointRefused(ValueError):
    """The file is no checkpoint of this render; the message says what is wrong with it."""


@dataclass(frozen=True)
class Checkpoint:
    """`digest` names the render; `latents` are those that enter step `place.done + 1`."""

    digest: str
    place: Place
    latents: torch.Tensor


class Checkpoints:
    """A folder of checkpoints, one a render. Only one process may `save` a render's; any may `find` it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def find(self, digest: str) -> Checkpoint | None:
        """The render's checkpoint. One that cannot be used is reported, and the render begins anew."""
        self._drop_old()
        path = self._path(digest)
        if not path.is_file():
            return None
        try:
            return read_checkpoint(path, digest)
        except CheckpointRefused as error:
            log.warning("checkpoint refused", extra={"render": digest, "why": str(error)})
            return None

    def save(self, checkpoint: Checkpoint) -> None:
        """Replace the render's checkpoint; a process killed meanwhile leaves the old one."""
        write_checkpoint(self._path(checkpoint.digest), checkpoint)

    def forget(self, digest: str) -> None:
        """The render is finished, or nobody wants it any more."""
        self._path(digest).unlink(missing_ok=True)

    def _drop_old(self) -> None:
        for path in self._folder.iterdir():
            if time.time() - path.stat().st_mtime > _KEPT_S:
                path.unlink(missing_ok=True)

    def _path(self, digest: str) -> Path:
        return self._folder / f"{digest}.safetensors"


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
    facts = {"version": VERSION, "digest": checkpoint.digest, "steps": place.steps, "done": place.done,
             "numbers": place.numbers}  # fmt: skip
    metadata = {"facts": json.dumps(facts, sort_keys=True), "sha256": digest_conditions(tensors, facts)}
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f"{path.stem}.", delete=False) as unfinished:
        temporary = Path(unfinished.name)
    try:
        save_file(tensors, temporary, metadata=metadata)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def read_checkpoint(path: Path, digest: str) -> Checkpoint:
    """Raises CheckpointRefused unless the file is whole, of this version, and of the render `digest`."""
    try:
        with safe_open(path, "pt") as stored:
            metadata = stored.metadata() or {}
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118 (not a dict)
        facts = json.loads(metadata["facts"])
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise CheckpointRefused(f"it cannot be read: {error}") from error
    if facts.get("version") != VERSION:
        raise CheckpointRefused(f"it is of version {facts.get('version')}, not {VERSION}")
    if facts["digest"] != digest:
        raise CheckpointRefused(f"it is of another render ({facts['digest'][:12]}…)")
    if metadata.get("sha256") != digest_conditions(tensors, facts):
        raise CheckpointRefused("its bytes are not those that were written")
    latents = tensors.pop(_LATENTS)
    return Checkpoint(digest, Place(facts["steps"], facts["done"], facts["numbers"], tensors), latents)
