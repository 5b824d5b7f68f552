"""Takes as clients send and see them, for the API's document."""

from __future__ import annotations

from pydantic import JsonValue

from studio.http.examples import Example

CHARACTER_ID = "chr_01J9ZK3Q5T8M4N6P7R9S0V2W3X"
TAKE_ID = "take_01J9ZK7M2A8M4N6P7R9S0V2W3X"
CLIP_SHA256 = "b2e6c1f0a4d98375e1c0b6a7f3d2914c8e5f60718293a4b5c6d7e8f9012a3b4c"
RECEIPT_SHA256 = "4f0d9c8b7a6e5d4c3b2a19080f7e6d5c4b3a29181706f5e4d3c2b1a09f8e7d6c"

ASKED: tuple[Example, ...] = (
    {
        "prompt": "She smiles, then slowly turns to the left",
        "characters": [{"character_id": CHARACTER_ID}],
        "seconds": 5,
        "size": "768x432",
        "seed": 7,
    },
    {
        "prompt": "Ada nods while Grace talks; the camera moves in",
        "characters": [
            {"character_id": CHARACTER_ID, "placement": "left"},
            {"character_id": "chr_01J9ZK7M2A8M4N6P7R9S0V2W3Y", "placement": "right", "expected": "partly"},
        ],
        "plate": {"kind": "colour", "top": "#203040", "bottom": "#0c1016"},
    },
    {
        "prompt": "Ada talks",
        "characters": [{"character_id": CHARACTER_ID}],
        "dialogue": [
            {"character_id": CHARACTER_ID, "text": "At last.", "parenthetical": "softly", "voice": "af_heart"},
            {"text": "She had waited ten years.", "voice": "bm_george", "off_screen": True},
        ],
    },
    {
        "prompt": "She looks up",
        "characters": [{"character_id": CHARACTER_ID}],
        "plate": {"kind": "backdrop", "name": "forest"},
        "control": {"kind": "previs", "take_id": TAKE_ID},
    },
    {
        "prompt": "She looks up",
        "characters": [{"character_id": CHARACTER_ID}],
        "plate": {"kind": "image", "asset_id": "ast_01J9ZK1M2N8M4N6P7R9S0V2W3X"},
    },
    {"prompt": "She looks up", "characters": [{"character_id": CHARACTER_ID}], "plate": {"kind": "reference"}},
    {
        "prompt": "She walks from the door to the window",
        "characters": [{"character_id": CHARACTER_ID}],
        "model": "wan-vace-14b",
        "keyframes": [
            {"asset_id": "ast_01J9ZK1M2N8M4N6P7R9S0V2W3X", "at": "first"},
            {"asset_id": "ast_01J9ZK7M2A8M4N6P7R9S0V2W3Y", "at": 2.5},
        ],
    },
)

