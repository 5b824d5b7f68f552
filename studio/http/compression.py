"""Replies go out compressed where the client reads gzip: JSON of many alike fields shrinks to a tenth.

Never streams of events, and nothing that is compressed already or read in ranges: pictures, clips, files to save.
"""

from __future__ import annotations

from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.types import ASGIApp

LEAST_BYTES = 1_000
LEVEL = 1  # higher ones take three times as long for a tenth of the bytes
LEFT_ALONE = (*DEFAULT_EXCLUDED_CONTENT_TYPES, "application/octet-stream", "application/pdf")


class CompressedReplies(GZipMiddleware):
    """ASGI: Starlette's, with our choices."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app, LEAST_BYTES, LEVEL, exclude_content_types=LEFT_ALONE)
