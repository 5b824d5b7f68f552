"""The receipt's one true spelling, and its hash: what the provenance mark carries and the product stores."""

from __future__ import annotations

import hashlib
import json

from inference.protocol import Receipt


def canonical_json(receipt: Receipt) -> bytes:
    """UTF-8 JSON with sorted keys, no spaces, no escapes that are not needed, and no NaN (ValueError)."""
    fields = receipt.model_dump(mode="json")
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def hash_receipt(receipt: Receipt) -> str:
    """SHA-256 of the canonical JSON: whoever holds the receipt can check the mark inside the clip."""
    return hashlib.sha256(canonical_json(receipt)).hexdigest()
