"""The session's cookie, and what tells our own pages from others.

With an https public URL the cookie is `__Host-`, Secure and for this host alone. Without one a session is for browsers
on this very machine: a plain cookie, refused to and from any other address.
"""

from __future__ import annotations

import ipaddress

import structlog
from fastapi import Request, Response

from studio.config import Settings
from studio.http.errors import StudioError
from studio.http.origin import own_origin

log = structlog.get_logger(__name__)

HOST_COOKIE = "__Host-dramatis"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class CrossSite(StudioError):
    """The request comes from another site's page."""

    status = 403
    code = "cross_site"


class InsecureSignIn(StudioError):
    """Signing in over an unprotected connection is refused."""

    status = 403
    code = "insecure_sign_in"


def cookie_name(request: Request, purpose: str = "") -> str:
    """Plain ones bear the port: browsers share cookies between the ports of a machine."""
    if is_secure(request):
        return HOST_COOKIE + purpose
    return f"dramatis_{request.url.port or 80}{purpose}"


def read_cookie(request: Request, purpose: str = "") -> str | None:
    """Our cookie's value, if it came by a way by which we would have set it."""
    return request.cookies.get(cookie_name(request, purpose)) if may_sign_in(request) else None


def set_cookie(request: Request, response: Response, value: str, *, max_age_s: int, purpose: str = "") -> None:
    """Give the browser a cookie. Raises InsecureSignIn."""
    require_secure_transport(request)
    if not is_secure(request):
        log.warning("plain_session_cookie", remedy="set DRAMATIS_PUBLIC_URL to an https address")
    response.set_cookie(
        cookie_name(request, purpose),
        value,
        max_age=max_age_s,
        path="/",
        secure=is_secure(request),
        httponly=True,
        samesite="lax",
    )


def delete_cookie(request: Request, response: Response, purpose: str = "") -> None:
    """Take the cookie away."""
    name = cookie_name(request, purpose)
    response.delete_cookie(name, path="/", secure=is_secure(request), httponly=True, samesite="lax")


def require_secure_transport(request: Request) -> None:
    """Raises InsecureSignIn where a session could be overheard."""
    if not may_sign_in(request):
        raise InsecureSignIn(
            "sessions need https: the operator sets DRAMATIS_PUBLIC_URL to an https address; API keys work meanwhile"
        )


def may_sign_in(request: Request) -> bool:
    """Whether this connection may carry a session."""
    return is_secure(request) or _is_loopback(request)


def is_secure(request: Request) -> bool:
    """Whether browsers reach the studio by https."""
    settings: Settings = request.app.state.settings
    return settings.is_https


def refuse_other_sites(request: Request, *, strict: bool) -> None:
    """Raises CrossSite for a request that changes something and that another site's page made.

    `strict`: a request that does not say where it comes from is refused too; no browser sends one.
    """
    if request.method in SAFE_METHODS:
        return
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    if origin is not None:
        ours = origin == own_origin(request)
    elif site is not None:
        ours = site == "same-origin"
    else:
        ours = not strict
    if not ours:
        raise CrossSite("a session acts from the studio's own pages only; use an API key elsewhere")


def _is_loopback(request: Request) -> bool:
    if request.client is None:
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
