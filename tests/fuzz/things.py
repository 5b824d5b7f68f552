"""Two organisations, and one of everything that a path or a body can name."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from studio.examples import example_path

_NAME = re.compile(r"\b([a-z]+)_01J9Z[0-9A-Z]+")
_BY_PREFIX = {
    "chr": "character_id", "ast": "asset_id", "take": "take_id", "video": "video_id", "prj": "project_id",
    "scn": "scene_id", "sht": "shot_id", "look": "look_id", "key": "key_id", "per": "member_id", "not": "note_id",
    "inv": "invitation_id",
}  # fmt: skip
_RENDERED_WITHIN_S = 120.0
LISTS = ("/v1/projects", "/v1/videos", "/v1/characters")


@dataclass
class Organisation:
    """An organisation: its id, the keys by what they may, its owner's cookie, and its things by a path's parameters."""

    id: str
    key: str
    narrow_key: str
    cookie: str
    things: dict[str, str] = field(default_factory=dict)

    def named(self, words: str) -> str:
        """The words of an example, with things that are there for those of the documentation."""
        return _NAME.sub(lambda found: self.things.get(_BY_PREFIX.get(found[1], ""), found[0]), words)


def sign_up(url: str, name: str) -> Organisation:
    """A new organisation with a key for everything and one for little."""
    with httpx.Client(base_url=url, headers={"Origin": url}, timeout=60) as http:
        person = {"email": f"{name}-{time.time_ns()}@example.com", "password": "a long sentence", "name": name}
        me = _told(http.post("/v1/people", json=person | {"organisation": name}))
        cookie = "; ".join(f"{key}={value}" for key, value in http.cookies.items())
        key = _told(http.post("/v1/api-keys", json={"name": "all"}))["key"]
        narrow = _told(http.post("/v1/api-keys", json={"name": "assets", "scopes": ["assets"]}))["key"]
    return Organisation(me["organisation"]["id"], key, narrow, cookie)


def provide(url: str, owner: Organisation) -> None:
    """Make one of everything anew, and erase what was there before."""
    with _client(url, owner) as http:
        _told(http.post("/v1/queue/resume"))  # whoever paused it, nothing would render
        for path in LISTS:
            while listed := _told(http.get(path, params={"limit": 100}))["data"]:
                for one in listed:
                    http.delete(f"{path}/{one['id']}").raise_for_status()
        photo = example_path().read_bytes()
        owner.things = _character(http, photo) | _film(http) | _rest(http, photo)
        owner.things |= _video(http, owner.things["character_id"])
        note = {"frame": 0, "text": "hold"}
        owner.things["note_id"] = _told(http.post(f"/v1/takes/{owner.things['take_id']}/notes", json=note))["id"]


@contextmanager
def _client(url: str, owner: Organisation) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {owner.key}"}, timeout=60) as http:
        yield http


def _character(http: httpx.Client, photo: bytes) -> dict[str, str]:
    sent = {"name": "Ada", "consent": "licensed_example"}
    made = _told(http.post("/v1/videos/characters", data=sent, files={"references": ("x.png", photo, "image/png")}))
    character = _told(http.get(f"/v1/characters/{made['id']}"))
    look = _told(http.post(f"/v1/characters/{made['id']}/looks", json={"name": "Rain", "hair": "wet"}))
    return {
        "character_id": made["id"],
        "asset_id": character["references"][0]["asset_id"],
        "look_id": look["id"],
        "model": "previs",
    }


def _film(http: httpx.Client) -> dict[str, str]:
    project = _told(http.post("/v1/projects", json={"name": "A film"}))["id"]
    scene = _told(http.post(f"/v1/projects/{project}/scenes", json={"heading": "INT. ROOM - DAY"}))["id"]
    shot = _told(http.post(f"/v1/scenes/{scene}/shots", json={"prompt": "she nods"}))["id"]
    return {"project_id": project, "scene_id": scene, "shot_id": shot}


def _rest(http: httpx.Client, photo: bytes) -> dict[str, str]:
    announced = {
        "kind": "photo",
        "content_type": "image/png",
        "size_bytes": len(photo),
        "sha256": hashlib.sha256(photo).hexdigest(),
    }
    invited = {"email": f"grace-{time.time_ns()}@example.com", "role": "viewer"}
    return {
        "upload_id": _told(http.post("/v1/uploads", json=announced))["id"],
        "key_id": _told(http.post("/v1/api-keys", json={"name": "spare"}))["id"],
        "invitation_id": _told(http.post("/v1/invitations", json=invited))["id"],
        "member_id": _told(http.get("/v1/members"))["data"][0]["id"],
        "session_id": "ses_01J9ZK3Q5T8M4N6P7R9S0V2W3X",
    }


def _video(http: httpx.Client, character_id: str) -> dict[str, str]:
    sent = {"prompt": "She nods", "characters": [character_id], "seconds": 0.5, "size": "256x256"}
    video = _told(http.post("/v1/videos", json=sent))
    until = time.monotonic() + _RENDERED_WITHIN_S
    while video["status"] in ("queued", "in_progress"):
        assert time.monotonic() < until, f"a small video is never rendered: {video}"
        time.sleep(0.05)
        video = _told(http.get(f"/v1/videos/{video['id']}"))
    assert video["status"] == "completed", video
    return {"video_id": video["id"], "take_id": "take_" + video["id"].removeprefix("video_")}


def _told(reply: httpx.Response) -> Any:  # noqa: ANN401 (JSON)
    assert reply.is_success, f"{reply.request.method} {reply.request.url}: {reply.status_code} {reply.text}"
    return reply.json()
