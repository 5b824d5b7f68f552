"""What the OpenAPI document says of the API as a whole."""

from __future__ import annotations

from typing import Any

TITLE = "Dramatis"
DESCRIPTION = """Cast a face once, from a few photos and with consent; keep it through every shot.

Upload photos (`/v1/uploads`), enrol a character (`/v1/characters`), shoot a take (`/v1/takes`), follow it
(`/v1/events`) and fetch it (`/v1/takes/{id}/content`). Errors are `application/problem+json` with a stable `code`;
under `/v1/videos` they have OpenAI's shape."""
CONTACT = {"name": "Dramatis"}
LICENCE = {"name": "Apache 2.0", "identifier": "Apache-2.0"}
TAGS: dict[str, str] = {
    "uploads": "Photos, plates, recordings, evidence on their way in: announced here, sent to the object store.",
    "assets": "What was uploaded, as it is kept.",
    "characters": "Faces that are kept over a film: enrolled from photos with consent, dressed in looks, erased.",
    "takes": "One clip of one shot: asked for, followed, cancelled, fetched.",
    "speech": "Voices, and lines as they sound before anything is rendered.",
    "backdrops": "Plates that the engine draws itself.",
    "models": "What is installed, what it may be asked for and what it can do. Read by both dialects.",
    "storyboard": "Films, their scenes and shots, the takes of a shot and remarks about them.",
    "cuts": "A film's takes in the order of its board, and one MP4 of them.",
    "events": "What happens in the organisation, as a stream.",
    "webhooks": "Where events are sent, what was sent and what was answered.",
    "api-keys": "Keys for programs.",
    "requests": "What keys asked for and were answered, for thirty days.",
    "test-mode": "Keys of test mode, and logged requests asked again there.",
    "usage": "What takes came to, by day, model, project, key and member.",
    "people": "Signing up, in and out, and one's own sessions. For browsers.",
    "payments": "Credits and plans for money: what can be bought, orders, automatic top-ups.",
    "organisation": "The organisation: its members, invitations, standing consent and audit log.",
    "billing": "Credits: what there is, the ledger, statements, prices, caps on spending.",
    "operator": "For whoever runs the installation, signed in: organisations, grants, refunds, revenue, prices.",
    "health": "Whether the studio lives, and whether it can work.",
    "openai-videos": "The same takes in the words of OpenAI's video API, for its stock clients.",
}


def servers(public_url: str | None, port: int) -> list[dict[str, Any]]:
    """Where the API may be: the studio that serves the document, and an address for files that were saved."""
    named = public_url.rstrip("/") if public_url is not None else f"http://127.0.0.1:{port}"
    words = "Its public address" if public_url is not None else "A studio on this machine"
    return [{"url": "/", "description": "The studio that serves this document"}, {"url": named, "description": words}]
