"""One clip, from photos to the file, told step by step: what the page shows is what this yields."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from frontend.api_client import Refused, ServerEvent, StudioClient

STAGES = {
    "identity": "Reads the face",
    "prepare": "Prepares",
    "denoise": "Acts",
    "decode": "Draws",
    "score": "Compares the face",
    "mux": "Signs",
    "upload": "Stores",
}
NEEDS = {
    "photos": "Add one to ten photos of one person.",
    "consent": "Say under which consent the photos are used.",
    "prompt": "Say what happens in the shot.",
    "key": "Enter the API key that the studio printed when it started.",
}


@dataclass(frozen=True)
class Order:
    """What somebody filled in."""

    photos: tuple[Path, ...]
    consent: str
    evidence: str
    prompt: str
    model: str
    size: str
    seconds: float
    seed: int | None
    line: str = ""
    voice: str = ""


@dataclass(frozen=True)
class Progress:
    """How far it is. `share` is 0 to 1; `preview` the newest JPEG; `take` and `clip` come at the end."""

    words: str
    share: float = 0.0
    preview: bytes | None = None
    take_id: str | None = None
    take: dict[str, Any] = field(default_factory=dict)
    clip: Path | None = None


def missing(order: Order, api_key: str) -> str | None:
    """The first thing that is still to be filled in, in words."""
    filled = {"key": api_key, "photos": order.photos, "consent": order.consent, "prompt": order.prompt.strip()}
    return next((NEEDS[name] for name, value in filled.items() if not value), None)


def shoot(studio: StudioClient, order: Order) -> Iterator[Progress]:
    """Everything that happens to an order, in order. Raises Refused, with the studio's own words."""
    at = Progress(f"Uploads {len(order.photos)} photos", 0.02)
    yield at
    assets = [studio.upload(photo) for photo in order.photos]
    yield (at := replace(at, words="Enrols the character", share=0.05))
    consent = {"kind": order.consent} | ({"evidence": order.evidence} if order.evidence.strip() else {})
    character = studio.enrol("Demo", assets, consent, hidden=True)
    take = studio.submit(
        {
            "prompt": order.prompt,
            "characters": [{"character_id": character}],
            "model": order.model,
            "size": order.size,
            "seconds": None if order.line.strip() else order.seconds,
            "seed": order.seed,
            "dialogue": _dialogue(order, character),
        }
    )
    yield (at := replace(at, words="Waits for the engine", share=0.08, take_id=take["id"]))
    for event in studio.follow(take["id"]):
        at = _told(studio, at, event)
        yield at
    yield _ended(studio, at, studio.take(take["id"]))


def _dialogue(order: Order, character: str) -> list[dict[str, Any]]:
    if not order.line.strip():
        return []
    return [{"character_id": character, "text": order.line.strip(), "voice": order.voice or None}]


def _told(studio: StudioClient, at: Progress, event: ServerEvent) -> Progress:
    kind, data = event.type, event.data
    if kind == "take.preview":
        return replace(at, preview=studio.picture(data["url"]) or at.preview)
    if kind in ("take.stage", "take.step"):
        words = STAGES.get(data["stage"], data["stage"])
        steps = f" {data['done']} of {data['total']}" if kind == "take.step" else ""
        return replace(at, words=words + steps, share=max(at.share, 0.1 + 0.9 * float(data.get("progress", 0))))
    if kind == "take.retrying":
        return replace(at, words="The engine was lost; it starts again")
    if kind == "take.preempted":
        return replace(at, words="It made room, and goes on from here")
    return at


def _ended(studio: StudioClient, at: Progress, take: dict[str, Any]) -> Progress:
    if take["state"] != "SUCCEEDED":
        failure = take["failure"] or {"code": take["state"].lower(), "message": "the take ended without a clip"}
        raise Refused(200, failure["code"], failure["message"])
    clip = Path(tempfile.mkdtemp(prefix="dramatis-demo-")) / f"{take['id']}.mp4"
    studio.download(take["id"], clip)
    return replace(at, words="Done", share=1.0, take=take, clip=clip)
