"""A shot of the command line, as requests of the public API: its cast enrolled, its take asked for."""

from __future__ import annotations

from typing import Any

from frontend.api_client import Refused, ServerEvent, StudioClient
from studio.commands.console import Meter
from studio.commands.line_options import with_ids
from studio.commands.shot_options import CastMember, Shot


def enrol_member(client: StudioClient, member: CastMember) -> str:
    """Upload a character's photos and enrol it; returns its id. Raises Refused."""
    photos = {client.upload(photo): photo.name for photo in member.photos}
    consent = {"kind": member.consent, "evidence": member.evidence}
    try:
        return client.enrol(member.name, list(photos), consent, hidden=True)  # for this take, not for a cast
    except Refused as refusal:  # the server speaks of assets, people of files
        words = str(refusal)
        for asset, name in photos.items():
            words = words.replace(asset, name)
        raise Refused(refusal.status, refusal.code, words) from refusal


def take_body(shot: Shot, characters: dict[str, str]) -> dict[str, Any]:
    """What asks for the shot; `characters` maps names to ids."""
    cast = [{"character_id": characters[member.name], "placement": member.placement} for member in shot.cast]
    return {
        "model": shot.model,
        "prompt": shot.prompt,
        "characters": cast,
        "seconds": shot.seconds,
        "size": f"{shot.width}x{shot.height}",
        "seed": shot.seed,
        **shot.direction.body(),
        "dialogue": [
            line.model_dump(include={"id", "character_id", "text", "parenthetical", "voice", "off_screen"})
            for line in with_ids(shot.said, characters)
        ],
    }


def show_progress(meter: Meter, event: ServerEvent) -> None:
    """Show one event of a take on a meter."""
    if event.type in ("take.stage", "take.step"):
        meter.stage(str(event.data["stage"]))
    if event.type == "take.step":
        meter.step(int(event.data["done"]), int(event.data["total"]))
