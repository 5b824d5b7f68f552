"""The shipped example: a licensed photo that anyone may act with, and a prompt that shows the acting.

The picture is not in this repository: it travels inside scikit-image, which the face library depends on. Its file is
read in place and checked by SHA-256; scikit-image itself is never imported.
"""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path


class ExampleUnavailable(RuntimeError):
    """The example photo is missing or is not the bytes that were expected."""


@dataclass(frozen=True)
class ExamplePhoto:
    """A photo with its licence. `member` is its path inside the package; `evidence` where its licence can be read."""

    name: str
    package: str
    member: str
    sha256: str
    licence: str
    evidence: str


PORTRAIT = ExamplePhoto(
    name="Eileen",
    package="skimage",
    member="data/astronaut.png",
    sha256="88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
    licence="NASA, public domain; no known copyright restrictions",
    evidence="https://flic.kr/p/r9qvLn",
)
DEFAULT_PROMPT = "The person smiles, then slowly turns to the left while the camera moves in."


def example_path(photo: ExamplePhoto = PORTRAIT) -> Path:
    """Where the photo lies on this machine, checked. Raises ExampleUnavailable."""
    spec = importlib.util.find_spec(photo.package)
    if spec is None or spec.origin is None:
        raise ExampleUnavailable("the example photo travels inside scikit-image, which is not installed here")
    path = Path(spec.origin).parent / photo.member
    if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != photo.sha256:
        raise ExampleUnavailable(f"{path} is not the example photo; reinstall scikit-image, or use --reference")
    return path


def is_example(path: Path, photo: ExamplePhoto = PORTRAIT) -> bool:
    """Whether these bytes are the shipped example, wherever they lie."""
    return hashlib.sha256(path.read_bytes()).hexdigest() == photo.sha256
