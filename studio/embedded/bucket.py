"""The bucket that a studio works on: the operator's, or that of a store of its own, which it then serves itself."""

from __future__ import annotations

import contextlib

import structlog

from storage.address import StoreAddress
from storage.objects import Objects
from studio.config import Settings
from studio.embedded.store import EmbeddedStore
from studio.embedded.store_proxy import StoreProxy

log = structlog.get_logger(__name__)


async def open_bucket(settings: Settings, stack: contextlib.AsyncExitStack) -> tuple[Objects, StoreProxy | None]:
    """The bucket, made where it is missing, and what passes an embedded one through. `stack` closes both.

    Raises StoreUnavailable and StoreError.
    """
    if settings.s3_endpoint is None:
        store = EmbeddedStore(settings.data_dir / "objects", settings.s3_bucket)
        stack.push_async_callback(store.close)
        address = await store.open()
        objects, proxy = Objects(address), StoreProxy(address)
        stack.push_async_callback(proxy.close)
    else:
        objects, proxy = Objects(_operators(settings)), None
    stack.push_async_callback(objects.close)
    await objects.ensure_bucket()
    if proxy is None:
        await _warn_of_silent_bucket(objects, settings)
    return objects, proxy


def _operators(settings: Settings) -> StoreAddress:
    return StoreAddress(
        endpoint=str(settings.s3_endpoint),
        access_key=settings.s3_access_key or "",
        secret_key=settings.s3_secret_key.get_secret_value() if settings.s3_secret_key else "",
        bucket=settings.s3_bucket,
        region=settings.s3_region,
        public_url=str(settings.s3_public_url) if settings.s3_public_url else None,
    )


async def _warn_of_silent_bucket(objects: Objects, settings: Settings) -> None:
    """Where the bucket refuses the studio's pages, nothing can be uploaded or played; only its owner can mend that."""
    for origin in settings.browser_origins[:1]:
        if not await objects.answers_browsers(origin):
            log.warning("bucket_refuses_browsers", origin=origin, see="docs/object-store.md")
