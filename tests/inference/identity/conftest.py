"""The default face pack and the real photos, loaded once for all identity tests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from inference.identity.detect import Face
from inference.identity.embed import embed
from inference.identity.pack import Embedding, Faces, default_settings, load_faces
from inference.registry.face_pack import ensure_face_pack
from inference.registry.packaged import default_cache_dir
from tests import photos
from tests.photos import RGB


@dataclass(frozen=True, eq=False)
class Sitter:
    """A real photo with its face and embedding."""

    name: str
    rgb: RGB
    face: Face
    embedding_unit: Embedding


@pytest.fixture(scope="session")
def pack_folder() -> Path:
    return ensure_face_pack(default_cache_dir())


@pytest.fixture(scope="session")
def faces(pack_folder: Path) -> Faces:
    return load_faces(default_settings(pack_folder))


@pytest.fixture(scope="session")
def sitters(faces: Faces) -> dict[str, Sitter]:
    """Every fixture photo by name, and `astronaut`."""
    pictures = {name: photos.photo(name) for name in photos.NAMES} | {"astronaut": photos.astronaut()}
    found = {name: faces.detect(rgb)[0] for name, rgb in pictures.items()}
    return {name: Sitter(name, rgb, found[name], embed(faces, rgb, found[name])) for name, rgb in pictures.items()}
