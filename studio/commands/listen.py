"""`dramatis listen`: what webhooks' receivers are told, forwarded to a server on this machine, signed."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from frontend.api_client.events import ServerEvent, parse_events
from studio.auth.local_key import FILE_NAME
from studio.commands.console import USAGE_EXIT, err, out, refuse
from studio.webhooks.event_types import EVERYTHING, PUBLISHED, hears, unknown_types
from studio.webhooks.signing import new_secret, signed_headers

SECRET_FILE = "listen_secret"  # noqa: S105 (a file's name)
PAUSE_S = 2.0
STREAM_TIMEOUT_S = 60.0  # the stream says every ten seconds that it is there


def listen_and_forward(
    forward_to: str, event_types: tuple[str, ...], url: str, key: str | None, secret: str | None, data_dir: Path
) -> None:
    """Until Ctrl-C."""
    unknown = unknown_types(event_types)
    if unknown:
        raise refuse(f"there is no event {', '.join(unknown)}", exit_status=USAGE_EXIT)
    api_key = key or _local_key(data_dir)
    if api_key is None:
        raise refuse("which key? --key, or DRAMATIS_API_KEY; `dramatis keys create` makes one", exit_status=USAGE_EXIT)
    forwarding = Forwarding(forward_to, event_types or (EVERYTHING,), secret or keep_secret(data_dir))
    out.print(f"Ready. Verify with the secret {forwarding.secret}")
    out.print(f"{url} → {forward_to}; Ctrl-C ends it")
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {api_key}"}, timeout=STREAM_TIMEOUT_S) as studio:
        try:
            forwarding.follow(studio)
        except KeyboardInterrupt:
            err.print("stopped")


@dataclass
class Forwarding:
    """`after`: the sequence of what was forwarded last; None until the stream has begun."""

    forward_to: str
    event_types: tuple[str, ...]
    secret: str
    after: int | None = None

    def follow(self, studio: httpx.Client) -> None:
        """Never ends; a connection that breaks is opened again, and nothing is left out."""
        while True:
            try:
                for event in self._events(studio):
                    if self.after is None:
                        self.after = int(event.id)
                    if event.type in PUBLISHED:
                        self.forward_new(studio)
            except httpx.HTTPStatusError as refused:
                raise refuse(f"the studio refused: {refused.response.status_code} {_code_of(refused)}") from refused
            except httpx.HTTPError as broken:
                err.print(f"no connection to the studio ({type(broken).__name__}); trying again")
            time.sleep(PAUSE_S)

    def _events(self, studio: httpx.Client) -> Iterator[ServerEvent]:
        headers = {} if self.after is None else {"Last-Event-ID": str(self.after)}
        with studio.stream("GET", "/v1/events", params={"from": "now"}, headers=headers) as reply:
            if reply.is_error:
                reply.read()
                reply.raise_for_status()
            if self.after is not None:
                self.forward_new(studio)
            yield from parse_events(reply.iter_lines())

    def forward_new(self, studio: httpx.Client) -> None:
        """Whatever happened since the last time."""
        more = True
        while more:
            reply = studio.get("/v1/webhook_messages", params={"after": self.after or 0})
            reply.raise_for_status()
            page = reply.json()
            for message in page["data"]:
                if hears(self.event_types, message["type"]):
                    self._forward(message)
            self.after, more = page["last_sequence"], page["has_more"]

    def _forward(self, message: dict[str, Any]) -> None:
        headers = signed_headers(
            message["body"], message_id=message["id"], at=datetime.now(UTC), secrets_=(self.secret,)
        )
        began = time.monotonic()
        try:
            answer = httpx.post(
                self.forward_to,
                content=message["body"].encode(),
                headers={"Content-Type": "application/json", **headers},
                timeout=30,
                trust_env=False,
            )
            told = str(answer.status_code)
        except httpx.HTTPError as failed:
            told = f"no answer ({type(failed).__name__})"
        about = json.loads(message["body"])["data"].get("id", "")
        out.print(f"{message['type']:22} {about} → {told} in {1000 * (time.monotonic() - began):.0f} ms")


def keep_secret(data_dir: Path) -> str:
    """The secret of this laptop, the same every time; for this user's eyes alone."""
    path = data_dir / SECRET_FILE
    if path.is_file():
        return path.read_text().strip()
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    secret = new_secret()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        stream.write(secret + "\n")
    return secret


def _local_key(data_dir: Path) -> str | None:
    try:
        return str(json.loads((data_dir / FILE_NAME).read_text())["api_key"])
    except (OSError, ValueError, KeyError):
        return None


def _code_of(refused: httpx.HTTPStatusError) -> str:
    try:
        return str(refused.response.json().get("code", ""))
    except ValueError:
        return ""
