"""What the browser may do on the studio's pages."""

from __future__ import annotations


def page_policy(store_origin: str) -> str:
    """A Content-Security-Policy: our own files, pictures and clips of the store, uploads to it; no inline script.

    Inline *styles* are allowed: a component's position on the stage or along a timeline is one.
    """
    directives = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self' 'unsafe-inline'",
        "font-src": "'self'",
        "img-src": f"'self' data: blob: {store_origin}",
        "media-src": f"'self' blob: {store_origin}",
        "connect-src": f"'self' {store_origin}",
        "manifest-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {sources}" for name, sources in directives.items())
