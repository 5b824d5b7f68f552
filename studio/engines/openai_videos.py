"""An engine behind any server that speaks OpenAI's `/v1/videos`: vLLM-Omni, SGLang-diffusion, Dynamo, another of ours.

The dialect says less than our own protocol: no steps, no hashes, nothing of the face. The receipt says so, and the
identity report is `unscored`. A finished clip passes through a temporary file, is hashed, and put where the sink says.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import tempfile
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import structlog

from inference.catalogue import ModelCard
from inference.protocol import (
    Artifact,
    ArtifactKind,
    ArtifactsReady,
    Cancelled,
    Failed,
    FailureCode,
    RenderEvent,
    RenderRequest,
    Stage,
    Started,
    Step,
)
from studio.engines.contract import EngineLost, Keeping, SupplySinks
from studio.engines.remote_engine import RemoteEngine
from studio.engines.remote_models import RemoteModel, card_of
from studio.engines.remote_receipt import finish_remotely

log = structlog.get_logger(__name__)

_TIMEOUT = httpx.Timeout(60.0, connect=5.0)
_POLL_S = 1.0
_PATIENCE_S = 120.0  # without any answer from the server
_PROBE_EVERY_S = 10.0
_MOST_PHOTO_BYTES = 32 * 1024 * 1024
_MOST_CLIP_BYTES = 2 * 1024**3
_MOST_STILL_BYTES = 8 * 1024 * 1024
_STILLS: dict[ArtifactKind, tuple[str, str, bytes]] = {
    "thumbnail": ("thumbnail", "image/webp", b"RIFF"),
    "sprite": ("spritesheet", "image/jpeg", b"\xff\xd8\xff"),
}


@dataclass(frozen=True)
class _File:
    artifact: Artifact
    path: Path


class _Refused(Exception):
    """The server answered that it will not, or did not."""

    def __init__(self, code: FailureCode, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.code, self.message, self.retryable = code, message, retryable


class OpenAIVideosEngine(RemoteEngine):
    """Renders at `url` (the address that ends in /v1) the models that the operator named."""

    def __init__(self, url: str, api_key: str, models: Mapping[str, RemoteModel], scratch_dir: Path) -> None:
        super().__init__(url.rstrip("/"), _PROBE_EVERY_S)
        self.cards: dict[str, ModelCard] = {name: card_of(name, model) for name, model in models.items()}
        self._api_key = api_key
        self._models = dict(models)
        self._scratch_dir = scratch_dir
        self._cancelled: dict[str, asyncio.Event] = {}

    async def render(
        self, request_id: str, request: RenderRequest, supply: SupplySinks, keeping: Keeping | None = None
    ) -> AsyncGenerator[RenderEvent]:
        """Events of one render, the last of them Finished, Cancelled or Failed. Raises EngineLost."""
        cancelled = self._cancelled[request_id] = asyncio.Event()
        try:
            async with (
                self._client() as http,
                contextlib.aclosing(self._follow(http, request_id, request, supply, cancelled)) as events,
            ):
                async for event in events:
                    yield event
        except _Refused as refused:
            yield Failed(id=request_id, code=refused.code, message=refused.message, retryable=refused.retryable)
        except httpx.HTTPError as error:
            raise EngineLost(f"the server at {self.url} is gone: {type(error).__name__}") from error
        finally:
            self._cancelled.pop(request_id, None)

    async def preempt(self, request_id: str) -> None:
        """Nothing: another server's render cannot be gone on with."""

    async def cancel(self, request_id: str) -> None:
        """Ask a running render to stop; does nothing when it is not running here."""
        if request_id in self._cancelled:
            self._cancelled[request_id].set()

    async def _follow(
        self,
        http: httpx.AsyncClient,
        request_id: str,
        request: RenderRequest,
        supply: SupplySinks,
        cancelled: asyncio.Event,
    ) -> AsyncGenerator[RenderEvent]:
        began = time.monotonic()
        video_id = await self._submit(http, request_id, request)
        over = False
        try:
            yield Started(id=request_id, device=f"{self._models[request.model].remote_name} at {self.url}")
            yield Stage(id=request_id, name="denoise")
            async for done in self._progress(http, video_id, cancelled):
                yield Step(id=request_id, stage="denoise", done=done, total=100)
            if cancelled.is_set():
                yield Cancelled(id=request_id)
                return
            with tempfile.TemporaryDirectory(dir=self._made_scratch()) as folder:
                files = await self._download(http, video_id, Path(folder))
                artifacts = tuple(file.artifact for file in files)
                yield Stage(id=request_id, name="upload")
                yield ArtifactsReady(id=request_id, artifacts=artifacts)
                sinks = await supply(artifacts)
                for file in files:
                    await _put(file, sinks[file.artifact.kind].url)
            over = True
            model, took_s = self._models[request.model].remote_name, time.monotonic() - began
            yield finish_remotely(request_id, request, artifacts, server=self.url, model=model, render_s=took_s)
        finally:
            # Also when it was cancelled or lost: nothing of it is wanted there any more.
            await self._forget(http, video_id, quietly=not over)

    async def _submit(self, http: httpx.AsyncClient, request_id: str, request: RenderRequest) -> str:
        model = self._models[request.model]
        reference = request.characters[0].references[0].source
        photo = await _fetch(reference.url)
        if hashlib.sha256(photo).hexdigest() != reference.sha256:
            raise _Refused("bad_source", "a reference photo is not the one that was chosen")
        kind = "image/jpeg" if photo[:3] == b"\xff\xd8\xff" else "image/png"
        fields: dict[str, str] = {
            "model": model.remote_name,
            "prompt": request.prompt,
            "seconds": f"{request.seconds:g}",
            "size": f"{request.width}x{request.height}",
            "fps": str(request.fps),
            "seed": str(request.seed),
            "num_inference_steps": str(request.steps),
            "guidance_scale": f"{request.guidance_scale:g}",
        }
        if request.negative_prompt:
            fields["negative_prompt"] = request.negative_prompt
        for name, value in model.extra.items():
            fields[name] = value if isinstance(value, str) else json.dumps(value)
        reply = await http.post(
            "/videos",
            data=fields,
            files={"input_reference": ("reference", photo, kind)},
            headers={"Idempotency-Key": request_id},
        )
        return str(_read(reply, "submit")["id"])

    async def _progress(self, http: httpx.AsyncClient, video_id: str, cancelled: asyncio.Event) -> AsyncIterator[int]:
        """Percent, as they come, until the video is complete or `cancelled`. Raises _Refused when it fails."""
        heard, told = time.monotonic(), -1
        while not cancelled.is_set():
            reply = await _ask(http, video_id)
            if reply is None:
                if time.monotonic() - heard > _PATIENCE_S:
                    raise EngineLost(f"the server at {self.url} has not answered for {_PATIENCE_S:.0f} s")
                await _pause(cancelled, _POLL_S)
                continue
            heard, video = time.monotonic(), _read(reply, "look at the video")
            if video.get("status") == "completed":
                return
            if video.get("status") in ("failed", "cancelled"):
                failure = video.get("error") or {}
                raise _Refused("engine_error", f"the server says: {failure.get('message') or video['status']}"[:500])
            progress = min(100, max(0, int(video.get("progress") or 0)))
            if progress > told:
                told = progress
                yield progress
            await _pause(cancelled, min(_POLL_S, _asked_pause_s(reply)))

    async def _download(self, http: httpx.AsyncClient, video_id: str, folder: Path) -> list[_File]:
        """The clip, which must come, and what stills the server has."""
        clip = await self._save(http, video_id, "clip", "video", folder, _MOST_CLIP_BYTES)
        if clip is None or clip.path.open("rb").read(12)[4:8] != b"ftyp":
            raise _Refused("engine_error", "the server sent no MP4")
        files = [clip]
        for kind, (variant, _, magic) in _STILLS.items():
            still = await self._save(http, video_id, kind, variant, folder, _MOST_STILL_BYTES)
            if still is not None and still.path.read_bytes().startswith(magic):
                files.append(still)
        return files

    async def _save(
        self, http: httpx.AsyncClient, video_id: str, kind: ArtifactKind, variant: str, folder: Path, most_bytes: int
    ) -> _File | None:
        """One variant in a file; None when the server has it not."""
        path, digest, size = folder / kind, hashlib.sha256(), 0
        async with http.stream("GET", f"/videos/{video_id}/content", params={"variant": variant}) as reply:
            if reply.status_code != httpx.codes.OK:
                return None
            with path.open("wb") as stream:
                async for chunk in reply.aiter_bytes():
                    size += len(chunk)
                    if size > most_bytes:
                        raise _Refused("engine_error", f"the {kind} is larger than {most_bytes // 2**20} MiB")
                    digest.update(chunk)
                    stream.write(chunk)
        if size == 0:
            return None
        content_type = "video/mp4" if kind == "clip" else _STILLS[kind][1]
        artifact = Artifact(kind=kind, sha256=digest.hexdigest(), size_bytes=size, content_type=content_type)
        return _File(artifact, path)

    async def _forget(self, http: httpx.AsyncClient, video_id: str, *, quietly: bool) -> None:
        try:
            await http.delete(f"/videos/{video_id}")
        except httpx.HTTPError as error:
            log.log(10 if quietly else 30, "remote_video_stays", video_id=video_id, why=type(error).__name__)

    def _made_scratch(self) -> Path:
        self._scratch_dir.mkdir(parents=True, exist_ok=True)
        return self._scratch_dir

    def _client(self) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {self._api_key}"}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=_TIMEOUT, follow_redirects=True)

    async def probe(self) -> str | None:
        """Asks for its models: nothing that costs it anything."""
        try:
            async with self._client() as http:
                reply = await http.get("/models")
        except httpx.HTTPError:
            return f"no server answers at {self.url}"
        good = reply.status_code == httpx.codes.OK
        return None if good else f"the server at {self.url} answers HTTP {reply.status_code}"


