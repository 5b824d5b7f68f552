"""The public HTTP API as the command line uses it: upload, enrol, submit, follow, download. Nothing private."""

from __future__ import annotations

import hashlib
import mimetypes
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx

from studio.commands.console import Meter
from studio.commands.shot_options import CastMember, Shot
from studio.commands.sse import ServerEvent, parse_events

TERMINAL = {"SUCCEEDED", "FAILED", "CANCELLED", "CONSENT_BLOCKED", "QUARANTINED"}
RECONNECTS = 30


class ApiRefused(RuntimeError):
    """The server said no. `code` is stable; the message is for people."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.message} ({self.code})"


class StudioApi:
    """A client of one server with one key. Close it, or use it in a `with`."""

    def __init__(self, url: str, api_key: str) -> None:
        self._http = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {api_key}"}, timeout=60)
        self._plain = httpx.Client(timeout=120)  # for links that carry their own signature: our key stays home

    def __enter__(self) -> StudioApi:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()
        self._plain.close()

    def upload_photo(self, path: Path) -> str:
        """Upload one photo straight to the object store; returns its asset id, ready for use."""
        body = path.read_bytes()
        content_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        announced = self._json(
            "POST",
            "/v1/uploads",
            {
                "kind": "photo",
                "content_type": content_type,
                "size_bytes": len(body),
                "sha256": hashlib.sha256(body).hexdigest(),
            },
        )
        answer = self._plain.post(
            announced["url"], data=announced["fields"], files={"file": (path.name, body, content_type)}
        )
        if answer.is_error:
            raise ApiRefused(answer.status_code, "upload_refused", f"the object store refused {path.name}")
        return str(self._json("POST", f"/v1/uploads/{announced['id']}/complete")["id"])

    def enrol(self, member: CastMember) -> str:
        """Upload a character's photos and enrol it; returns its id."""
        photos = {self.upload_photo(photo): photo.name for photo in member.photos}
        consent = {"kind": member.consent, "evidence": member.evidence}
        body = {"name": member.name, "references": [{"asset_id": asset} for asset in photos], "consent": consent}
        try:
            return str(self._json("POST", "/v1/characters", body)["id"])
        except ApiRefused as refusal:  # the server speaks of assets, people of files
            for asset, name in photos.items():
                refusal.message = refusal.message.replace(asset, name)
            raise

    def submit(self, shot: Shot, characters: dict[str, str]) -> dict[str, Any]:
        """Ask for a take; `characters` maps names to ids."""
        cast = [{"character_id": characters[member.name], "placement": member.placement} for member in shot.cast]
        body = {
            "model": shot.model,
            "prompt": shot.prompt,
            "characters": cast,
            "seconds": shot.seconds,
            "size": f"{shot.width}x{shot.height}",
            "seed": shot.seed,
        }
        return self._json("POST", "/v1/takes", body, {"Idempotency-Key": uuid.uuid4().hex})

    def take(self, take_id: str) -> dict[str, Any]:
        """The take as it stands."""
        return self._json("GET", f"/v1/takes/{take_id}")

    def follow(self, take_id: str, on_event: Callable[[ServerEvent], None]) -> dict[str, Any]:
        """Listen until the take has ended, resuming where a broken stream stopped; returns the take."""
        last_id = "0"
        for _ in range(RECONNECTS):
            try:
                for event in self._events(take_id, last_id):
                    last_id = event.id
                    on_event(event)
            except httpx.TransportError:
                time.sleep(0.5)
            take = self.take(take_id)
            if take["state"] in TERMINAL:
                return take
        raise ApiRefused(504, "no_end_in_sight", f"the take {take_id} did not end")

    def download(self, take_id: str, target: Path, variant: str = "video") -> None:
        """Fetch one of the take's files."""
        answer = self._http.get(f"/v1/takes/{take_id}/content", params={"variant": variant})
        if answer.status_code != httpx.codes.FOUND:
            raise _refusal(answer)
        with self._plain.stream("GET", answer.headers["location"]) as body, target.open("wb") as file:
            body.raise_for_status()
            for chunk in body.iter_bytes():
                file.write(chunk)

    def _events(self, take_id: str, last_id: str) -> Iterator[ServerEvent]:
        headers = {"Last-Event-ID": last_id, "Accept": "text/event-stream"}
        with self._http.stream("GET", "/v1/events", params={"take": take_id}, headers=headers) as stream:
            if stream.is_error:
                stream.read()
                raise _refusal(stream)
            yield from parse_events(stream.iter_lines())

    def _json(
        self, method: str, path: str, body: dict[str, Any] | None = None, headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        answer = self._http.request(method, path, json=body, headers=headers)
        if answer.is_error:
            raise _refusal(answer)
        result: dict[str, Any] = answer.json()
        return result


def tell_progress(meter: Meter) -> Callable[[ServerEvent], None]:
    """Shows a take's events on a meter."""

    def on_event(event: ServerEvent) -> None:
        payload = event.data
        if event.type == "take.stage":
            meter.stage(str(payload["stage"]))
        elif event.type == "take.step":
            meter.stage(str(payload["stage"]))
            meter.step(int(payload["done"]), int(payload["total"]))

    return on_event


def _refusal(answer: httpx.Response) -> ApiRefused:
    try:
        problem = answer.json()
    except ValueError:
        return ApiRefused(answer.status_code, "no_answer", f"the server answered {answer.status_code}")
    message = str(problem.get("detail") or problem.get("title") or answer.status_code)
    return ApiRefused(answer.status_code, str(problem.get("code", "error")), message)
