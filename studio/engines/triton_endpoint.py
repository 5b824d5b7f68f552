"""One Triton server: the same wire format over gRPC streams, and what it says of itself.

A stream carries commands down (render, then sinks, perhaps cancel) and events up. Dropping it cancels the render. A
stream that falls silent is given up, whatever the others hear, and so is one whose render the server does not know any
more: Triton itself says READY, and leaves streams open, when what is behind them is stuck or dead.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import numpy as np
from pydantic import ValidationError
from tritonclient.grpc import InferInput
from tritonclient.grpc.aio import InferenceServerClient
from tritonclient.utils import InferenceServerException

from inference.protocol import (
    EVENT,
    PROTOCOL_VERSION,
    STATUS_MODEL,
    TRITON_TOKEN_HEADER,
    Command,
    PromptRead,
    RenderEnd,
    RenderEvent,
    ServerStatus,
)
from studio.engines.contract import EngineLost, EngineUnreachable

PROBE_WITHIN_S = 5.0
_GONE = (InferenceServerException, grpc.RpcError)  # the client library hands on some of gRPC's as they are
_MISSED = 2  # probes: a render that was given just now, or is just over, is missed by one of them


@dataclass(frozen=True)
class TritonAccess:
    """How servers are reached from elsewhere. token: what they want to be shown; ca: PEM of who signed their
    certificates, with which TLS is spoken; certificate, key: PEM of our own, where they ask for it.
    """

    token: str | None = None
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    @property
    def headers(self) -> dict[str, str] | None:
        """Of every request."""
        return {f"triton-grpc-protocol-{TRITON_TOKEN_HEADER}": self.token} if self.token is not None else None

    def connect(self, url: str) -> InferenceServerClient:
        """A client, which connects when it is first used. Raises OSError when a file cannot be read."""
        if self.ca is None:
            return InferenceServerClient(url)
        own = [None if path is None else str(path) for path in (self.key, self.certificate)]
        return InferenceServerClient(
            url, ssl=True, root_certificates=str(self.ca), private_key=own[0], certificate_chain=own[1]
        )


class TritonEndpoint:
    """A server at `url` (host:port of its gRPC endpoint). `patience_s`: silence after which a stream is given up.

    `status`: what it last said of itself; `why_not`: words, None while it can render. `given`: renders of ours that
    leave no room for another one yet.
    """

    def __init__(self, url: str, access: TritonAccess, patience_s: float) -> None:
        self.url, self.patience_s = url, patience_s
        self.status: ServerStatus | None = None
        self.why_not: str | None = "it has not been asked yet"
        self.given = 0
        self._access = access
        self._probing: InferenceServerClient | None = None
        self._streams: dict[str, _Stream] = {}  # by the render

    def serves(self, model: str) -> bool:
        """Whether it renders `model`, as far as is known."""
        return self.why_not is None and self.status is not None and model in self.status.models

    @property
    def slots(self) -> int:
        """Renders that it can begin side by side: device groups whose engine is up."""
        return 0 if self.status is None else sum(group.why_not_ready is None for group in self.status.groups)

    def preference(self, model: str) -> tuple[bool, bool, int]:
        """Larger where a render of `model` had better go: room that was told, its weights in place, few of ours."""
        groups = self.status.groups if self.status is not None else ()
        free = [group for group in groups if group.has_room]
        holds = any(one.name == model and one.on_device for group in free for one in group.models)
        return len(free) > 0, holds, self.slots - self.given

    async def talk(
        self, request_id: str, model: str, saying: asyncio.Queue[Command | None]
    ) -> AsyncGenerator[RenderEvent | PromptRead]:
        """What comes up a stream to `model` while `saying` goes down. Raises EngineLost: EngineUnreachable where it is
        the server's loss alone."""
        client = self._access.connect(self.url)
        answers = client.stream_infer(_requests(model, saying), headers=self._access.headers)
        stream = self._streams[request_id] = _Stream(answers)
        try:
            while True:
                result, error = await self._next(stream)
                if error is not None:
                    raise EngineUnreachable(f"the Triton server at {self.url} answered: {error}")
                event = _event(result)
                if event is not None:
                    yield event
                if isinstance(event, RenderEnd | PromptRead):
                    return
        except _GONE as error:
            raise EngineUnreachable(f"the Triton server at {self.url} is gone: {error}") from error
        finally:
            del self._streams[request_id]
            answers.cancel()
            await client.close()

    async def probe(self) -> str | None:
        """Asks what it holds; words say why it cannot render, None when it can."""
        try:
            self.status = await self._ask_status()
        except (*_GONE, ValidationError, OSError) as error:
            self.status = None
            await self.close()
            self.why_not = self._words(error)
        else:
            self.why_not = self._why_not(self.status)
            for request_id, stream in self._streams.items():
                stream.heed(known=request_id in self.status.renders)
        return self.why_not

    async def close(self) -> None:
        """Hang up the connection that probes use; the next one makes another."""
        if self._probing is not None:
            probing, self._probing = self._probing, None
            with contextlib.suppress(Exception):
                await probing.close()

    async def _ask_status(self) -> ServerStatus:
        if self._probing is None:
            self._probing = self._access.connect(self.url)
        answer = await self._probing.infer(
            STATUS_MODEL, inputs=[], headers=self._access.headers, client_timeout=PROBE_WITHIN_S
        )
        return ServerStatus.model_validate_json(answer.as_numpy("status").reshape(-1)[0])

    def _words(self, error: Exception) -> str:
        if isinstance(error, ValidationError):
            return f"the Triton server at {self.url} is of another version: start both from one installation"
        refused = isinstance(error, InferenceServerException) and "restricted" in str(error.message())
        if refused:
            return f"the Triton server at {self.url} does not take the token that it was shown"
        which = "" if self._access.ca is None else ", or it and this process do not trust each other's certificates"
        return f"no Triton server answers at {self.url}: start one with scripts/triton{which}"

    def _why_not(self, status: ServerStatus) -> str | None:
        if status.protocol != PROTOCOL_VERSION:
            return f"the Triton server at {self.url} is of another version: start both from one installation"
        if self.slots == 0:
            return f"the Triton server at {self.url} is still loading: {status.groups[0].why_not_ready}"
        return None if status.models else f"the Triton server at {self.url} is still loading its models"

    async def _next(self, stream: _Stream) -> tuple[Any, Any]:
        try:
            async with asyncio.timeout(self.patience_s) as stream.patience:
                result, error = await anext(stream.answers)
                return result, error
        except StopAsyncIteration:
            words = f"the Triton server at {self.url} ended the stream before the render was over"
            raise EngineUnreachable(words) from None
        except TimeoutError as late:
            if stream.missed >= _MISSED:
                raise EngineUnreachable(f"the Triton server at {self.url} lost the render: an endpoint died") from late
            raise EngineLost(f"the Triton server at {self.url} was silent for {self.patience_s:.0f} s") from late


