"""The motion model's weights on disk: float16 safetensors inside the package, pinned by SHA-256."""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from inference.motion.transformer import MotionTransformer, Shape

PACKAGED_WEIGHTS = Path(__file__).parent / "weights" / "previs-motion.safetensors"
_SIZES = ("latent", "text_state", "labels", "width", "heads", "readers", "blocks")


class WeightsDamaged(RuntimeError):
    """The weights file is missing or is not the bytes that were recorded beside it."""


def save_weights(model: MotionTransformer, path: Path) -> str:
    """Write the weights as float16, and their SHA-256 beside them; returns the hash."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {name: value.half().contiguous() for name, value in model.state_dict().items()}
    save_file(tensors, path, metadata={size: str(getattr(model.shape, size)) for size in _SIZES})
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    path.with_suffix(".sha256").write_text(digest + "\n")
    return digest


def load_weights(path: Path = PACKAGED_WEIGHTS) -> tuple[MotionTransformer, str]:
    """The model in float32, ready to run, and its file's SHA-256. Raises WeightsDamaged."""
    if not path.is_file():
        raise WeightsDamaged(f"{path} is missing: reinstall dramatis")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    expected = path.with_suffix(".sha256").read_text().strip()
    if digest != expected:
        raise WeightsDamaged(f"{path} has SHA-256 {digest}, expected {expected}: reinstall dramatis")
    with safe_open(path, framework="pt") as file:
        sizes = {name: int(value) for name, value in file.metadata().items() if name in _SIZES}
        tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 (not a mapping)
    with torch.no_grad():
        model = MotionTransformer(Shape(**sizes))
        model.load_state_dict(tensors)
    return model.eval(), digest
