"""Reading what a request refers to: within limits, and only if it is the bytes that were announced. Torch-free."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx
import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from inference.engine.cancellable_wait import Check, pause_interruptibly, run_interruptibly
from inference.engine.failures import RenderFailed
from inference.protocol import Source

RgbPicture = npt.NDArray[np.uint8]

MAX_SOURCE_BYTES = 64 * 1024 * 1024
MAX_ADAPTER_BYTES = 1024 * 1024 * 1024  # a LoRA of rank 64 over a model of 14 billion parameters, in half precision
MAX_PIXELS = 40_000_000
_FORMATS = ("PNG", "JPEG")  # what the product's intake writes; nothing else is ever parsed here
_ATTEMPTS = 3
_BACKOFF_S = 0.3
_TIMEOUT = httpx.Timeout(20.0, connect=5.0)
_RETRIED_STATUS = frozenset({408, 429, 500, 502, 503, 504})


class SourceReader:
    """Reads http(s) links and, under `files_roots` only, `file://` ones. Its errors are RenderFailed `bad_source`."""

    def __init__(self, files_roots: tuple[Path, ...]) -> None:
        self._roots = tuple(root.resolve() for root in files_roots)

    def read(self, source: Source, check: Check, max_bytes: int = MAX_SOURCE_BYTES) -> bytes:
        """The bytes of `source`, at most `max_bytes`, whose SHA-256 was compared."""
        scheme = urlsplit(source.url).scheme
        if scheme == "file":
            data = self._read_file(source.url, max_bytes)
        elif scheme in ("http", "https"):
            data = _download(source.url, check, max_bytes)
        else:
            raise RenderFailed("bad_source", f"a source cannot be read over {scheme!r}")
        if hashlib.sha256(data).hexdigest() != source.sha256:
            raise RenderFailed("bad_source", f"a source is not the bytes that were announced ({source.sha256[:12]}…)")
        return data

    def _read_file(self, url: str, max_bytes: int) -> bytes:
        path = allowed_path(url, self._roots)
        if path is None:
            raise RenderFailed("bad_source", "this engine may not read files there")
        try:
            with path.open("rb") as stream:
                data = stream.read(max_bytes + 1)
        except OSError as error:
            raise RenderFailed("bad_source", f"a source file cannot be read: {error.strerror}") from error
        _refuse_over_limit(len(data), max_bytes)
        return data


def allowed_path(url: str, roots: tuple[Path, ...]) -> Path | None:
    """The file that a `file://` url names, links resolved, or None when it lies outside every root."""
    path = Path(unquote(urlsplit(url).path)).resolve()
    return path if any(path.is_relative_to(root) for root in roots) else None


def decode_picture(data: bytes) -> RgbPicture:
    """RGB pixels [H, W, 3] of a normalised PNG or JPEG. Raises RenderFailed `bad_source`."""
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise RenderFailed("bad_source", f"a picture of {picture.width} x {picture.height} px is too large")
            return np.asarray(picture.convert("RGB"), np.uint8)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        raise RenderFailed("bad_source", "a source is not a PNG or JPEG that can be decoded") from error


def _download(url: str, check: Check, max_bytes: int) -> bytes:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return run_interruptibly(lambda: _get(url, check, max_bytes), check)
        except httpx.HTTPStatusError as error:
            status = error.response.status_code
            if status not in _RETRIED_STATUS or attempt == _ATTEMPTS:
                # an expired link answers 403: the next attempt comes with fresh links
                raise RenderFailed(
                    "bad_source", f"a source answered with HTTP {status}", retryable=status != 404
                ) from error
        except httpx.HTTPError as error:
            if attempt == _ATTEMPTS:
                words = f"a source could not be read: {type(error).__name__}"
                raise RenderFailed("bad_source", words, retryable=True) from error
        pause_interruptibly(_BACKOFF_S * attempt, check)
    raise AssertionError("the last attempt returns or raises")


def _get(url: str, check: Check, max_bytes: int) -> bytes:
    received = bytearray()
    with (
        httpx.Client(timeout=_TIMEOUT, follow_redirects=False, trust_env=False) as client,
        client.stream("GET", url) as response,
    ):
        if response.status_code != 200:
            raise httpx.HTTPStatusError("not 200", request=response.request, response=response)
        for chunk in response.iter_bytes():
            check()
            received += chunk
            _refuse_over_limit(len(received), max_bytes)
    return bytes(received)


def _refuse_over_limit(size_bytes: int, max_bytes: int) -> None:
    if size_bytes > max_bytes:
        raise RenderFailed("bad_source", f"a source is over the limit of {max_bytes // 2**20} MiB")
