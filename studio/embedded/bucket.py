"""The bucket that a studio works on: the operator's, or that of a store of its own, which it then serves itself."""

from __future__ import annotations

import contextlib

import structlog

from storage.address import StoreAddress
from storage.objects import Objects
from storage.seaweed import kept_address
from studio.config import Settings
from studio.embedded.folder import FolderInUse, locked_folder
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
        objects, proxy = Objects(operators_store(settings)), None
    stack.push_async_callback(objects.close)
    await objects.ensure_bucket()
    if proxy is None:
        await _warn_of_silent_bucket(objects, settings)
    return objects, proxy


async def open_bucket_beside(settings: Settings, stack: contextlib.AsyncExitStack) -> Objects:
    """The bucket for a command: an embedded one is the running studio's, or is started for as long as `stack` is open.

    Raises StoreUnavailable and StoreError.
    """
    if settings.s3_endpoint is not None:
        address = operators_store(settings)
    else:
        folder = settings.data_dir / "objects"
        try:
            stack.enter_context(locked_folder(settings.data_dir))
        except FolderInUse:
            address = kept_address(folder, settings.s3_bucket)
        else:
            store = EmbeddedStore(folder, settings.s3_bucket)
            stack.push_async_callback(store.close)
            address = await store.open()
    objects = Objects(address)
    stack.push_async_callback(objects.close)
    await objects.ensure_bucket()
    return objects


def operators_store(settings: Settings) -> StoreAddress:
    """Where the operator's store is, as the settings say."""
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
