"""The origin at which clients reach the studio: what its pages, its links and its guard against other sites go by."""

from __future__ import annotations

import re

from fastapi import Request

_HOST = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?")


def own_origin(request: Request) -> str:
    """scheme://host[:port]: that of the public URL, else the one that the request came to."""
    public: str | None = request.app.state.public_origin
    if public is not None:
        return public
    host = request.headers.get("host", "")
    if _HOST.fullmatch(host) is None:  # no name that a link could lead to
        name, port = request.scope.get("server") or ("127.0.0.1", 80)
        host = f"[{name}]:{port}" if ":" in name else f"{name}:{port}"
    return f"{request.url.scheme}://{host}"
