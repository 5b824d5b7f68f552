"""What a studio that works tells Prometheus: of takes, requests, engines and the store; never whose they are."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from prometheus_client import generate_latest

from storage.objects import ObjectMissing, Objects, StoreAddress, StoreError
from studio.http.sse import stream_events
from studio.observability.listener import MetricsPortTaken, metrics_listener
from tests.conftest import skip_or_fail
from tests.studio.generation.conftest import Studio, open_studio
from tests.studio.observability.pages import families_of, read_page, sum_of, value_of

LABELS = {
    "operation",
    "status",
    "role",
    "model",
    "stage",
    "tier",
    "verdict",
    "state",
    "code",
    "pool",
    "plan",
    "address",
}


@pytest_asyncio.fixture(scope="module")
async def studio(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Studio]:
    async with open_studio(tmp_path_factory.mktemp("studio"), metrics_port=0) as studio:
        yield studio


def port_of(studio: Studio) -> int:
    port: int = studio.app.state.metrics_port
    return port


async def test_a_take_is_told_in_steps_seconds_and_its_end(studio: Studio) -> None:
    ended = {"model": "previs", "state": "succeeded", "code": ""}
    before = value_of("dramatis_takes_ended_total", **ended)
    seconds = value_of("dramatis_device_seconds_total", model="previs")
    steps = value_of("dramatis_steps_total", model="previs", stage="denoise")
    judged = sum_of(await read_page(port_of(studio)), "dramatis_identity_verdicts")
    take = await studio.until((await studio.submit())["id"])
    assert take["state"] == "SUCCEEDED"
    assert value_of("dramatis_takes_ended_total", **ended) == before + 1
    assert value_of("dramatis_device_seconds_total", model="previs") > seconds
    assert value_of("dramatis_steps_total", model="previs", stage="denoise") > steps
    assert sum_of(await read_page(port_of(studio)), "dramatis_identity_verdicts") == judged + 1
    assert value_of("dramatis_render_duration_seconds_count", model="previs", tier="draft") >= 1


async def test_a_failure_is_told_by_its_code(studio: Studio) -> None:
    labels = {"model": "previs", "state": "failed", "code": "engine_error"}
    before = value_of("dramatis_takes_ended_total", **labels)
    take = await studio.until((await studio.submit("break"))["id"])
    assert take["state"] == "FAILED"
    assert value_of("dramatis_takes_ended_total", **labels) == before + 1
    assert value_of("dramatis_attempts_ended_total", state="failed", code="engine_error") >= 1


async def test_a_killed_engine_is_told_as_a_restart(studio: Studio) -> None:
    before = value_of("dramatis_engine_restarts_total", role="render")
    take = await studio.submit("endlessly")
    await studio.until_denoising(take["id"])
    await studio.kill_engine()
    await studio.http.post(f"/v1/takes/{take['id']}/cancel")
    await studio.until((await studio.submit())["id"])
    assert value_of("dramatis_engine_restarts_total", role="render") == before + 1
    assert value_of("dramatis_takes_ended_total", model="previs", state="cancelled", code="") >= 1


async def test_requests_are_told_by_operation_and_status(studio: Studio) -> None:
    def count(operation: str, status: str) -> float:
        return value_of("dramatis_http_request_duration_seconds_count", operation=operation, status=status)

    found, missing, nowhere = count("get_take", "200"), count("get_take", "404"), count("none", "404")
    take = await studio.submit()
    await studio.take(take["id"])
    await studio.http.get("/v1/takes/take_of_nobody")
    await studio.http.post("/v1/no-such-thing")
    assert count("get_take", "200") == found + 1
    assert count("get_take", "404") == missing + 1
    assert count("none", "404") == nowhere + 1
    await studio.until(take["id"])


async def test_open_streams_are_counted_while_they_are_open() -> None:
    seen = []

    async def events() -> AsyncIterator[str]:
        seen.append(value_of("dramatis_event_listeners"))
        yield "id: 1\n\n"

    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def send(_: object) -> None: ...

    before = value_of("dramatis_event_listeners")
    await stream_events(events())({"type": "http", "asgi": {"spec_version": "2.4"}}, receive, send)
    assert (seen, value_of("dramatis_event_listeners")) == ([before + 1], before)


async def test_the_page_tells_of_no_organisation_person_or_take(studio: Studio) -> None:
    take = await studio.until((await studio.submit())["id"])
    page = await read_page(port_of(studio))
    for secret in (take["id"], studio.org_id, studio.character_id, "Eileen"):
        assert secret not in page
    ours = [family for name, family in families_of(page).items() if name.startswith("dramatis_")]
    assert {name for family in ours for sample in family.samples for name in sample.labels} - {"le"} <= LABELS


async def test_the_public_address_tells_nothing(studio: Studio) -> None:
    reply = await studio.http.get("/metrics")
    assert reply.status_code == 404
    assert "dramatis_" not in reply.text


async def test_the_page_is_as_prometheus_wants_it(studio: Studio) -> None:
    if shutil.which("promtool") is None:
        skip_or_fail("there is no promtool: apt-get install prometheus")
    page = await read_page(port_of(studio))
    ours = "".join(line + "\n" for line in page.split("\n") if re.match(r"(# \w+ )?dramatis_(?!\w+_created)", line))
    checked = subprocess.run(["promtool", "check", "metrics"], input=ours, capture_output=True, text=True)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


async def test_the_sweeping_process_says_that_it_sweeps(studio: Studio) -> None:
    assert families_of(await read_page(port_of(studio)))["dramatis_sweeper_leader"].samples[0].value >= 1


async def test_a_taken_port_is_told_in_words() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(MetricsPortTaken, match=str(port)), metrics_listener("127.0.0.1", port):
            pass


async def test_a_store_that_fails_is_counted_and_a_missing_object_is_none_of_it(
    objects: Objects, tmp_path: Path
) -> None:
    def errors() -> float:
        return sum_of(generate_latest().decode(), "dramatis_object_store_errors")

    before = errors()
    with pytest.raises(ObjectMissing):
        await objects.stat("no/such/key")
    assert errors() == before
    away = Objects(StoreAddress("http://127.0.0.1:9", "bucket", "key", "secret" * 4))
    with pytest.raises(StoreError):
        await away.put_file("key", Path(__file__), content_type="text/plain")
    await away.close()
    assert errors() == before + 1
