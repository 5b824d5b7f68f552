"""What the browser may do on the studio's pages."""

from __future__ import annotations


def page_policy(store_origin: str | None) -> str:
    """A Content-Security-Policy: our own files, pictures and clips of the store, uploads to it; no inline script.

    `store_origin`: where the store is reached, when that is not the studio's own origin. Inline *styles* are allowed: a
    component's position on the stage or along a timeline is one.
    """
    ours = "'self'" if store_origin is None else f"'self' {store_origin}"
    directives = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self' 'unsafe-inline'",
        "font-src": "'self'",
        "img-src": f"{ours} data: blob:",
        "media-src": f"{ours} blob:",
        "connect-src": ours,
        "manifest-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {sources}" for name, sources in directives.items())
