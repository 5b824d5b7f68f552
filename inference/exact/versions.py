"""Which software made a clip: what explains a difference between two that should be the same. Torch-free."""

from __future__ import annotations

import platform
from importlib import metadata

_DISTRIBUTIONS = (
    "dramatis", "torch", "numpy", "diffusers", "transformers", "safetensors", "scipy", "onnxruntime",
    "ai-edge-litert", "opencv-python-headless", "insightface", "av", "c2pa-python",
)  # fmt: skip


def installed_versions() -> dict[str, str]:
    """Versions of everything whose change may change a pixel. A package that is not installed is left out."""
    versions = {"python": platform.python_version()}
    for name in _DISTRIBUTIONS:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def software_version() -> str:
    """The version of Dramatis; `0+source` when it runs from a source tree that was never installed."""
    try:
        return metadata.version("dramatis")
    except metadata.PackageNotFoundError:
        return "0+source"