async def _ask(http: httpx.AsyncClient, video_id: str) -> httpx.Response | None:
    """The video as the server tells of it; None when it cannot just now."""
    try:
        reply = await http.get(f"/videos/{video_id}")
    except httpx.TransportError:
        return None
    return None if reply.status_code in (408, 429) or reply.is_server_error else reply


def _read(reply: httpx.Response, what: str) -> dict[str, Any]:
    """The reply's JSON. Raises _Refused with the server's own words, EngineLost for what may pass."""
    if reply.status_code in (408, 409, 429) or reply.is_server_error:
        raise EngineLost(f"the server cannot {what} just now: HTTP {reply.status_code}")
    try:
        told = reply.json()
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise _Refused("engine_error", f"the server's answer to {what} is not JSON")
    if not reply.is_success:
        error = told.get("error")
        words = error.get("message") if isinstance(error, dict) else None
        code: FailureCode = "bad_request" if reply.status_code in (400, 422) else "model_unavailable"
        raise _Refused(code, f"the server refuses: {words or f'HTTP {reply.status_code}'}"[:500])
    return told


async def _fetch(url: str) -> bytes:
    """A photo from the object store, which is not asked with the server's key."""
    body = bytearray()
    async with httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False) as plain, plain.stream("GET", url) as reply:
        if not reply.is_success:
            raise _Refused("bad_source", "a reference photo cannot be read", retryable=True)
        async for chunk in reply.aiter_bytes():
            body += chunk
            if len(body) > _MOST_PHOTO_BYTES:
                raise _Refused("bad_source", "a reference photo is too large")
    return bytes(body)


async def _put(file: _File, url: str) -> None:
    headers = {
        "Content-Type": file.artifact.content_type,
        "Content-Length": str(file.artifact.size_bytes),
        "If-None-Match": "*",
    }
    async with httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False) as plain:
        reply = await plain.put(url, content=_chunks(file.path), headers=headers)
    if not reply.is_success and reply.status_code != httpx.codes.PRECONDITION_FAILED:
        words = f"the {file.artifact.kind} could not be uploaded: HTTP {reply.status_code}"
        raise _Refused("upload_failed", words, retryable=True)


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(256 * 1024):
            yield chunk


def _asked_pause_s(reply: httpx.Response) -> float:
    told = reply.headers.get("openai-poll-after-ms", "")
    return max(0.1, int(told) / 1000) if told.isdecimal() else _POLL_S


async def _pause(cancelled: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(cancelled.wait(), seconds)
