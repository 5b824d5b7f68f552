"""Presigned links and forms of S3 (signature version 4), where the minio client has no call for what is needed.

A link is signed for a host: `presign_get` signs for any, since a box may be reached by several names. A POST form is
not: its policy alone is signed, and says who may upload how many bytes where.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import SplitResult, quote, urlsplit

from minio.credentials import Credentials
from minio.signer import post_presign_v4, presign_v4

from storage.address import StoreAddress

_DATE = "%Y%m%dT%H%M%SZ"


class FormRefused(Exception):
    """The form was not signed by us; the message says what is wrong with it."""


def presign_get(
    address: StoreAddress, origin: str, key: str, *, overrides: Mapping[str, str], valid_for: timedelta
) -> str:
    """A link to read `key` at `origin`. `overrides`: `response-content-type` and the like, sent back as headers."""
    at = urlsplit(origin)
    query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in sorted(overrides.items()))
    unsigned = SplitResult(at.scheme, at.netloc, quote(f"/{address.bucket}/{key}"), query, "")
    signed: SplitResult = presign_v4(
        method="GET",
        url=unsigned,
        region=address.region,
        credentials=Credentials(address.access_key, address.secret_key),
        date=datetime.now(UTC),
        expires=int(valid_for.total_seconds()),
    )
    return signed.geturl()


def most_bytes_of_form(address: StoreAddress, fields: Mapping[str, str]) -> int:
    """How many bytes a file may have that comes with these fields. Raises FormRefused unless we signed them."""
    try:
        policy, date = fields["policy"], datetime.strptime(fields["x-amz-date"], _DATE).replace(tzinfo=UTC)
        signature = fields["x-amz-signature"]
    except (KeyError, ValueError):
        raise FormRefused("the form has no signature") from None
    ours = str(post_presign_v4(policy, address.secret_key, date, address.region))
    if not hmac.compare_digest(ours.encode(), signature.encode()):
        raise FormRefused("the form's signature is not ours")
    try:
        conditions = json.loads(base64.b64decode(policy, validate=True))["conditions"]
        (most,) = (int(one[2]) for one in conditions if isinstance(one, list) and one[0] == "content-length-range")
    except (binascii.Error, ValueError, TypeError, KeyError, IndexError):
        raise FormRefused("the form's policy sets no size") from None
    return most
