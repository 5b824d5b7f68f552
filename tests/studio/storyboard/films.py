"""A film by HTTP, in as few words as tests deserve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True)
class Film:
    """A project, driven by its client."""

    http: httpx.AsyncClient
    id: str

    async def board(self) -> dict[str, Any]:
        return told(await self.http.get(f"/v1/projects/{self.id}/board"))

    async def scene(self, heading: str = "INT. KITCHEN - DAY", **more: object) -> str:
        reply = await self.http.post(f"/v1/projects/{self.id}/scenes", json={"heading": heading, **more})
        return str(told(reply, 201)["id"])

    async def shot(self, scene_id: str, prompt: str = "She nods", **more: object) -> str:
        reply = await self.http.post(f"/v1/scenes/{scene_id}/shots", json={"prompt": prompt, **more})
        return str(told(reply, 201)["id"])

    async def move(self, shot_ids: list[str], scene_id: str, after: str | None = None) -> dict[str, Any]:
        body = {"shot_ids": shot_ids, "scene_id": scene_id, "after": after}
        return told(await self.http.post("/v1/shots/move", json=body))

    async def undo(self) -> dict[str, Any]:
        return told(await self.http.post(f"/v1/projects/{self.id}/undo"))

    async def redo(self) -> dict[str, Any]:
        return told(await self.http.post(f"/v1/projects/{self.id}/redo"))


async def open_film(http: httpx.AsyncClient, name: str = "The Letter") -> Film:
    return Film(http, told(await http.post("/v1/projects", json={"name": name}), 201)["id"])


def told(reply: httpx.Response, status: int = 200) -> dict[str, Any]:
    """The reply's body, once its status is as expected."""
    assert reply.status_code == status, reply.text
    body: dict[str, Any] = reply.json()
    return body


def layout(board: dict[str, Any]) -> dict[str, list[str]]:
    """Prompts by heading, in order, each behind its number."""
    return {
        scene["heading"]: [f"{shot['number']} {shot['prompt']}" for shot in scene["shots"]] for scene in board["scenes"]
    }
