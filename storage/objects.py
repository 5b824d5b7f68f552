"""Objects in an S3 bucket: bytes under keys, and links to them. What they mean is not known here.

A signature covers the host name: links are signed by `internal` for this machine and the engines, by `public` for
browsers and API clients, or for the studio's own origin, where that passes the bucket through. Small objects go through
a signed link of our own, conditional and checksummed like everybody's; large files go through the minio client in
parts. No call belongs inside a transaction.
"""

from __future__ import annotations

import base64
import copy
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote, urlsplit

import httpx
from anyio import sleep, to_thread
from minio import Minio
from minio.datatypes import PostPolicy
from minio.deleteobjects import DeleteObject
from minio.error import MinioException, S3Error
from urllib3 import PoolManager, Timeout
from urllib3.exceptions import HTTPError

from storage.address import StoreAddress
from storage.metrics import counts_errors
from storage.presigned import presign_get

_TIMEOUT = httpx.Timeout(30.0, connect=5.0)
_PAUSE_S = 0.3
_PART_BYTES = 16 * 1024 * 1024
_MISSING = frozenset({"NoSuchKey", "NoSuchBucket", "NoSuchObject"})
T = TypeVar("T")
LINK_VALID_FOR = timedelta(minutes=15)


class StoreError(Exception):
    """The object store could not be reached or did not do what it was asked."""


class ObjectMissing(StoreError):
    """No object has this key."""


class ObjectTooLarge(StoreError):
    """The object is larger than the caller is ready to read."""


_counted = counts_errors(StoreError, but=(ObjectMissing, ObjectTooLarge))


@dataclass(frozen=True)
class ObjectFacts:
    """What the store says about an object."""

    size_bytes: int
    content_type: str
    etag: str


@dataclass(frozen=True)
class UploadForm:
    """A POST that a browser or an API client may make: the fields first, then the file in a field named `file`."""

    url: str
    fields: dict[str, str]


