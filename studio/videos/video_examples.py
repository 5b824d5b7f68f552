"""Videos as clients send and see them, for the API's document."""

from __future__ import annotations

from studio.generation.take_examples import CHARACTER_ID, IDENTITY, RECEIPT, RECEIPT_SHA256, UNCHARGED, USAGE
from studio.http.examples import Example

VIDEO_ID = "video_01J9ZK7M2A8M4N6P7R9S0V2W3X"
RENDERING: Example = {
    "id": VIDEO_ID,
    "object": "video",
    "model": "previs",
    "status": "in_progress",
    "progress": 42,
    "created_at": 1795420800,
    "completed_at": None,
    "expires_at": None,
    "prompt": "She smiles, then slowly turns to the left",
    "seconds": "4",
    "size": "768x432",
    "remixed_from_video_id": None,
    "error": None,
    "seed": 7,
    "characters": [{"id": CHARACTER_ID, "name": "Eileen", "placement": "centre"}],
    "identity": None,
    "speech": None,
    "receipt": None,
    "notes": [],
    "usage": {"credits": 0.0, "held": 0.15, "device_seconds": None, "lots": []},
}
COMPLETED: Example = RENDERING | {
    "status": "completed",
    "progress": 100,
    "completed_at": 1795420813,
    "identity": [IDENTITY],
    "receipt": RECEIPT | {"sha256": RECEIPT_SHA256},
    "usage": USAGE,
}
FAILED: Example = RENDERING | {
    "status": "failed",
    "usage": UNCHARGED,
    "error": {"code": "out_of_memory", "message": "the engine ran out of memory: try a smaller size"},
}
DELETED: Example = {"id": VIDEO_ID, "object": "video.deleted", "deleted": True}
CHARACTER: Example = {
    "id": CHARACTER_ID,
    "object": "video.character",
    "name": "Eileen",
    "created_at": 1795420800,
}
