"""Where the embedded store's signed links lead: the bucket's own path, as it was signed."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter, Request, Response
from starlette.routing import BaseRoute

from studio.embedded.store_proxy import StoreProxy
from studio.http.errors import NotFound


class BucketNameTaken(RuntimeError):
    """The bucket is named like a path of the studio."""


def store_router(bucket: str, *, beside: Iterable[BaseRoute]) -> APIRouter:
    """Signed links are opaque: no part of the documented API. Raises BucketNameTaken."""
    if bucket in {getattr(route, "path", "").lstrip("/").partition("/")[0] for route in beside}:
        raise BucketNameTaken(f"DRAMATIS_S3_BUCKET: /{bucket} is a path of the studio itself, choose another name")
    router = APIRouter(include_in_schema=False)
    router.add_api_route(f"/{bucket}/{{key:path}}", read_object, methods=["GET", "HEAD"])
    router.add_api_route(f"/{bucket}", upload_object, methods=["POST"])
    return router


async def read_object(request: Request, key: str) -> Response:
    """What a signed link leads to."""
    return await _proxy_of(request).read(request, key)


async def upload_object(request: Request) -> Response:
    """An upload by a signed form."""
    return await _proxy_of(request).upload(request)


def _proxy_of(request: Request) -> StoreProxy:
    proxy: StoreProxy | None = request.app.state.store_proxy
    if proxy is None:
        raise NotFound("there is nothing at this address")
    return proxy