@dataclass
class _Stream:
    """What a render is heard by. missed: probes in a row that the server did not know it at."""

    answers: Any
    missed: int = 0
    patience: asyncio.Timeout = field(default_factory=lambda: asyncio.timeout(None))

    def heed(self, *, known: bool) -> None:
        """Of a probe. Who waits for an event of a render that is lost waits no longer."""
        self.missed = 0 if known else self.missed + 1
        if self.missed >= _MISSED:
            with contextlib.suppress(RuntimeError):  # nobody waits just now
                self.patience.reschedule(asyncio.get_running_loop().time())


async def _requests(model: str, saying: asyncio.Queue[Command | None]) -> AsyncIterator[dict[str, Any]]:
    """What the client library sends for each command."""
    while (command := await saying.get()) is not None:
        words = InferInput("command", [1], "BYTES")
        words.set_data_from_numpy(np.array([command.model_dump_json().encode()], dtype=np.object_))
        yield {"model_name": model, "inputs": [words], "enable_empty_final_response": True}


def _event(result: Any) -> RenderEvent | PromptRead | None:  # noqa: ANN401 (the client library is untyped)
    """The event of one response; None for the empty one that ends a command. Raises EngineLost on nonsense."""
    tensor = result.as_numpy("event")
    if tensor is None:
        return None
    try:
        return EVENT.validate_json(tensor.reshape(-1)[0])  # type: ignore[return-value]  # others never come here
    except ValidationError as error:
        raise EngineLost(
            "the Triton server broke the protocol: product and engine may be of different versions"
        ) from error