SLATE: Example = {
    "project_id": "prj_01J9ZK3Q5T8M4N6P7R9S0V2W3X",
    "film": "The Letter",
    "shot_id": "sht_01J9ZK3Q5T8M4N6P7R9S0V2W3Z",
    "shot": "2A",
    "take": "T3",
}
UNCHARGED: Example = {"credits": 0.0, "held": 0.0, "device_seconds": None, "lots": []}
RENDERING: Example = {
    "id": TAKE_ID,
    "shot_id": None,
    "state": "RENDERING",
    "model": "previs",
    "tier": "draft",
    "prompt": "She smiles, then slowly turns to the left",
    "negative_prompt": "",
    "characters": [
        {
            "character_id": CHARACTER_ID,
            "name": "Eileen",
            "placement": "centre",
            "expected": "always",
            "look_id": None,
            "look_name": None,
        }
    ],
    "dialogue": [],
    "slate": None,
    "pool": "shared",
    "seconds": 5.0,
    "size": "768x432",
    "fps": 24,
    "frames": 120,
    "seed": 7,
    "priority": "interactive",
    "steps": 20,
    "guidance_scale": 2.5,
    "shift": None,
    "framing": "cu",
    "camera": None,
    "performance": 0.0,
    "pace": 0.0,
    "progress": 0.42,
    "stage": "decode",
    "queue_place": None,
    "unserved": False,
    "eta_s": 7.5,
    "attempt": 1,
    "failure": None,
    "identity": None,
    "speech": None,
    "receipt": None,
    "receipt_sha256": None,
    "notes": [],
    "files": {},
    "timings": {"queue_s": 0.3, "render_s": None, "total_s": None},
    "usage": {"credits": 0.0, "held": 0.15, "device_seconds": None, "lots": []},
    "guarantee": None,
    "created_at": "2026-11-23T08:00:00Z",
    "started_at": "2026-11-23T08:00:00.3Z",
    "finished_at": None,
}
WAITING: Example = RENDERING | {
    "state": "QUEUED",
    "progress": 0.0,
    "stage": None,
    "queue_place": 1,
    "eta_s": 21.0,
    "attempt": 0,
    "timings": {"queue_s": None, "render_s": None, "total_s": None},
    "started_at": None,
}
IDENTITY: Example = {
    "character_id": CHARACTER_ID,
    "character_name": "Eileen",
    "score": 0.81,
    "worst_decile": 0.74,
    "presence": 1.0,
    "drift": -0.01,
    "yaw_range_deg": [-31.0, 4.5],
    "threshold": 0.36,
    "compared_with": "same_photo",
    "expected": "always",
    "verdict": "pass",
    "series": [0.83, 0.82, 0.79],
}
LINE: Example = {
    "id": "line_1",
    "character_id": CHARACTER_ID,
    "text": "At last.",
    "parenthetical": "softly",
    "voice": "af_heart",
    "recording": None,
    "pause_before_s": 0.0,
    "off_screen": False,
}
SPOKEN: Example = {
    "line_id": "line_1",
    "character_id": CHARACTER_ID,
    "text": "At last.",
    "voice": "af_heart",
    "recording": None,
    "start_s": 0.42,
    "end_s": 1.13,
    "heard": "æ t l æ s t",
    "phoneme_error": 0.0,
    "class_error": None,
    "offset_ms": 8.0,
    "verdict": "pass",
}
RECEIPT: Example = {"model": "previs", "seed": 7, "media_sha256": CLIP_SHA256}
USAGE: Example = {
    "credits": 0.124,
    "held": 0.0,
    "device_seconds": 12.4,
    "lots": [{"lot_id": "lot_01J9ZK3Q5T8M4N6P7R9S0V2W3X", "kind": "purchase", "credits": 0.124}],
}
_ENDED: Example = {"progress": 1.0, "stage": None, "eta_s": None, "finished_at": "2026-11-23T08:00:13Z"}
SUCCEEDED: Example = (
    RENDERING
    | _ENDED
    | {
        "state": "SUCCEEDED",
        "identity": [IDENTITY],
        "dialogue": [LINE],
        "speech": [SPOKEN],
        "receipt": RECEIPT,
        "receipt_sha256": RECEIPT_SHA256,
        "notes": [{"code": "look_left_aside", "message": "this model draws no clothes: the look is left aside"}],
        "files": {"video": {"sha256": CLIP_SHA256, "size_bytes": 812345, "content_type": "video/mp4"}},
        "timings": {"queue_s": 0.3, "render_s": 12.4, "total_s": 13.0},
        "usage": USAGE,
    }
)
FAILED: Example = (
    RENDERING
    | _ENDED
    | {
        "state": "FAILED",
        "progress": 0.42,
        "usage": UNCHARGED,
        "failure": {"code": "out_of_memory", "message": "the engine ran out of memory: try a smaller size"},
    }
)
CANNOT: list[JsonValue] = ["walk or show the whole body"]
REFUSED: Example = {
    "seconds": None,
    "seconds_low": None,
    "seconds_high": None,
    "queue_seconds": 0.0,
    "price": None,
    "payment": None,
    "ok": False,
    "problems": [
        {
            "field": "size",
            "message": "previs cannot make 100x100; the nearest are 256x256 and 320x192",
            "nearest": ["256x256", "320x192"],
            "code": "request_refused",
            "members": {},
        }
    ],
    "cannot": CANNOT,
    "notes": None,
}
MODEL: Example = {
    "id": "previs",
    "object": "model",
    "created": 0,
    "owned_by": "dramatis",
    "name": "previs",
    "title": "Previs: a reference photo, acting",
    "licence": "Apache-2.0",
    "pools": ["shared"],
    "commercial": True,
    "tiers": ["draft"],
    "sizes": ["768x432", "432x768", "512x512"],
    "fps": [24],
    "min_seconds": 0.5,
    "max_seconds": 10.0,
    "max_characters": 3,
    "shows_places": True,
    "dresses": False,
    "keyframes": False,
    "acts_anything": False,
    "max_steps": 50,
    "max_guidance_scale": 10.0,
    "default_size": "768x432",
    "default_seconds": 5.0,
    "default_fps": 24,
    "default_steps": 20,
    "draft_steps": None,
    "default_guidance_scale": 2.5,
    "draft_guidance_scale": None,
    "credits_per_device_second": 0.01,
    "recipe": None,
    "can": ["turn, nod, shake and tilt the head", "move the camera: in, out, pan, tilt, roll"],
    "cannot": CANNOT,
}


def summary_of(take: Example) -> Example:
    """The same take as a list shows it."""
    kept = {name: value for name, value in take.items() if name != "receipt"}
    identity = take["identity"]
    if isinstance(identity, list):
        kept["identity"] = [
            {name: value for name, value in one.items() if name != "series"}
            for one in identity
            if isinstance(one, dict)
        ]
    return kept
