"""Which face pack this engine judges by: the packaged one, or a folder of the operator's. Torch-free.

The models' libraries are imported when they are needed, so that a process can listen before it loads.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from inference.engine.failures import RenderFailed

if TYPE_CHECKING:
    from inference.identity.pack import Faces


@dataclass(frozen=True)
class FacePackChoice:
    """A folder of ONNX files that insightface loads, and the cosine that its embedder was calibrated to."""

    folder: Path
    threshold: float


def load_chosen_faces(cache_dir: Path, choice: FacePackChoice | None, threads: int = 1) -> Faces:
    """The detector and embedder of `choice`, or of the packaged pack.

    Raises PackagedModelUnavailable, or RenderFailed `model_unavailable` when the pack cannot be loaded.
    """
    from inference.identity.pack import FacePackUnusable, FaceSettings, default_settings, load_faces
    from inference.registry.face_pack import require_face_pack

    if choice is None:
        settings = default_settings(require_face_pack(cache_dir), threads)
    else:
        settings = FaceSettings(choice.folder.name, choice.folder, choice.threshold, threads)
    try:
        return load_faces(settings)
    except FacePackUnusable as error:
        raise RenderFailed("model_unavailable", str(error)) from error
