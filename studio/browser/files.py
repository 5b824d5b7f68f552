"""The files that `scripts/run` builds from `frontend/studio`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

BUILT = Path(__file__).resolve().parent / "built"
HASHED = "app/"  # names under it carry a hash of their content
FOREVER = "public, max-age=31536000, immutable"
A_DAY = "public, max-age=86400"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".mp4": "video/mp4",
    ".m4a": "audio/mp4",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True)
class BuiltFile:
    """One file of the app, as it goes over the wire."""

    path: Path
    headers: dict[str, str]
    media_type: str


def find_static(name: str, *, gzip: bool, built: Path = BUILT) -> BuiltFile | None:
    """The file at `/static/NAME`; None when there is none, or when the name leads out of the folder."""
    folder = built / "static"
    path = (folder / name).resolve()
    media_type = TYPES.get(path.suffix)
    if media_type is None or not path.is_relative_to(folder.resolve()) or not path.is_file():
        return None
    headers = {"Cache-Control": FOREVER if name.startswith(HASHED) else A_DAY, "Vary": "Accept-Encoding"}
    packed = path.with_name(path.name + ".gz")
    if gzip and packed.is_file():
        return BuiltFile(packed, {**headers, "Content-Encoding": "gzip"}, media_type)
    return BuiltFile(path, headers, media_type)


def read_index(built: Path = BUILT) -> str | None:
    """The page that starts the app; None when it was not built."""
    index = built / "index.html"
    return index.read_text() if index.is_file() else None
