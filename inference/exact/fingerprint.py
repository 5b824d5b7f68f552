"""Hashes by which two renders are told apart or called the same."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

_CHUNK_BYTES = 1 << 20


def hash_file(path: Path) -> str:
    """SHA-256 of a file's bytes, lowercase hex."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def hash_latents(latents: torch.Tensor) -> str:
    """SHA-256 over dtype, shape and raw bytes, so that a reshape or a cast never passes for the same latents."""
    contiguous = latents.detach().to("cpu").contiguous()
    digest = hashlib.sha256(f"{contiguous.dtype} {tuple(contiguous.shape)} ".encode())
    digest.update(contiguous.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def hash_frames(*videos_FHWC: npt.NDArray[np.uint8]) -> str:
    """SHA-256 over the shape and the pixels of one video, or of several in order."""
    digest = hashlib.sha256()
    for video_FHWC in videos_FHWC:
        digest.update(f"{video_FHWC.shape} ".encode())
        for frame in video_FHWC:
            digest.update(frame.tobytes())
    return digest.hexdigest()


def hash_tracks(tracks_CFP: npt.NDArray[np.float32]) -> str:
    """SHA-256 over the shape and values of a cast's motion."""
    digest = hashlib.sha256(f"{tracks_CFP.shape} ".encode())
    digest.update(tracks_CFP.tobytes())
    return digest.hexdigest()


def hash_weights(weights: dict[str, str]) -> str:
    """One hash for a model made of several files: over `name:sha256` lines in the order of names."""
    lines = "".join(f"{name}:{sha256}\n" for name, sha256 in sorted(weights.items()))
    return hashlib.sha256(lines.encode()).hexdigest()
