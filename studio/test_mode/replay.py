"""A logged request is asked once more, through the application itself, by whoever asks for it."""

from __future__ import annotations

import json
from typing import Any

import httpx
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from storage.tables import LoggedRequest
from studio.auth.caller import Caller
from studio.http.errors import StudioError
from studio.request_log.listening import MOST_BODY_BYTES
from studio.request_log.redaction import OUT
from studio.test_mode.schemas import ReplayedRequest

ALONE = frozenset({"/v1/requests/{request_id}/replay", "/v1/events"})  # a replay of a replay; a stream without end
_TEXTS = ("application/json", "application/problem+json", "text/plain")


class LiveRequest(StudioError):
    """Requests are asked again in test mode alone."""

    status = 409
    code = "live_request"


class NotReplayable(StudioError):
    """This request is not in the log as it was sent."""

    status = 409
    code = "not_replayable"


async def replay(app: FastAPI, caller: Caller, logged: LoggedRequest) -> ReplayedRequest:
    """Raises LiveRequest, NotReplayable."""
    if caller.livemode:
        raise LiveRequest("this would be done for good: only requests of test mode are asked again")
    _check(logged)

    async def as_caller(scope: Scope, receive: Receive, send: Send) -> None:
        known = {"caller": caller, "identified": caller}  # who may ask for a replay was found out, and counted
        await app({**scope, "state": known, "app": app}, receive, send)

    transport = httpx.ASGITransport(as_caller, raise_app_exceptions=False)
    url = f"{logged.path}?{logged.query}" if logged.query else logged.path
    async with httpx.AsyncClient(transport=transport, base_url="http://replay") as http:
        reply = await http.request(logged.method, url, **_body_of(logged))
    is_text = reply.headers.get("content-type", "").startswith(_TEXTS)
    return ReplayedRequest(
        replayed_id=logged.id,
        id=reply.headers["x-request-id"],
        status=reply.status_code,
        body=reply.text[:MOST_BODY_BYTES] if is_text else "",
    )


def _body_of(logged: LoggedRequest) -> dict[str, Any]:
    """As httpx takes it. A form that had no files goes as the fields that the log keeps of it."""
    if logged.request_body is None:
        return {}
    if (logged.request_type or "").startswith("multipart/"):
        return {"data": json.loads(logged.request_body)}
    return {"content": logged.request_body, "headers": {"Content-Type": logged.request_type or ""}}


def _check(logged: LoggedRequest) -> None:
    if logged.route in ALONE:
        raise NotReplayable(f"{logged.method} {logged.path} is not asked again")
    if logged.request_cut:
        raise NotReplayable("its body was longer than the log keeps: send it again yourself")
    if OUT in f"{logged.query}{logged.request_body}":
        raise NotReplayable("it had secrets in it, which the log does not keep: send it again yourself")
    if (logged.request_type or "").startswith("multipart/") and '"file": true' in (logged.request_body or ""):
        raise NotReplayable("it had a file in it, which the log does not keep: send it again yourself")
