"""Spans of a render, from what the engine tells of it: the render, its stages, the steps of its denoising.

They belong to the trace that the product named, and are sent to the collector at OTEL_EXPORTER_OTLP_ENDPOINT, where
there is one and the extra `traces` is installed.
"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

from opentelemetry.context import Context
from opentelemetry.trace import NoOpTracer, Span, Status, StatusCode, Tracer, format_trace_id, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from inference.protocol import Cancelled, Failed, Finished, Preempted, Render, RenderEvent, Stage, Step

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

log = logging.getLogger(__name__)

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
SEND_WITHIN_MS = 2000
_PROPAGATOR = TraceContextTextMapPropagator()


class Traces:
    """Where this process's spans go; nowhere, unless the environment says so."""

    def __init__(self) -> None:
        self.tracer: Tracer = NoOpTracer()
        self._provider: TracerProvider | None = None
        if not os.environ.get(ENDPOINT):
            return
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
        except ImportError:
            log.warning("traces are not sent: the extra `traces` is not installed")
            return
        self._provider = TracerProvider(resource=Resource.create({"service.name": "dramatis-engine"}))
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self.tracer = self._provider.get_tracer("dramatis")

    def of(self, command: Render) -> RenderTrace:
        """The trace of one render, from when its command is taken up."""
        return RenderTrace(self.tracer, command)

    def send(self) -> None:
        """Send what has ended, for a process that may be ended before it would."""
        if self._provider is not None:
            self._provider.force_flush(SEND_WITHIN_MS)


class RenderTrace:
    """Ends a stage where the next begins, and a step where the engine says that it is done."""

    def __init__(self, tracer: Tracer, command: Render) -> None:
        self._tracer = tracer
        parent = _PROPAGATOR.extract({"traceparent": command.traceparent}) if command.traceparent else Context()
        self._render = tracer.start_span("render", parent, attributes={"dramatis.model": command.request.model})
        self._stage: Span | None = None
        self._step: Span | None = None

    @property
    def trace_id(self) -> str | None:
        """As logs tell it; None where it is no trace."""
        trace_id = self._render.get_span_context().trace_id
        return format_trace_id(trace_id) if trace_id else None

    def note(self, event: RenderEvent) -> None:
        """The engine said this."""
        match event:
            case Stage():
                self._end_stage()
                self._stage = self._begin(event.name, self._render)
                self._step = self._begin("step", self._stage) if event.name == "denoise" else None
            case Step(stage="denoise") if self._stage is not None and self._step is not None:
                self._step.set_attribute("dramatis.step", event.done)
                self._step.end()
                self._step = self._begin("step", self._stage) if event.done < event.total else None
            case Finished() | Cancelled() | Preempted() | Failed():
                self._end_stage()
                if isinstance(event, Failed):
                    self._render.set_status(Status(StatusCode.ERROR, event.code))
                self._render.set_attribute("dramatis.end", event.kind)
                self._render.end()
            case _:
                pass

    def _begin(self, name: str, within: Span) -> Span:
        return self._tracer.start_span(name, set_span_in_context(within, Context()))

    def _end_stage(self) -> None:
        """A step that was begun when the stage ended was none; it is not sent."""
        self._step = None
        if self._stage is not None:
            self._stage.end()
            self._stage = None