class Objects:
    """One bucket."""

    def __init__(self, address: StoreAddress) -> None:
        self._address = address
        self._bucket = address.bucket
        self._internal = _client(address, address.endpoint)
        self._public = _client(address, address.public_url or address.endpoint)
        self._passed_at: str | None = None
        self._http = httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False)

    def passed_through(self, origin: str) -> Objects:
        """The same bucket for clients who reach it at `origin` (scheme://host[:port]), through the studio."""
        view = copy.copy(self)
        view._passed_at = origin
        return view

    @property
    def public_origin(self) -> str:
        """Where browsers reach the store: scheme and host, without a path."""
        return self._passed_at or (self._address.public_url or self._address.endpoint).rstrip("/")

    @property
    def is_passed_through(self) -> bool:
        """Whether clients reach it at the studio's own origin."""
        return self._passed_at is not None

    async def close(self) -> None:
        await self._http.aclose()

    @_counted
    async def ensure_bucket(self) -> None:
        """Make the bucket unless it is there. Raises StoreError."""

        def ensure() -> None:
            if not self._internal.bucket_exists(self._bucket):
                try:
                    self._internal.make_bucket(self._bucket)
                except S3Error as error:
                    if error.code not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
                        raise

        await _in_thread(ensure)

    @_counted
    async def check(self) -> None:
        """Raises StoreError unless the bucket answers."""
        if not await _in_thread(lambda: bool(self._internal.bucket_exists(self._bucket))):
            raise StoreError(f"bucket {self._bucket} is not there")

    async def answers_browsers(self, origin: str) -> bool:
        """Whether pages of `origin` may upload by a form and read: what a browser's preflight is told."""
        asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        try:
            reply = await self._http.options(self._public_bucket_url, headers=asked)
        except httpx.HTTPError:
            return False
        return reply.is_success and reply.headers.get("access-control-allow-origin") in (origin, "*")

    @_counted
    async def put(self, key: str, body: bytes, *, content_type: str) -> bool:
        """Put a small object, once. False when the key is taken: the first writer keeps it. Raises StoreError."""
        url = self.link_to_write(key, sha256=hashlib.sha256(body).hexdigest())
        headers = {"Content-Type": content_type, "If-None-Match": "*"}
        reply = await _send_twice(lambda: self._http.put(url, content=body, headers=headers), f"put {key}")
        if reply.status_code == httpx.codes.PRECONDITION_FAILED:
            return False
        if not reply.is_success:
            raise StoreError(f"put {key}: HTTP {reply.status_code}")
        return True

    @_counted
    async def put_file(self, key: str, path: Path, *, content_type: str) -> None:
        """Put a file of any size, in parts; what was under the key is replaced. Raises StoreError."""
        await _in_thread(
            lambda: self._internal.fput_object(
                self._bucket, key, str(path), content_type=content_type, part_size=_PART_BYTES
            )
        )

    @_counted
    async def get_file(self, key: str, path: Path) -> None:
        """Write the object to a file, whatever its size. Raises ObjectMissing, StoreError."""
        await _in_thread(lambda: self._internal.fget_object(self._bucket, key, str(path)))

    @_counted
    async def get(self, key: str, *, most_bytes: int) -> bytes:
        """The whole object, of at most `most_bytes`. Raises ObjectMissing, ObjectTooLarge, StoreError."""
        link = self.link_to_read(key)
        reply = await _send_twice(lambda: self._open(link), f"get {key}")
        body = bytearray()
        try:
            if reply.status_code == httpx.codes.NOT_FOUND:
                raise ObjectMissing(key)
            if not reply.is_success:
                raise StoreError(f"get {key}: HTTP {reply.status_code}")
            async for chunk in reply.aiter_bytes():
                body += chunk
                if len(body) > most_bytes:
                    raise ObjectTooLarge(key)
        except httpx.HTTPError as error:
            raise StoreError(f"get {key}: {type(error).__name__}") from error
        finally:
            await reply.aclose()
        return bytes(body)

    async def _open(self, link: str) -> httpx.Response:
        """The head of a reply; its body is read, or not, by the caller, who closes it."""
        return await self._http.send(self._http.build_request("GET", link), stream=True)

    @_counted
    async def stat(self, key: str) -> ObjectFacts:
        """Size and type without the bytes. Raises ObjectMissing, StoreError."""
        found = await _in_thread(lambda: self._internal.stat_object(self._bucket, key))
        return ObjectFacts(int(found.size or 0), str(found.content_type), str(found.etag))

    @_counted
    async def list_keys(self, prefix: str) -> list[str]:
        """Every key that begins with `prefix`."""

        def listed() -> list[str]:
            found = self._internal.list_objects(self._bucket, prefix=prefix, recursive=True)
            return [str(each.object_name) for each in found]

        return await _in_thread(listed)

    @_counted
    async def delete(self, keys: Sequence[str]) -> None:
        """Delete; keys that are not there count as deleted. Raises StoreError."""
        if not keys:
            return
        doomed = [DeleteObject(key) for key in keys]
        errors = await _in_thread(lambda: list(self._internal.remove_objects(self._bucket, doomed)))
        failed = [str(error.name) for error in errors if error.code not in _MISSING]
        if failed:
            raise StoreError(f"{len(failed)} of {len(keys)} objects could not be deleted")

    async def delete_prefix(self, prefix: str) -> int:
        """Delete everything under `prefix`; returns how many objects went."""
        keys = await self.list_keys(prefix)
        await self.delete(keys)
        return len(keys)

    def link_to_read(self, key: str, *, valid_for: timedelta = LINK_VALID_FOR) -> str:
        """A link for this machine and the engines. Signing needs no network."""
        return str(self._internal.get_presigned_url("GET", self._bucket, key, expires=valid_for))

    def link_to_write(self, key: str, *, sha256: str, valid_for: timedelta = LINK_VALID_FOR) -> str:
        """A link by which exactly the bytes with this hash may be put, from this machine or an engine.

        The checksum is signed as a query parameter: as a header it would have to be signed too, and is refused.
        """
        query = {"x-amz-checksum-sha256": _base64_of(sha256)}
        return str(
            self._internal.get_presigned_url("PUT", self._bucket, key, expires=valid_for, extra_query_params=query)
        )

    def link_to_download(
        self, key: str, *, content_type: str, filename: str | None = None, valid_for: timedelta = LINK_VALID_FOR
    ) -> str:
        """A link for clients. The type is ours, not what was uploaded; with `filename` it is saved, not shown."""
        disposition = "inline" if filename is None else _attachment(filename)
        overrides = {"response-content-type": content_type, "response-content-disposition": disposition}
        if self._passed_at is not None:
            return presign_get(self._address, self._passed_at, key, overrides=overrides, valid_for=valid_for)
        return str(
            self._public.get_presigned_url("GET", self._bucket, key, expires=valid_for, response_headers=overrides)
        )

    def form_to_upload(
        self, key: str, *, content_type: str, size_bytes: int, sha256: str | None, valid_for: timedelta
    ) -> UploadForm:
        """A form by which a client may upload exactly `size_bytes` of `content_type` (with that hash) under `key`."""
        policy = PostPolicy(self._bucket, datetime.now(UTC) + valid_for)
        fields = {"key": key, "Content-Type": content_type}
        if sha256 is not None:
            fields["x-amz-checksum-sha256"] = _base64_of(sha256)
        for name, value in fields.items():
            policy.add_equals_condition(name, value)
        policy.add_content_length_range_condition(size_bytes, size_bytes)
        signed = {str(name): str(value) for name, value in self._public.presigned_post_policy(policy).items()}
        return UploadForm(url=self._public_bucket_url, fields=fields | signed)

    @property
    def _public_bucket_url(self) -> str:
        return f"{self.public_origin}/{self._bucket}"


