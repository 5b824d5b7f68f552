"""An engine behind Triton Inference Server: the same wire format over a gRPC stream.

The stream carries commands down (render, then sinks, perhaps cancel) and events up. Dropping it cancels the render; a
server that falls silent is given up, for Triton says READY even when the process behind it has died.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import numpy as np
import structlog
from pydantic import ValidationError
from tritonclient.grpc import InferInput
from tritonclient.grpc.aio import InferenceServerClient
from tritonclient.utils import InferenceServerException

from inference.protocol import (
    EVENT,
    ArtifactsReady,
    Cancel,
    CheckpointReady,
    CheckpointSink,
    Command,
    Preempt,
    RenderEnd,
    RenderEvent,
    RenderRequest,
    Sinks,
)
from studio.engines.contract import EngineLost, Keeping, SupplySinks
from studio.engines.process import render_command
from studio.engines.remote_engine import RemoteEngine

log = structlog.get_logger(__name__)

MODEL = "dramatis"
_PROBE_EVERY_S = 2.0


class TritonRenderEngine(RemoteEngine):
    """Renders at `url` (host:port of the gRPC endpoint). `patience_s`: silence after which a server is given up."""

    def __init__(self, url: str, patience_s: float) -> None:
        super().__init__(url, _PROBE_EVERY_S)
        self.patience_s = patience_s
        self._saying: dict[str, asyncio.Queue[Command | None]] = {}

    async def render(
        self, request_id: str, request: RenderRequest, supply: SupplySinks, keeping: Keeping | None = None
    ) -> AsyncGenerator[RenderEvent]:
        """Events of one render, the last of them a RenderEnd. Raises EngineLost."""
        saying = self._saying[request_id] = asyncio.Queue()
        saying.put_nowait(render_command(request_id, request, keeping))
        client = InferenceServerClient(self.url)
        try:
            async with contextlib.aclosing(self._hear(client, saying)) as events:
                async for event in events:
                    if isinstance(event, ArtifactsReady):
                        saying.put_nowait(Sinks(id=request_id, sinks=await supply(event.artifacts)))
                    if isinstance(event, CheckpointReady):
                        sink = await keeping.supply(event) if keeping else None
                        saying.put_nowait(CheckpointSink(id=request_id, sink=sink))
                    yield event
                    if isinstance(event, RenderEnd):
                        return
            raise EngineLost(f"the Triton server at {self.url} ended the stream before the render was over")
        finally:
            self._saying.pop(request_id, None)
            saying.put_nowait(None)
            await client.close()

    async def preempt(self, request_id: str) -> None:
        """Ask a running render to stop after its present step, for later; one that cannot goes on."""
        saying = self._saying.get(request_id)
        if saying is not None:
            saying.put_nowait(Preempt(id=request_id))

    async def cancel(self, request_id: str) -> None:
        """Ask a running render to stop within one step; does nothing when it is not running here."""
        saying = self._saying.get(request_id)
        if saying is not None:
            saying.put_nowait(Cancel(id=request_id))

    async def _hear(
        self, client: InferenceServerClient, saying: asyncio.Queue[Command | None]
    ) -> AsyncGenerator[RenderEvent]:
        """What comes up the stream while `saying` goes down."""
        stream = client.stream_infer(_commands(saying))
        try:
            while True:
                try:
                    async with asyncio.timeout(self.patience_s):
                        result, error = await anext(stream)
                except StopAsyncIteration:
                    return
                except TimeoutError as late:
                    raise EngineLost(
                        f"the Triton server at {self.url} was silent for {self.patience_s:.0f} s"
                    ) from late
                if error is not None:
                    raise EngineLost(f"the Triton server at {self.url} answered: {error}")
                event = _event(result)
                if event is not None:
                    yield event
        except InferenceServerException as error:
            raise EngineLost(f"the Triton server at {self.url} is gone: {error}") from error
        finally:
            stream.cancel()

    async def probe(self) -> str | None:
        """Asks whether the endpoint is ready; a dead process behind it is found by its silence alone."""
        client = InferenceServerClient(self.url)
        try:
            ready = await client.is_model_ready(MODEL)
        except InferenceServerException:
            return f"no Triton server answers at {self.url}: start one with scripts/triton"
        finally:
            await client.close()
        return None if ready else f"the Triton server at {self.url} is still loading"


async def _commands(saying: asyncio.Queue[Command | None]) -> AsyncIterator[dict[str, Any]]:
    """What the client library sends for each command."""
    while (command := await saying.get()) is not None:
        words = InferInput("command", [1], "BYTES")
        words.set_data_from_numpy(np.array([command.model_dump_json().encode()], dtype=np.object_))
        yield {"model_name": MODEL, "inputs": [words], "enable_empty_final_response": True}


def _event(result: Any) -> RenderEvent | None:  # noqa: ANN401 (the client library is untyped)
    """The event of one response; None for the empty one that ends a command. Raises EngineLost on nonsense."""
    tensor = result.as_numpy("event")
    if tensor is None:
        return None
    try:
        return EVENT.validate_json(tensor.reshape(-1)[0])  # type: ignore[return-value]  # a render's events alone come here
    except ValidationError as error:
        raise EngineLost(
            "the Triton server broke the protocol: product and engine may be of different versions"
        ) from error
