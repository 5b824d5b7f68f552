"""Taking in a picture: bounded, in a child of its own, before anything else reads it.

Everything behind it (engines, the store, browsers) sees only normalised pictures: upright, sRGB, without
metadata, at most 2048 pixels long. Works without a server.
"""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from anyio import CapacityLimiter, to_thread

IntakeRefusal = Literal["undecodable", "too_large"]
MOST_BYTES = 25 * 1024 * 1024
_WALL_S = 30.0  # CPU time is bounded to 5 s; the rest is waiting for a core
_AT_ONCE = CapacityLimiter(2)  # each may take 512 MB and a core
_DECODER = Path(__file__).with_name("decoder.py")


@dataclass(frozen=True)
class NormalisedPhoto:
    """An upright sRGB picture without metadata. `sha256` is of `body`, in lower-case hexadecimal."""

    body: bytes
    sha256: str
    width: int
    height: int
    content_type: str


class PhotoRefused(Exception):
    """A picture that is not taken in. `refusal` is for programs, `words` for people."""

    def __init__(self, refusal: IntakeRefusal, words: str) -> None:
        super().__init__(f"{refusal}: {words}")
        self.refusal: IntakeRefusal = refusal
        self.words = words


def normalise_photo(photo: Path | bytes, turn_deg: int = 0) -> NormalisedPhoto:
    """Decode JPEG, PNG, WebP or HEIC in a confined child. Raises PhotoRefused; OSError when a path cannot be read.

    `turn_deg`: how far it is turned counter-clockwise, in quarters, beside what its EXIF says.
    """
    body = _read(photo) if isinstance(photo, Path) else photo
    if len(body) > MOST_BYTES:
        raise PhotoRefused("too_large", f"the file is larger than {MOST_BYTES // 2**20} MiB")
    head, picture = _decode(body, *([str(turn_deg)] if turn_deg else []))
    sha256 = hashlib.sha256(picture).hexdigest()
    return NormalisedPhoto(picture, sha256, head["width"], head["height"], head["content_type"])


def _decode(body: bytes, *mode: str) -> tuple[dict[str, Any], bytes]:
    """What the confined child made of it: its line of JSON, and the bytes behind it. Raises PhotoRefused."""
    try:
        decoded = subprocess.run(
            [sys.executable, "-I", str(_DECODER), *mode],
            input=body,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_WALL_S,
            env={"OMP_NUM_THREADS": "1"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise PhotoRefused("too_large", "the picture takes too long to decode") from None
    return _understand(decoded.stdout, decoded.returncode)


async def take_in_photo(body: bytes, turn_deg: int = 0) -> NormalisedPhoto:
    """`normalise_photo` beside the event loop, few at once."""
    return await to_thread.run_sync(normalise_photo, body, turn_deg, limiter=_AT_ONCE)


async def take_in_frames(body: bytes) -> list[bytes]:
    """A few frames of an untrusted video, as PNG, decoded in a confined child. Raises PhotoRefused."""
    return await to_thread.run_sync(_extract_frames, body, limiter=_AT_ONCE)


def _extract_frames(body: bytes) -> list[bytes]:
    if len(body) > MOST_BYTES:
        raise PhotoRefused("too_large", f"the file is larger than {MOST_BYTES // 2**20} MiB")
    head, pictures = _decode(body, "frames")
    ends = [sum(head["lengths"][: count + 1]) for count in range(len(head["lengths"]))]
    return [pictures[end - length : end] for end, length in zip(ends, head["lengths"], strict=True)]


def _read(path: Path) -> bytes:
    """At most one byte more than is accepted."""
    with path.open("rb") as stream:
        return stream.read(MOST_BYTES + 1)


def _understand(answer: bytes, status: int) -> tuple[dict[str, Any], bytes]:
    line, _, body = answer.partition(b"\n")
    if status in (-signal.SIGXCPU, -signal.SIGKILL):  # the kernel ended it
        raise PhotoRefused("too_large", "the picture takes more time or memory than a photo may")
    if status != 0 or not line:
        raise PhotoRefused("undecodable", "the picture breaks its decoder")
    head = json.loads(line)
    if "refusal" in head:
        raise PhotoRefused(cast(IntakeRefusal, head["refusal"]), head["words"])
    return head, body
