"""A client of one studio: upload, enrol, submit, follow, fetch. Copy what you need."""

from __future__ import annotations

import hashlib
import mimetypes
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from frontend.api_client.events import ServerEvent, parse_events

MOST_BREAKS = 30  # of an event stream, one after the other without an event between them
PAUSE_S = 0.5
ENDED = {"SUCCEEDED", "FAILED", "CANCELLED", "CONSENT_BLOCKED", "QUARANTINED"}


class Refused(Exception):
    """The API said no. `code` is stable: act on it; the message is for people."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class StudioClient:
    """A client of one studio with one API key. Close it, or use it in a `with`."""

    def __init__(self, url: str, api_key: str) -> None:
        self._http = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {api_key}"}, timeout=60)
        self._plain = httpx.Client(timeout=120)  # for signed links: the key goes to the studio alone

    def __enter__(self) -> StudioClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._http.close()
        self._plain.close()

    def models(self) -> list[dict[str, Any]]:
        """What each model may be asked for: sizes, lengths, what it can and cannot do."""
        return list(self._ask("GET", "/v1/models")["data"])

    def voices(self) -> list[dict[str, Any]]:
        """The voices that lines can be said in."""
        return list(self._ask("GET", "/v1/voices")["data"])

    def upload(self, photo: Path) -> str:
        """Put a photo straight into the store; returns the id of the asset that was made of it."""
        body = photo.read_bytes()
        content_type = mimetypes.guess_type(photo.name)[0] or "application/octet-stream"
        announced = self._ask(
            "POST",
            "/v1/uploads",
            {
                "kind": "photo",
                "content_type": content_type,
                "size_bytes": len(body),
                "sha256": hashlib.sha256(body).hexdigest(),
            },
        )
        sent = self._plain.post(
            announced["url"], data=announced["fields"], files={"file": (photo.name, body, content_type)}
        )
        if sent.is_error:
            raise Refused(sent.status_code, "upload_refused", f"the object store refused {photo.name}")
        return str(self._ask("POST", f"/v1/uploads/{announced['id']}/complete")["id"])

    def enrol(self, name: str, asset_ids: list[str], consent: dict[str, Any], *, hidden: bool = False) -> str:
        """Make a character of uploaded photos; returns its id. Without a consent nobody's face is measured.

        hidden: made for one take, and not listed in the cast.
        """
        references = [{"asset_id": asset_id} for asset_id in asset_ids]
        body = {"name": name, "references": references, "consent": consent, "hidden": hidden}
        return str(self._ask("POST", "/v1/characters", body)["id"])

    def submit(self, take: dict[str, Any]) -> dict[str, Any]:
        """Ask for a take. The key makes a repeated request harmless."""
        return self._ask("POST", "/v1/takes", take, {"Idempotency-Key": uuid.uuid4().hex})

    def take(self, take_id: str) -> dict[str, Any]:
        """The take as it stands; once it has ended with its identity report and its receipt."""
        return self._ask("GET", f"/v1/takes/{take_id}")

    def cancel(self, take_id: str) -> None:
        """Stop it within a step; what has ended stays as it is."""
        self._http.post(f"/v1/takes/{take_id}/cancel")

    def follow(self, take_id: str) -> Iterator[ServerEvent]:
        """Events of a take until its last one; a broken stream is resumed where it broke. Raises Refused."""
        last_id, breaks = "0", 0
        while breaks < MOST_BREAKS:
            try:
                for event in self._listen(take_id, last_id):
                    last_id, breaks = event.id, 0
                    yield event
            except httpx.TransportError:
                time.sleep(PAUSE_S)
            breaks += 1
            if self.take(take_id)["state"] in ENDED:
                return
        raise Refused(504, "no_end_in_sight", f"the take {take_id} did not end")

    def picture(self, path: str) -> bytes | None:
        """A preview by the path that its event named; None when it is gone already."""
        answer = self._http.get(path)
        if answer.status_code != httpx.codes.FOUND:
            return None
        found = self._plain.get(answer.headers["location"])
        return found.content if found.is_success else None

    def download(self, take_id: str, target: Path, variant: str = "video") -> None:
        """Fetch one of the take's files."""
        answer = self._http.get(f"/v1/takes/{take_id}/content", params={"variant": variant})
        if answer.status_code != httpx.codes.FOUND:
            raise _refusal(answer)
        with self._plain.stream("GET", answer.headers["location"]) as body, target.open("wb") as file:
            body.raise_for_status()
            for chunk in body.iter_bytes():
                file.write(chunk)

    def _listen(self, take_id: str, last_id: str) -> Iterator[ServerEvent]:
        headers = {"Last-Event-ID": last_id, "Accept": "text/event-stream"}
        with self._http.stream("GET", "/v1/events", params={"take": take_id}, headers=headers) as stream:
            if stream.is_error:
                stream.read()
                raise _refusal(stream)
            yield from parse_events(stream.iter_lines())

    def _ask(
        self, method: str, path: str, body: dict[str, Any] | None = None, headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        answer = self._http.request(method, path, json=body, headers=headers)
        if answer.is_error:
            raise _refusal(answer)
        told: dict[str, Any] = answer.json()
        return told


def _refusal(answer: httpx.Response) -> Refused:
    try:
        problem = answer.json()
    except ValueError:
        problem = {}
    words = problem.get("detail") or problem.get("title") or f"the studio answered {answer.status_code}"
    return Refused(answer.status_code, str(problem.get("code", "error")), str(words))
