"""One trace from a request to the steps of its render, over processes; and logs that say which one they are of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import structlog

from studio.http.headers import ReplyHeaders
from studio.http.request_traces import RequestTraces
from studio.observability.traces import current_traceparent, sent_traces, span
from tests.faults.server import Server
from tests.studio.observability.collector import Collector, Seen, collecting

CALLER = "00f067aa0ba902b7"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE}-{CALLER}-01"


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


@pytest.fixture(scope="module")
def server(collector: Collector, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real server with real engines, which sends its spans to the collector."""
    server = Server(
        tmp_path_factory.mktemp("traced") / "data",
        DRAMATIS_ENGINE_MODULE="tests.inference.panning",
        OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
    )
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def take(server: Server) -> dict[str, Any]:
    """One that a caller with a trace of its own submitted; it has ended."""
    headers = {"Authorization": f"Bearer {server.api_key}"}
    with httpx.Client(base_url=server.url, headers=headers, timeout=120) as http:
        http.post("/v1/projects/example").raise_for_status()
        character_id = http.get("/v1/characters").json()["data"][0]["id"]
        cast = [{"character_id": character_id}]
        body = {"prompt": "She nods", "characters": cast, "seconds": 0.5, "size": "256x256", "seed": 1}
        submitted = http.post("/v1/takes", json=body, headers={"traceparent": TRACEPARENT}).json()
        with http.stream("GET", "/v1/events", params={"take": submitted["id"]}) as events:
            assert "take.succeeded" in "".join(events.iter_text())
        ended: dict[str, Any] = http.get(f"/v1/takes/{submitted['id']}").json()
    return ended


def only(spans: list[Seen], name: str) -> Seen:
    (found,) = (one for one in spans if one.name == name)
    return found


def test_a_take_is_one_trace_from_its_request_to_its_steps(
    server: Server, take: dict[str, Any], collector: Collector
) -> None:
    spans = collector.until(
        TRACE, "POST create_take", "submit", "queue", "attempt", "render", "denoise", "step", "upload"
    )
    request, submit = only(spans, "POST create_take"), only(spans, "submit")
    queue, attempt, render = only(spans, "queue"), only(spans, "attempt"), only(spans, "render")
    denoise = only(spans, "denoise")
    steps = [one for one in spans if one.name == "step"]
    parents = {one.name: one.parent for one in (request, submit, queue, attempt, render, denoise)}
    assert parents == {
        "POST create_take": CALLER,
        "submit": request.id,
        "queue": submit.id,
        "attempt": submit.id,
        "render": attempt.id,
        "denoise": render.id,
    }
    assert {one.parent for one in steps} == {denoise.id}
    assert [one.attributes["dramatis.step"] for one in steps] == list(range(1, len(steps) + 1))
    assert {one.service for one in (request, submit, queue, attempt)} == {"dramatis-serve"}
    assert {one.service for one in (render, denoise, *steps)} == {"dramatis-engine"}
    assert attempt.attributes["dramatis.take_id"] == take["id"]
    assert attempt.attributes["dramatis.outcome"] == "settled"
    assert render.attributes["dramatis.end"] == "finished"
    assert request.attributes["http.response.status_code"] == 201
    assert queue.ns[0] <= queue.ns[1] <= render.ns[0]
    stages = [one.name for one in sorted(spans, key=lambda one: one.ns) if one.parent == render.id]
    assert stages == ["identity", "prepare", "denoise", "decode", "score", "mux", "upload"]


def test_no_span_names_a_path_a_prompt_or_an_organisation(take: dict[str, Any], collector: Collector) -> None:
    collector.until(TRACE, "attempt", "upload")
    told = json.dumps([[one.name, one.attributes] for one in collector.spans])
    for secret in ("She nods", "org_", "/v1/takes"):
        assert secret not in told
    assert take["id"] in told


def lines_of(server: Server) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (server.data / "server.log").read_text().splitlines()]


def test_logs_of_product_and_engine_say_which_take_and_trace_they_are_of(server: Server, take: dict[str, Any]) -> None:
    lines = lines_of(server)
    ours = [line for line in lines if line["event"] in ("attempt_began", "attempt_ended")]
    engines = [line for line in lines if line.get("words") == "render finished"]
    assert len(ours) == 2
    assert len(engines) == 1
    for line in (*ours, *engines):
        assert (line["take_id"], line["trace_id"]) == (take["id"], TRACE)


async def test_what_a_request_logs_bears_its_id_and_trace() -> None:
    seen: dict[str, Any] = {}

    async def app(scope: object, receive: object, send: Any) -> None:  # noqa: ANN401 (ASGI)
        seen.update(structlog.contextvars.get_contextvars(), traceparent=current_traceparent())
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    transport = httpx.ASGITransport(ReplyHeaders(RequestTraces(app)))
    async with httpx.AsyncClient(transport=transport, base_url="http://studio") as http:
        reply = await http.get("/", headers={"traceparent": TRACEPARENT})
        assert seen == {
            "request_id": reply.headers["x-request-id"],
            "trace_id": TRACE,
            "traceparent": TRACEPARENT,  # nobody collects here: passed on as it came
        }
        assert (await http.get("/", headers={"traceparent": "00-nonsense-01"})).status_code == 204
    assert seen["traceparent"] is None
    assert structlog.contextvars.get_contextvars() == {}


async def test_a_collector_that_is_away_keeps_nobody_waiting() -> None:
    async with sent_traces("http://127.0.0.1:9", "dramatis-test"):
        with span("work"):
            assert current_traceparent() is not None
    assert current_traceparent() is None