def _client(address: StoreAddress, url: str) -> Minio:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/"):
        raise ValueError(f"an S3 address is http(s)://host[:port], without a path: {url}")
    return Minio(
        parts.netloc,
        access_key=address.access_key,
        secret_key=address.secret_key,
        secure=parts.scheme == "https",
        region=address.region,
        http_client=PoolManager(timeout=Timeout(connect=5.0, read=30.0), retries=False, maxsize=8),
    )


async def _in_thread(call: Callable[[], T]) -> T:
    """Run a synchronous call of the minio client, with its errors in our words."""
    try:
        return await to_thread.run_sync(call)
    except S3Error as error:
        if error.code in _MISSING:
            raise ObjectMissing(str(error.object_name)) from error
        raise StoreError(f"{error.code}") from error
    except (MinioException, HTTPError, OSError) as error:
        raise StoreError(type(error).__name__) from error


async def _send_twice(send: Callable[[], Awaitable[httpx.Response]], what: str) -> httpx.Response:
    """Send a request that may be repeated, once more when the store stumbles. Raises StoreError."""
    with suppress(httpx.HTTPError):
        reply = await send()
        if not reply.is_server_error:
            return reply
        await reply.aclose()
    await sleep(_PAUSE_S)
    try:
        return await send()
    except httpx.HTTPError as error:
        raise StoreError(f"{what}: {type(error).__name__}") from error


def _base64_of(sha256: str) -> str:
    return base64.b64encode(bytes.fromhex(sha256)).decode()


def _attachment(filename: str) -> str:
    """RFC 6266: a name of plain letters for old clients, and the true one as RFC 5987 writes it."""
    plain = "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in "._-") else "_" for letter in filename
    )
    words = f'attachment; filename="{plain}"'
    return words if plain == filename else f"{words}; filename*=UTF-8''{quote(filename, safe='')}"
