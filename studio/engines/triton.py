"""Engines behind Triton Inference Server, one or many servers: a render goes to one with room that serves its model."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence

import structlog

from inference.protocol import (
    ArtifactsReady,
    Cancel,
    Cancelled,
    CheckpointReady,
    CheckpointSink,
    Command,
    Preempt,
    PromptRead,
    ReadPrompt,
    RenderEvent,
    RenderRequest,
    ServerStatus,
    Sinks,
)
from studio.engines.child import Role
from studio.engines.contract import EngineLost, EngineUnreachable, Keeping, SupplySinks, allows_next_render
from studio.engines.health_probe import HealthProbe, Probe
from studio.engines.process import render_command
from studio.engines.triton_endpoint import TritonAccess, TritonEndpoint

log = structlog.get_logger(__name__)

_PROBE_EVERY_S = 2.0
SERVED_WITHIN_S = 6.0  # an endpoint that died is back sooner; longer than a few probes


class TritonRenderEngine:
    """Renders at `urls` (host:port of gRPC endpoints), as many at a time as they have device groups.

    `patience_s`: silence about a render after which its stream is given up.
    """

    role: Role = "render"

    def __init__(self, urls: Sequence[str], patience_s: float, access: TritonAccess | None = None) -> None:
        self.on_change: Callable[[], None] = lambda: None  # called when servers were seen to come, go or change
        self._endpoints = [TritonEndpoint(url, access or TritonAccess(), patience_s) for url in urls]
        self._probes = [HealthProbe(self._probe_of(one), _PROBE_EVERY_S) for one in self._endpoints]
        self._saying: dict[str, asyncio.Queue[Command | None]] = {}
        self._cancelled: set[str] = set()  # renders of which we asked it
        self._seen: set[str] = set()  # models
        self._changed = asyncio.Event()

    @property
    def why_not_ready(self) -> str | None:
        """Words for people, None when one of the servers is up."""
        reasons = [one.why_not for one in self._endpoints]
        return None if None in reasons else "; ".join(filter(None, reasons))

    @property
    def statuses(self) -> dict[str, ServerStatus | None]:
        """What each server last said of itself; None of one that does not answer."""
        return {one.url: one.status for one in self._endpoints}

    @property
    def slots(self) -> int:
        """Renders that can be begun side by side, on the servers that are up."""
        return sum(one.slots for one in self._endpoints if one.why_not is None)

    def serves(self, model: str) -> bool:
        """Whether one of the servers renders it now, as far as is known."""
        return any(one.serves(model) for one in self._endpoints)

    async def models(self) -> frozenset[str]:
        """What any server was seen to serve, for one that is down comes back; asks them where nobody has yet."""
        if not self._seen:
            await asyncio.gather(*(self._ask(one) for one in self._endpoints))
        return frozenset(self._seen)

    def start(self) -> None:
        """Begin to probe."""
        for probe in self._probes:
            probe.start()

    async def close(self) -> None:
        """Stop probing."""
        for probe in self._probes:
            await probe.close()
        for endpoint in self._endpoints:
            await endpoint.close()

    async def render(
        self, request_id: str, request: RenderRequest, supply: SupplySinks, keeping: Keeping | None = None
    ) -> AsyncGenerator[RenderEvent]:
        """Events of one render, the last of them a RenderEnd. Raises EngineLost."""
        saying = self._saying[request_id] = asyncio.Queue()
        saying.put_nowait(render_command(request_id, request, keeping))
        try:
            async with (
                self._place(request.model) as place,
                contextlib.aclosing(place.talk(request_id, saying)) as events,
            ):
                async for event in events:
                    if isinstance(event, PromptRead):
                        raise EngineLost("a Triton server answered a render with what it read in a prompt")
                    if isinstance(event, Cancelled) and request_id not in self._cancelled:
                        raise EngineUnreachable(f"the Triton server at {place.endpoint.url} ended the render: it stops")
                    if isinstance(event, ArtifactsReady):
                        saying.put_nowait(Sinks(id=request_id, sinks=await supply(event.artifacts)))
                    if isinstance(event, CheckpointReady):
                        sink = await keeping.supply(event) if keeping else None
                        saying.put_nowait(CheckpointSink(id=request_id, sink=sink))
                    if allows_next_render(event):
                        place.leave()
                    yield event
        finally:
            self._saying.pop(request_id, None)
            self._cancelled.discard(request_id)
            saying.put_nowait(None)

    async def read_prompt(self, asked: ReadPrompt, *, wait_s: float) -> PromptRead | None:
        """What a render would note about the prompt's words. None: it could not be told within `wait_s`."""
        endpoint = next((one for one in self._endpoints if one.serves(asked.model)), None)
        if endpoint is None:
            return None
        saying: asyncio.Queue[Command | None] = asyncio.Queue()
        saying.put_nowait(asked)
        try:
            async with (
                asyncio.timeout(wait_s),
                contextlib.aclosing(endpoint.talk(asked.id, asked.model, saying)) as answers,
            ):
                answer = await anext(answers)
        except (TimeoutError, EngineLost) as error:
            log.info("prompt_not_read", why=str(error) or "too slow")
            return None
        finally:
            saying.put_nowait(None)
        return answer if isinstance(answer, PromptRead) else None

    async def preempt(self, request_id: str) -> None:
        """Ask a running render to stop after its present step, for later; one that cannot goes on."""
        self._tell(Preempt(id=request_id))

    async def cancel(self, request_id: str) -> None:
        """Ask a running render to stop within one step; does nothing when it is not running here."""
        if request_id in self._saying:
            self._cancelled.add(request_id)
        self._tell(Cancel(id=request_id))

    def _tell(self, command: Preempt | Cancel) -> None:
        saying = self._saying.get(command.id)
        if saying is not None:
            saying.put_nowait(command)

    @contextlib.asynccontextmanager
    async def _place(self, model: str) -> AsyncIterator[_Place]:
        """A place for one render, given back by its end at the latest."""
        place = _Place(await self._choose(model), model, self._changed)
        try:
            yield place
        except EngineLost as error:
            place.endpoint.why_not = str(error)  # until it was asked again
            self.on_change()
            raise
        finally:
            place.leave()

    async def _choose(self, model: str) -> TritonEndpoint:
        """Waits for room; where nobody serves the model, not for long. Raises EngineUnreachable."""
        loop = asyncio.get_running_loop()
        until = loop.time() + SERVED_WITHIN_S
        while True:
            serving = [one for one in self._endpoints if one.serves(model)]
            with_room = [one for one in serving if one.given < one.slots]
            if with_room:
                return max(with_room, key=lambda one: one.preference(model))
            self._changed.clear()
            until = loop.time() + SERVED_WITHIN_S if serving else until
            try:
                async with asyncio.timeout_at(until):
                    await self._changed.wait()
            except TimeoutError:
                if not serving:
                    words = self.why_not_ready or f"no Triton server here serves {model}"
                    raise EngineUnreachable(words) from None

    def _probe_of(self, endpoint: TritonEndpoint) -> Probe:
        async def probe() -> str | None:
            return await self._ask(endpoint)

        return probe

    async def _ask(self, endpoint: TritonEndpoint) -> str | None:
        before = self._offer(endpoint)
        why_not = await endpoint.probe()
        self._seen.update(endpoint.status.models if endpoint.status is not None else ())
        self._changed.set()
        if self._offer(endpoint) != before:
            self.on_change()
        return why_not

    @staticmethod
    def _offer(endpoint: TritonEndpoint) -> tuple[int, frozenset[str]]:
        if endpoint.why_not is not None or endpoint.status is None:
            return 0, frozenset()
        return endpoint.slots, frozenset(endpoint.status.models)


class _Place:
    """One render's at an endpoint, counted there as long as it keeps another from beginning."""

    def __init__(self, endpoint: TritonEndpoint, model: str, changed: asyncio.Event) -> None:
        self.endpoint = endpoint
        self._model, self._changed = model, changed
        self._counted = True
        endpoint.given += 1

    def talk(self, request_id: str, saying: asyncio.Queue[Command | None]) -> AsyncGenerator[RenderEvent | PromptRead]:
        """What comes up the stream. Raises EngineLost."""
        return self.endpoint.talk(request_id, self._model, saying)

    def leave(self) -> None:
        """Another render may begin."""
        if self._counted:
            self._counted = False
            self.endpoint.given -= 1
            self._changed.set()
