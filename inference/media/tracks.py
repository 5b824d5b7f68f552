"""The motion that a take was acted with, kept beside the clip: an extension or a final render starts from it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import safe_open
from safetensors.numpy import save_file

Tracks = dict[str, npt.NDArray[np.float32]]


def write_tracks(path: Path, tracks: Tracks, channels: tuple[str, ...], fps: int) -> None:
    """A safetensors file: one float32 tensor [F, P] a character id; its metadata names the P channels and the rate."""
    for track_FP in tracks.values():
        assert track_FP.shape[1] == len(channels), "a track has as many columns as there are channels"
    tensors = {name: np.ascontiguousarray(track_FP, np.float32) for name, track_FP in sorted(tracks.items())}
    save_file(tensors, path, metadata={"channels": json.dumps(channels), "fps": str(fps)})


def read_tracks(path: Path) -> tuple[Tracks, tuple[str, ...], int]:
    """Tracks by character id, channel names, frames per second."""
    with safe_open(path, "np") as stored:
        metadata = stored.metadata()
        tracks = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118 (not a dict)
    return tracks, tuple(json.loads(metadata["channels"])), int(metadata["fps"])
