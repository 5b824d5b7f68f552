"""One trace from a request to the steps of its render (W3C Trace Context, sent by OTLP where somebody collects).

Spans are made by OpenTelemetry's API. Without a collector they cost next to nothing and go nowhere; a caller's
`traceparent` is passed on all the same. What goes on in another process goes on from a `traceparent` in words: it is
kept with the take, and told to the engine.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime

import structlog
from opentelemetry.context import Context
from opentelemetry.trace import NoOpTracer, Span, SpanKind, Tracer, format_trace_id, get_current_span, use_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

log = structlog.get_logger(__name__)

HEADER = "traceparent"
_PROPAGATOR = TraceContextTextMapPropagator()
# A process sends its spans to one place.
_tracer: Tracer = NoOpTracer()


@contextlib.asynccontextmanager
async def sent_traces(endpoint: str | None, service: str) -> AsyncIterator[None]:
    """Spans that end within the block are sent to a collector's OTLP address (http(s)://host:port) as `service`'s.

    Where there is no address, or the extra `traces` is not installed, none are.
    """
    global _tracer
    if endpoint is None:
        yield
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        log.warning("traces_not_sent", remedy="pip install 'dramatis[traces]'")
        yield
        return
    provider = TracerProvider(resource=Resource.create({"service.name": service}), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces")))
    former, _tracer = _tracer, provider.get_tracer("dramatis")
    try:
        yield
    finally:
        _tracer = former
        await asyncio.to_thread(provider.shutdown)


@contextlib.contextmanager
def span(
    name: str,
    attributes: Mapping[str, str | int] | None = None,
    *,
    parent: str | None = None,
    kind: SpanKind = SpanKind.INTERNAL,
) -> Iterator[Span]:
    """What happens within is a part of what goes on here, or of `parent` (a traceparent); logs tell of which trace."""
    begun = _tracer.start_span(name, _context_of(parent), kind=kind, attributes=attributes)
    with use_span(begun, end_on_exit=True):
        trace_id = begun.get_span_context().trace_id
        if not trace_id:
            yield begun
            return
        with structlog.contextvars.bound_contextvars(trace_id=format_trace_id(trace_id)):
            yield begun


def note_wait(name: str, *, parent: str | None, since: datetime) -> None:
    """A span that ends now and began when nobody here could know of it."""
    _tracer.start_span(name, _context_of(parent), start_time=round(since.timestamp() * 1e9)).end()


def current_traceparent() -> str | None:
    """What goes on here, in words for another process; None where it is no trace."""
    if not get_current_span().get_span_context().is_valid:
        return None
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get(HEADER)


def _context_of(parent: str | None) -> Context | None:
    return _PROPAGATOR.extract({HEADER: parent}, Context()) if parent is not None else None
